#include <boost/json/object.hpp>
#include <chrono>

#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using domain::Permission;

constexpr std::chrono::milliseconds kCheckLimit{3000};

Result<Response> Healthz(const Context&, const Request&) {
  return JsonResponse(200, json::object{{"status", "ok"}});
}

// Open to everybody, so it tells only which part fails and how, not where.
Response Readyz(const Services& services, const Context& ctx) {
  bool ready = true;
  json::object checks;
  for (const ReadyCheck& one : services.ready_checks) {
    const Status status = one.check(ctx.WithTimeout(kCheckLimit));
    checks[one.name] = status ? std::string_view("ok") : NameOf(status.error().code);
    if (status) continue;
    ready = false;
    log::Warning("readyz.failed", {{"check", one.name}, {"error", status.error().Sentence()}});
  }
  return JsonResponse(ready ? 200 : 503, json::object{{"status", ready ? "ready" : "not_ready"},
                                                      {"checks", std::move(checks)}});
}

// The shared servers and those of the caller's organizations.
Result<Response> ListServers(const Services& services, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  const access::Caller& caller = request.caller;
  catalog::ServerFilter filter;
  if (!caller.MayInSystem(Permission::kOrgServersList)) {
    filter.usable_by.emplace();
    for (const domain::OrganizationId& organization : caller.Organizations()) {
      if (caller.May(Permission::kOrgServersList, organization)) {
        filter.usable_by->push_back(organization);
      }
    }
    if (filter.usable_by->empty())
      return ListResponse(catalog::Page<catalog::Server>{{}, 0, page.page, page.page_size},
                          RenderServer);
  }
  ASSIGN_OR_RETURN(const catalog::Page<catalog::Server> found,
                   services.tenancy.ListServers(filter, page));
  return ListResponse(found, RenderServer);
}

}  // namespace

void AddSystemRoutes(Router& router, const Services& services) {
  router.Add("GET", "/healthz", Rule::Open(), Healthz);
  router.Add("GET", "/readyz", Rule::Open(),
             [services](const Context& ctx, const Request&) { return Readyz(services, ctx); });
  router.Add("GET", "/api/v1/servers", Rule::Self(),
             [services](const Context&, const Request& request) {
               return ListServers(services, request);
             });
}

void AddAllRoutes(Router& router, const Services& services) {
  AddContractRoutes(router);
  AddSystemRoutes(router, services);
  AddAuthRoutes(router, services);
  AddTokenRoutes(router, services);
  AddUserRoutes(router, services);
  AddOrganizationRoutes(router, services);
  AddTeamRoutes(router, services);
  AddRoleRoutes(router, services);
  AddProjectRoutes(router, services);
  AddEnvironmentRoutes(router, services);
  AddBackupRoutes(router, services);
  AddStorageRoutes(router, services);
  AddRestoreRoutes(router, services);
  AddTaskRoutes(router, services);
}

}  // namespace reprise::api
