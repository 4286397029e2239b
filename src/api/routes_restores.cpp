#include <fmt/format.h>

#include "api/http_text.hpp"
#include "api/render.hpp"
#include "api/restore_request.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

Result<Response> RestoreV2(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  const domain::RestoreRequest order = ReadRestoreV2(fields, request);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const restore::RestoreTicket ticket,
                   services.restore_service.Submit(ctx, order));
  return JsonResponse(200, RenderTicket(ticket));
}

Result<Response> Plan(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  const domain::RestoreRequest order = ReadRestoreV2(fields, request);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const restore::RestorePlan plan, services.planner.Plan(ctx, order));
  return JsonResponse(200, RenderPlan(plan));
}

// The older call: into the backup's own environment it is mode original, else existing.
Result<Response> RestoreV1(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  domain::RestoreRequest order = ReadRestoreV1(fields, request);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backups.Get(order.backup_id));
  const bool own = backup.environment_id == order.environment_id;
  order.mode = own ? domain::RestoreMode::kOriginal : domain::RestoreMode::kExisting;
  if (own) order.environment_id = {};
  ASSIGN_OR_RETURN(const restore::RestoreTicket ticket,
                   services.restore_service.Submit(ctx, order));
  return JsonResponse(200, RenderRestoreV1(ticket.restore));
}

json::object RenderWithTask(const Services& services, const domain::RestorePoint& restore) {
  std::optional<domain::Task> task;
  if (!restore.task_id.empty()) {
    if (Result<domain::Task> found = services.journal.Get(restore.task_id)) task = *found;
  }
  return RenderRestore(restore, task);
}

Result<domain::RestorePoint> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::RestoreId>(request, "id", "restore"));
  return services.restores.Get(id);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::RestorePoint restore, Find(services, request));
  return JsonResponse(200, RenderWithTask(services, restore));
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::RestoreFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.environment_id = query.Identity<domain::EnvironmentId>("environment_id");
  filter.backup_id = query.Identity<domain::BackupId>("backup_id");
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Page<domain::RestorePoint> found,
                   services.restores.List(filter, page));
  return ListResponse(found, [&](const domain::RestorePoint& restore) {
    return RenderWithTask(services, restore);
  });
}

Result<Response> Undo(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::RestoreId>(request, "id", "restore"));
  ASSIGN_OR_RETURN(const domain::Task task, services.restore_service.Undo(id));
  return TaskAccepted(task.id.value);
}

Result<Response> Release(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::RestoreId>(request, "id", "restore"));
  ASSIGN_OR_RETURN(const domain::Task task, services.restore_service.Release(id));
  return TaskAccepted(task.id.value);
}

Result<Response> Proof(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::RestorePoint restore, Find(services, request));
  if (restore.proof_json.empty()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("restore {} has no proof (yet)", restore.id.value),
                "the proof is written before the swap; look at the restore's status");
  }
  return Response{200,
                  {{"Content-Type", "application/json"},
                   {"Content-Disposition",
                    AttachmentDisposition(fmt::format("proof-{}.json", restore.id.value))}},
                  restore.proof_json};
}

// Another server than the backup's own takes the permission of the mode that says so, whatever the
// mode is called in the request.
Permission NeededFor(const Services& services, const Request& request) {
  BodyFields fields(request);
  const domain::RestoreRequest order = ReadRestoreV2(fields, request);
  if (order.mode == domain::RestoreMode::kCrossServer) return Permission::kOrgBackupsRestore;
  const domain::ServerId& wanted = order.new_environment.server_id;
  if (wanted.empty()) return Permission::kProjectBackupsRestore;
  const Result<domain::Backup> backup = services.backups.Get(order.backup_id);
  if (!backup) return Permission::kProjectBackupsRestore;
  const Result<domain::Environment> source = services.environments.Get(backup->environment_id);
  const Result<catalog::Server> local = services.tenancy.LocalServer();
  const bool same = source ? source->server_id == wanted : local && local->id == wanted;
  return same ? Permission::kProjectBackupsRestore : Permission::kOrgBackupsRestore;
}

}  // namespace

void AddRestoreRoutes(Router& router, const Services& services) {
  const auto backup = InBody(ObjectKind::kBackup, "backup_id");
  const auto restore = InPath(ObjectKind::kRestore, "id");
  router.Add("POST", "/api/v1/backups/restore",
             Rule::On(Permission::kProjectBackupsRestore, backup)
                 .And(InBody(ObjectKind::kEnvironment, "target_environment_id")),
             [services](const Context& ctx, const Request& request) {
               return RestoreV1(services, ctx, request);
             });
  // A plan tells of the target as much as a restore would, so it takes the same.
  const Rule restoring =
      Rule::On(Permission::kProjectBackupsRestore, backup)
          .And(InBody(ObjectKind::kEnvironment, "target/environment_id"))
          .And(InBody(ObjectKind::kServer, "target/server_id"))
          .And(InBody(ObjectKind::kServer, "target/new_environment/server_id"))
          .Choosing([services](const Request& request) { return NeededFor(services, request); });
  router.Add("POST", "/api/v1/backups/restore/v2", restoring,
             [services](const Context& ctx, const Request& request) {
               return RestoreV2(services, ctx, request);
             });
  router.Add("POST", "/api/v1/backups/restore/plan", restoring,
             [services](const Context& ctx, const Request& request) {
               return Plan(services, ctx, request);
             });
  router.Add(
      "GET", "/api/v1/backups/restore/{id}", Rule::On(Permission::kProjectBackupsView, restore),
      [services](const Context&, const Request& request) { return Show(services, request); });
  router.Add(
      "GET", "/api/v1/restores",
      Rule::List(Permission::kProjectBackupsView)
          .And(InQuery(ObjectKind::kProject, "project_id"))
          .And(InQuery(ObjectKind::kEnvironment, "environment_id"))
          .And(InQuery(ObjectKind::kBackup, "backup_id")),
      [services](const Context&, const Request& request) { return List(services, request); });
  router.Add(
      "POST", "/api/v1/backups/restore/{id}/undo",
      Rule::On(Permission::kProjectBackupsRestore, restore),
      [services](const Context&, const Request& request) { return Undo(services, request); });
  router.Add(
      "POST", "/api/v1/backups/restore/{id}/release",
      Rule::On(Permission::kProjectBackupsRestore, restore),
      [services](const Context&, const Request& request) { return Release(services, request); });
  router.Add(
      "GET", "/api/v1/backups/restore/{id}/proof",
      Rule::On(Permission::kProjectBackupsView, restore),
      [services](const Context&, const Request& request) { return Proof(services, request); });
}

}  // namespace reprise::api
