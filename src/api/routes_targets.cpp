#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "base/task_group.hpp"
#include "restore/server_choice.hpp"

// Where a backup can be restored to: environments that can take it, servers that can hold it.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

constexpr std::chrono::seconds kLookLimit{12};

json::array RenderShortages(const std::vector<std::string>& short_of) {
  json::array lines;
  for (const std::string& line : short_of) lines.emplace_back(line);
  return lines;
}

json::object RenderCandidate(const domain::Backup& backup, const domain::Environment& environment,
                             bool may_restore) {
  Status fits = restore::CheckCompatible(backup, environment);
  if (fits && !may_restore) {
    fits = Fail(ErrorCode::kPermissionDenied,
                "restoring needs the permission project.backups.restore");
  }
  return {{"id", environment.id.value},
          {"name", environment.name},
          {"environment_type", domain::NameOf(environment.type)},
          {"odoo_version", environment.odoo_version},
          {"is_source", environment.id == backup.environment_id},
          {"compatible", fits.has_value()},
          {"reason", fits ? json::value(nullptr) : json::value(fits.error().message)}};
}

Result<json::array> Environments(const Services& services, const Request& request,
                                 const domain::Backup& backup) {
  ASSIGN_OR_RETURN(const catalog::Project project, services.tenancy.GetProject(backup.project_id));
  const bool may_restore =
      request.caller.May(Permission::kProjectBackupsRestore, project.organization_id, project.id);
  ASSIGN_OR_RETURN(const auto found,
                   services.environments.List({.project_id = backup.project_id}, {1, 1000}));
  json::array candidates;
  for (const domain::Environment& environment : found.items) {
    candidates.push_back(RenderCandidate(backup, environment, may_restore));
  }
  return candidates;
}

json::object RenderCandidate(const catalog::Server& server, bool is_source,
                             const domain::ServerNeeds& needs,
                             const Result<docker::MachineLoad>& load, ByteCount reserved) {
  json::object candidate = RenderServer(server);
  candidate["is_source"] = is_source;
  candidate["reachable"] = load.has_value();
  candidate["reason"] = load ? json::value(nullptr) : json::value(load.error().message);
  if (!load) {
    candidate["fit"] = "unreachable";
    candidate["short_of"] = json::array();
    candidate["free"] = nullptr;
    return candidate;
  }
  const domain::ServerVerdict verdict = JudgeServer(needs, restore::RoomOn(*load, reserved));
  candidate["fit"] = domain::NameOf(verdict.fit);
  candidate["short_of"] = RenderShortages(verdict.short_of);
  candidate["free"] = RenderRoom(restore::RoomOn(*load, reserved));
  return candidate;
}

// All are asked at once: one that is silent must not make the others late.
Result<json::array> Servers(const Services& services, const Context& ctx,
                            const std::vector<catalog::Server>& servers,
                            const domain::Backup& backup) {
  std::vector<Result<docker::MachineLoad>> loads(servers.size());
  {
    TaskGroup group(ctx);
    for (std::size_t at = 0; at < servers.size(); ++at) {
      group.Spawn([&, at](const Context& inner) -> Status {
        loads[at] = services.engines.Load(inner.WithTimeout(kLookLimit), servers[at].id);
        return {};
      });
    }
    RETURN_IF_ERROR(group.Join());
  }
  ASSIGN_OR_RETURN(const domain::ServerId source,
                   restore::SourceServer(services.environments, services.tenancy, backup));
  json::array candidates;
  for (std::size_t at = 0; at < servers.size(); ++at) {
    ByteCount reserved = 0;
    if (loads[at]) {
      ASSIGN_OR_RETURN(reserved, restore::ReservedOn(services.space, servers[at].id, *loads[at]));
    }
    candidates.push_back(RenderCandidate(servers[at], servers[at].id == source,
                                         domain::NeedsOf(backup), loads[at], reserved));
  }
  return candidates;
}

Result<Response> Targets(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backups.Get(id));
  ASSIGN_OR_RETURN(const catalog::Project project, services.tenancy.GetProject(backup.project_id));
  ASSIGN_OR_RETURN(json::array environments, Environments(services, request, backup));
  // Servers are told to those who may know of them.
  std::vector<catalog::Server> usable;
  if (request.caller.May(Permission::kOrgServersList, project.organization_id)) {
    ASSIGN_OR_RETURN(const auto found,
                     services.tenancy.ListServers(
                         {.usable_by = std::vector{project.organization_id}}, {1, 100}));
    usable = found.items;
  }
  ASSIGN_OR_RETURN(json::array servers, Servers(services, ctx, usable, backup));
  return JsonResponse(200, json::object{{"needs", RenderRoom(domain::NeedsOf(backup).wanted)},
                                        {"environments", std::move(environments)},
                                        {"servers", std::move(servers)}});
}

}  // namespace

void AddTargetRoutes(Router& router, const Services& services) {
  router.Add("GET", "/api/v1/backups/{id}/targets",
             Rule::On(Permission::kProjectBackupsView, InPath(ObjectKind::kBackup, "id")),
             [services](const Context& ctx, const Request& request) {
               return Targets(services, ctx, request);
             });
}

}  // namespace reprise::api
