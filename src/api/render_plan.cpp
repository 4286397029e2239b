#include "api/render.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

json::value NumberOrNull(const std::optional<double>& number) {
  if (!number) return nullptr;
  return *number;
}

json::object RenderCheck(const restore::Check& check) {
  return {{"name", check.name},
          {"result", restore::NameOf(check.result)},
          {"sentence", check.sentence},
          {"fix", TextOrNull(check.fix)},
          {"details", check.details}};
}

json::object RenderLoss(const restore::ModelLoss& loss) {
  json::object object{{"model", loss.model},
                      {"label", loss.label},
                      {"created", nullptr},
                      {"changed", loss.changed},
                      {"last", nullptr}};
  if (loss.created) object["created"] = *loss.created;
  if (!loss.last_id.empty()) {
    object["last"] =
        json::object{{"id", loss.last_id}, {"name", loss.last_name}, {"created_at", loss.last_at}};
  }
  return object;
}

std::string_view NameOf(restore::Losses::Basis basis) {
  switch (basis) {
    case restore::Losses::Basis::kNewer:
      return "newer";
    case restore::Losses::Basis::kEverything:
      return "everything";
    case restore::Losses::Basis::kUnknown:
      return "unknown";
    case restore::Losses::Basis::kNothing:
      break;
  }
  return "nothing";
}

json::object RenderLosses(const restore::Losses& losses) {
  json::array models;
  for (const restore::ModelLoss& loss : losses.models) models.push_back(RenderLoss(loss));
  return {{"basis", NameOf(losses.basis)},
          {"since", TextOrNull(losses.since)},
          {"complete", losses.complete() && losses.basis != restore::Losses::Basis::kUnknown},
          {"records_created", losses.created()},
          {"records_changed", losses.changed()},
          {"models", std::move(models)}};
}

json::object RenderEstimate(const restore::Estimate& estimate) {
  json::object steps;
  for (const auto& [name, seconds] : estimate.steps) steps[name] = seconds;
  return {{"seconds", NumberOrNull(estimate.seconds)},
          {"downtime_seconds", NumberOrNull(estimate.downtime_seconds)},
          {"restores_measured", estimate.measured},
          {"steps", std::move(steps)}};
}

}  // namespace

json::object RenderPlan(const restore::RestorePlan& plan) {
  const restore::Order& order = plan.order;
  json::array checks;
  for (const restore::Check& check : plan.checks) checks.push_back(RenderCheck(check));
  const std::vector<std::string> masked = domain::NamesOf(order.request.safe_copy.mask);
  return {{"backup_id", order.backup.id.value},
          {"mode", domain::NameOf(order.request.mode)},
          {"target_environment_id",
           order.is_new_environment ? json::value(nullptr) : json::value(order.target.id.value)},
          {"target_environment_name", order.target.name},
          {"is_new_environment", order.is_new_environment},
          {"strategy", domain::NameOf(order.strategy)},
          {"result", restore::NameOf(plan.result)},
          {"sentence", plan.sentence},
          {"checks", std::move(checks)},
          {"losses", RenderLosses(plan.losses)},
          {"estimate", RenderEstimate(plan.estimate)},
          {"safe_copy", json::object{{"neutralize", plan.safe_copy.neutralize},
                                     {"reset_identity", plan.safe_copy.reset_identity},
                                     {"mask", json::array(masked.begin(), masked.end())},
                                     {"extra_sql", !order.request.safe_copy.extra_sql.empty()}}},
          {"made_at", FormatInstant(plan.made_at)}};
}

}  // namespace reprise::api
