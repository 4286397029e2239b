#include "api/render_upkeep.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

domain::RetentionPolicy PolicyField(BodyFields& fields) {
  const auto number = [&](std::string_view name) { return static_cast<int>(fields.Number(name)); };
  domain::RetentionPolicy policy;
  policy.daily = number("daily");
  policy.weekly = number("weekly");
  policy.monthly = number("monthly");
  policy.yearly = number("yearly");
  policy.before_changes_days = number("before_changes_days");
  policy.manual_days = number("manual_days");
  policy.time_zone = fields.Text("time_zone");
  return policy;
}

template <class Id>
Result<Response> ShowPolicy(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<Id>(request, "id", "policy"));
  ASSIGN_OR_RETURN(const catalog::EffectivePolicy found,
                   services.upkeep.retention_store.PolicyOf(id));
  return JsonResponse(200, RenderPolicy(found));
}

template <class Id>
Result<Response> PutPolicy(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<Id>(request, "id", "policy"));
  BodyFields fields(request);
  const domain::RetentionPolicy policy = PolicyField(fields);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(domain::CheckPolicy(policy));
  RETURN_IF_ERROR(services.upkeep.retention_store.Put(id, policy));
  return ShowPolicy<Id>(services, request);
}

template <class Id>
Result<Response> RemovePolicy(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<Id>(request, "id", "policy"));
  RETURN_IF_ERROR(services.upkeep.retention_store.Remove(id));
  return ShowPolicy<Id>(services, request);
}

Result<Response> Preview(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::EnvironmentId>(request, "id", "environment"));
  ASSIGN_OR_RETURN(const upkeep::RetentionPlan plan, services.upkeep.retention.Preview(id));
  return JsonResponse(200, RenderRetentionPlan(plan));
}

Result<Response> Apply(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::EnvironmentId>(request, "id", "environment"));
  ASSIGN_OR_RETURN(const upkeep::RetentionResult result, services.upkeep.retention.Apply(ctx, id));
  json::array deleted;
  for (const domain::BackupId& one : result.deleted) deleted.emplace_back(one.value);
  return JsonResponse(200,
                      json::object{{"deleted", std::move(deleted)},
                                   {"left", json::array(result.left.begin(), result.left.end())}});
}

Result<Response> KeepBackup(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  BodyFields fields(request);
  const auto keep =
      fields.Flag("keep_forever") ? backup::Keep::kForever : backup::Keep::kAsLongAsItsPolicySays;
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backup_service.KeepForever(id, keep));
  return JsonResponse(200, RenderBackup(backup));
}

Result<Response> ListProtection(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::EnvironmentFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.among = request.visible;
  const std::string zone_name = query.Text("time_zone").value_or("UTC");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::TimeZone zone, domain::TimeZone::Find(zone_name));
  ASSIGN_OR_RETURN(const auto found, services.upkeep.protection.List(filter, page, zone));
  return ListResponse(found, RenderProtection);
}

template <class Id>
void AddPolicyRoutes(Router& router, const Services& services, const std::string& path,
                     ObjectKind kind) {
  const auto object = InPath(kind, "id");
  router.Add("GET", path, Rule::On(Permission::kProjectBackupsView, object),
             [services](const Context&, const Request& request) {
               return ShowPolicy<Id>(services, request);
             });
  // A policy deletes backups: it takes who may delete them.
  router.Add("PUT", path, Rule::On(Permission::kProjectBackupsDelete, object),
             [services](const Context&, const Request& request) {
               return PutPolicy<Id>(services, request);
             });
  router.Add("DELETE", path, Rule::On(Permission::kProjectBackupsDelete, object),
             [services](const Context&, const Request& request) {
               return RemovePolicy<Id>(services, request);
             });
}

}  // namespace

void AddRetentionRoutes(Router& router, const Services& services) {
  const std::string of_environment = "/api/v1/environments/{id}/retention";
  AddPolicyRoutes<domain::EnvironmentId>(router, services, of_environment,
                                         ObjectKind::kEnvironment);
  AddPolicyRoutes<domain::ProjectId>(router, services, "/api/v1/projects/{id}/retention",
                                     ObjectKind::kProject);
  const auto environment = InPath(ObjectKind::kEnvironment, "id");
  router.Add(
      "GET", of_environment + "/preview", Rule::On(Permission::kProjectBackupsView, environment),
      [services](const Context&, const Request& request) { return Preview(services, request); });
  router.Add("POST", of_environment + "/apply",
             Rule::On(Permission::kProjectBackupsDelete, environment),
             [services](const Context& ctx, const Request& request) {
               return Apply(services, ctx, request);
             });
  router.Add(
      "PATCH", "/api/v1/backups/{id}",
      Rule::On(Permission::kProjectBackupsDelete, InPath(ObjectKind::kBackup, "id")),
      [services](const Context&, const Request& request) { return KeepBackup(services, request); });
  router.Add("GET", "/api/v1/protection",
             Rule::List(Permission::kProjectEnvironmentsView)
                 .And(InQuery(ObjectKind::kProject, "project_id")),
             [services](const Context&, const Request& request) {
               return ListProtection(services, request);
             });
}

}  // namespace reprise::api
