#include "api/restore_request.hpp"

#include <chrono>

#include "api/route_support.hpp"

namespace reprise::api {
namespace {

using domain::RestoreMode;
using domain::RestoreRequest;

constexpr std::int64_t kMostKeepHours = 24 * 365;

domain::Switch NeutralizeField(JsonFields& fields) {
  const boost::json::value* value = fields.Raw("neutralize");
  if (value != nullptr && value->is_bool()) {
    return value->get_bool() ? domain::Switch::kOn : domain::Switch::kOff;
  }
  if (value != nullptr && value->is_string()) {
    const std::string_view text = value->get_string();
    if (text == "auto") return domain::Switch::kAuto;
    if (text == "true") return domain::Switch::kOn;
    if (text == "false") return domain::Switch::kOff;
  }
  if (value != nullptr) fields.AddFault("neutralize", "must be one of auto, true, false");
  return domain::Switch::kAuto;
}

void ReadNewEnvironment(JsonFields& fields, domain::NewEnvironment& into) {
  into.name = fields.RequiredText("name");
  into.type =
      fields
          .OptionalEnum<domain::EnvironmentType>("environment_type", domain::ParseEnvironmentType,
                                                 "development, staging, production, testing")
          .value_or(domain::EnvironmentType::kStaging);
  into.server_id = {fields.OptionalText("server_id").value_or("")};
}

// A field that the mode does not use says that the caller means another restore than would be done.
void RefuseUnused(JsonFields& target, RestoreMode mode, bool has_environment, bool has_new) {
  if (mode == RestoreMode::kExisting && !has_environment) {
    target.AddFault("environment_id", "is required for mode existing");
  }
  if (mode != RestoreMode::kExisting && has_environment) {
    target.AddFault("environment_id", "belongs to mode existing only");
  }
  if (domain::MakesEnvironment(mode) && !has_new) {
    target.AddFault("new_environment", "is required for modes new and cross_server");
  }
  if (!domain::MakesEnvironment(mode) && has_new) {
    target.AddFault("new_environment", "belongs to modes new and cross_server only");
  }
}

void FinishChild(JsonFields& child) {
  // Its faults are in the parent's list already.
  static_cast<void>(child.Finish());
}

void ReadServer(JsonFields& target, RestoreRequest& into) {
  const std::string server = target.OptionalText("server_id").value_or("");
  domain::ServerId& chosen = into.new_environment.server_id;
  if (!server.empty() && !domain::MakesEnvironment(into.mode)) {
    target.AddFault("server_id", "belongs to modes new and cross_server only");
  } else if (!server.empty() && !chosen.empty() && chosen.value != server) {
    target.AddFault("server_id", "differs from new_environment/server_id");
  } else if (!server.empty()) {
    chosen.value = server;
  }
  if (into.mode == RestoreMode::kCrossServer && chosen.empty()) {
    target.AddFault("server_id", "is required for mode cross_server");
  }
}

void ReadTarget(JsonFields& fields, RestoreRequest& into) {
  std::optional<JsonFields> target = fields.OptionalObject("target");
  if (!target) {
    fields.AddFault("target", "is required");
    return;
  }
  const std::string mode_text = target->RequiredText("mode");
  const std::optional<RestoreMode> mode = domain::ParseRestoreMode(mode_text);
  if (!mode && !mode_text.empty()) {
    target->AddFault("mode", "must be one of original, existing, new, cross_server");
  }
  into.mode = mode.value_or(RestoreMode::kOriginal);
  const std::optional<std::string> environment = target->OptionalText("environment_id");
  into.environment_id.value = environment.value_or("");
  std::optional<JsonFields> fresh = target->OptionalObject("new_environment");
  if (fresh) {
    ReadNewEnvironment(*fresh, into.new_environment);
    FinishChild(*fresh);
  }
  if (mode) {
    RefuseUnused(*target, *mode, environment.has_value(), fresh.has_value());
    ReadServer(*target, into);
  } else {
    static_cast<void>(target->OptionalText("server_id"));
  }
  FinishChild(*target);
}

void ReadOptions(JsonFields& fields, RestoreRequest& into) {
  into.create_pre_restore_backup = fields.OptionalBool("create_pre_restore_backup", true);
  into.include_filestore = fields.OptionalBool("include_filestore", true);
}

std::optional<Instant> RunAtField(JsonFields& fields) {
  const std::optional<std::string> text = fields.OptionalText("run_at");
  if (!text) return std::nullopt;
  const Result<Instant> when = ParseInstant(*text);
  if (when) return *when;
  fields.AddFault("run_at", "must be a time such as 2024-12-11T22:00:00Z");
  return std::nullopt;
}

}  // namespace

RestoreRequest ReadRestoreV2(JsonFields& fields, const Request& request) {
  RestoreRequest into;
  into.backup_id = {fields.RequiredText("backup_id")};
  ReadTarget(fields, into);
  ReadOptions(fields, into);
  into.neutralize = NeutralizeField(fields);
  into.identity = fields
                      .OptionalEnum<domain::IdentityPolicy>("identity", domain::ParseIdentityPolicy,
                                                            "auto, keep, reset")
                      .value_or(domain::IdentityPolicy::kAuto);
  into.strategy = fields
                      .OptionalEnum<domain::RestoreStrategy>(
                          "strategy", domain::ParseRestoreStrategy, "auto, side_by_side, in_place")
                      .value_or(domain::RestoreStrategy::kAuto);
  into.on_unhealthy = fields
                          .OptionalEnum<domain::UnhealthyPolicy>(
                              "on_unhealthy", domain::ParseUnhealthyPolicy, "rollback, leave")
                          .value_or(domain::UnhealthyPolicy::kRollback);
  into.keep_previous =
      std::chrono::hours(fields.OptionalInt("keep_previous_hours", 24, 0, kMostKeepHours));
  into.run_at = RunAtField(fields);
  into.idempotency_key = IdempotencyKey(fields, request);
  into.confirm = fields.OptionalText("confirm").value_or("");
  return into;
}

RestoreRequest ReadRestoreV1(JsonFields& fields, const Request& request) {
  RestoreRequest into;
  into.backup_id = {fields.RequiredText("backup_id")};
  into.environment_id = {fields.RequiredText("target_environment_id")};
  ReadOptions(fields, into);
  into.idempotency_key = IdempotencyKey(fields, request);
  into.confirm = fields.OptionalText("confirm").value_or("");
  return into;
}

}  // namespace reprise::api
