#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/snapshot_routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::EnvironmentId;
using domain::Permission;
using domain::Snapshot;
using domain::SnapshotId;

json::object RenderSnapshot(const Snapshot& snapshot) {
  return {{"id", snapshot.id.value},
          {"project_id", snapshot.project_id.value},
          {"environment_id", snapshot.environment_id.value},
          {"task_id", snapshot.task_id.value},
          {"name", snapshot.name},
          {"origin", domain::NameOf(snapshot.origin)},
          {"status", domain::NameOf(snapshot.status)},
          {"can_roll_back", snapshot::MayRollBackTo(snapshot)},
          {"database_name", TextOrNull(snapshot.database_name)},
          {"rollback_to", TextOrNull(snapshot.rollback_to.value)},
          {"odoo_version", TextOrNull(snapshot.odoo_version)},
          {"database_size", snapshot.database_bytes},
          {"created_by", TextOrNull(snapshot.created_by)},
          {"created_at", FormatInstant(snapshot.created_at)},
          {"taken_at", TimeOrNull(snapshot.taken_at)},
          {"expires_at", TimeOrNull(snapshot.expires_at)},
          {"ended_at", TimeOrNull(snapshot.ended_at)},
          {"error_code", TextOrNull(snapshot.error_code)},
          {"error_message", TextOrNull(snapshot.error_message)}};
}

Result<SnapshotId> IdOf(const Request& request) {
  return PathId<SnapshotId>(request, "id", "snapshot");
}

Result<Response> Take(const SnapshotRouteParts& parts, const Request& request) {
  BodyFields fields(request);
  snapshot::SnapshotOrder order;
  ASSIGN_OR_RETURN(order.environment_id, PathId<EnvironmentId>(request, "id", "environment"));
  order.name = fields.Text("name");
  if (fields.Raw("hours") != nullptr) order.lifetime = std::chrono::hours(fields.Number("hours"));
  order.created_by = request.caller.name;
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const Snapshot snapshot, parts.service.Take(order));
  return JsonResponse(202, RenderSnapshot(snapshot));
}

Result<Response> List(const SnapshotRouteParts& parts, const Request& request) {
  QueryFields query(request);
  catalog::SnapshotFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.environment_id = query.Identity<EnvironmentId>("environment_id");
  filter.status = query.Named<domain::SnapshotStatus>("status", domain::ParseSnapshotStatus);
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, parts.snapshots.List(filter, page));
  return ListResponse(found, RenderSnapshot);
}

Result<Response> Show(const SnapshotRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const SnapshotId id, IdOf(request));
  ASSIGN_OR_RETURN(const Snapshot snapshot, parts.snapshots.Get(id));
  return JsonResponse(200, RenderSnapshot(snapshot));
}

Result<Response> RollBack(const SnapshotRouteParts& parts, const Request& request) {
  BodyFields fields(request);
  snapshot::RollbackOrder order;
  ASSIGN_OR_RETURN(order.snapshot_id, IdOf(request));
  order.keep_snapshot = fields.Flag("keep_snapshot");
  order.keep_previous = std::chrono::hours(fields.Number("keep_previous_hours"));
  order.confirm = fields.Text("confirm");
  order.created_by = request.caller.name;
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const Snapshot previous, parts.service.RollBack(order));
  return JsonResponse(202, RenderSnapshot(previous));
}

Result<Response> Remove(const SnapshotRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const SnapshotId id, IdOf(request));
  ASSIGN_OR_RETURN(const domain::Task task, parts.service.Remove(id));
  return TaskAccepted(task.id.value);
}

Result<Response> ShowSettings(const SnapshotRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<EnvironmentId>(request, "id", "environment"));
  ASSIGN_OR_RETURN(const auto settings, parts.snapshots.SettingsOf(id));
  return JsonResponse(
      200, json::object{{"keep", settings.keep}, {"after_restore", settings.after_restore}});
}

Result<Response> PutSettings(const SnapshotRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<EnvironmentId>(request, "id", "environment"));
  BodyFields fields(request);
  domain::SnapshotSettings settings;
  settings.keep = static_cast<int>(fields.Number("keep"));
  settings.after_restore = fields.Flag("after_restore");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(parts.service.PutSettings(id, settings));
  return ShowSettings(parts, request);
}

}  // namespace

void AddSnapshotRoutes(Router& router, const SnapshotRouteParts& parts) {
  using Handle = Result<Response> (*)(const SnapshotRouteParts&, const Request&);
  const auto add = [&](const char* method, const char* pattern, Rule rule, Handle handle) {
    router.Add(
        method, pattern, std::move(rule),
        [parts, handle](const Context&, const Request& request) { return handle(parts, request); });
  };
  const NamedObject environment = InPath(ObjectKind::kEnvironment, "id");
  const NamedObject snapshot = InPath(ObjectKind::kSnapshot, "id");
  add("POST", "/api/v1/environments/{id}/snapshots",
      Rule::On(Permission::kProjectBackupsCreate, environment), Take);
  add("GET", "/api/v1/environments/{id}/snapshot-settings",
      Rule::On(Permission::kProjectBackupsView, environment), ShowSettings);
  add("PUT", "/api/v1/environments/{id}/snapshot-settings",
      Rule::On(Permission::kProjectBackupsRestore, environment), PutSettings);
  add("GET", "/api/v1/snapshots",
      Rule::List(Permission::kProjectBackupsView)
          .And(InQuery(ObjectKind::kProject, "project_id"))
          .And(InQuery(ObjectKind::kEnvironment, "environment_id")),
      List);
  add("GET", "/api/v1/snapshots/{id}", Rule::On(Permission::kProjectBackupsView, snapshot), Show);
  add("POST", "/api/v1/snapshots/{id}/rollback",
      Rule::On(Permission::kProjectBackupsRestore, snapshot), RollBack);
  add("DELETE", "/api/v1/snapshots/{id}", Rule::On(Permission::kProjectBackupsDelete, snapshot),
      Remove);
}

}  // namespace reprise::api
