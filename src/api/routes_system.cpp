#include <boost/json/object.hpp>
#include <chrono>

#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kCheckLimit{10'000};

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

}  // namespace

void AddSystemRoutes(Router& router, const Services& services) {
  // Asked by what watches over servers, often and from one address.
  const RouteOptions freely{.counted = Counted::kNo};
  router.Add("GET", "/healthz", Rule::Open(), Healthz, freely);
  router.Add(
      "GET", "/readyz", Rule::Open(),
      [services](const Context& ctx, const Request&) { return Readyz(services, ctx); }, freely);
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
  AddProofRoutes(router, services);
  AddScheduleRoutes(router, services);
  AddRetentionRoutes(router, services);
  AddSafeCopyRoutes(router, services);
  AddDrillRoutes(router, services);
  AddServerRoutes(router, services);
  AddTargetRoutes(router, services);
  AddTaskRoutes(router, services);
  AddAuditRoutes(router, services);
}

}  // namespace reprise::api
