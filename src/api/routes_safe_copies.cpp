#include "api/restore_request.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "restore/safe_copy_policy.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;
using domain::SafeCopySettings;

json::object Render(const SafeCopySettings& settings) {
  const std::vector<std::string> masked = domain::NamesOf(settings.mask);
  json::array rules;
  for (const domain::MaskRule& rule : settings.rules) {
    rules.push_back(json::object{
        {"table", rule.table}, {"column", rule.column}, {"how", domain::NameOf(rule.how)}});
  }
  return {{"mask", json::array(masked.begin(), masked.end())},
          {"mask_rules", std::move(rules)},
          {"extra_sql", settings.extra_sql},
          {"extra_sql_seconds", settings.extra_sql_limit.count()}};
}

std::vector<domain::MaskRule> RulesField(BodyFields& fields) {
  std::vector<domain::MaskRule> rules;
  const json::value* value = fields.Raw("mask_rules");
  if (value == nullptr || !value->is_array()) return rules;
  for (const json::value& one : value->get_array()) {
    const json::object& rule = one.as_object();
    const auto text = [&](const char* name) { return std::string(rule.at(name).as_string()); };
    rules.push_back({text("table"), text("column"),
                     domain::ParseMaskHow(text("how")).value_or(domain::MaskHow::kBlank)});
  }
  return rules;
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  ASSIGN_OR_RETURN(const SafeCopySettings settings, services.safe_copies.Get(id));
  return JsonResponse(200, Render(settings));
}

Result<Response> Put(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  BodyFields fields(request);
  SafeCopySettings settings;
  settings.mask = MaskField(fields).value_or(domain::MaskPresets());
  settings.rules = RulesField(fields);
  settings.extra_sql = fields.Text("extra_sql");
  settings.extra_sql_limit = std::chrono::seconds(fields.Number("extra_sql_seconds"));
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(restore::CheckSettings(settings));
  RETURN_IF_ERROR(services.safe_copies.Put(id, settings));
  return Show(services, request);
}

Result<Response> Remove(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  RETURN_IF_ERROR(services.safe_copies.Remove(id));
  return Show(services, request);
}

}  // namespace

void AddSafeCopyRoutes(Router& router, const Services& services) {
  using Handle = Result<Response> (*)(const Services&, const Request&);
  // Whoever restores decides what copies go through; nobody else is told, it may hold what is
  // theirs.
  const auto rule =
      Rule::On(Permission::kProjectBackupsRestore, InPath(ObjectKind::kProject, "id"));
  for (const auto& [method, handle] :
       {std::pair<const char*, Handle>{"GET", Show}, {"PUT", Put}, {"DELETE", Remove}}) {
    router.Add(method, "/api/v1/projects/{id}/safe-copy", rule,
               [services, handle = handle](const Context&, const Request& request) {
                 return handle(services, request);
               });
  }
}

}  // namespace reprise::api
