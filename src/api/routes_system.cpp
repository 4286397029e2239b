#include <boost/json/object.hpp>
#include <chrono>

#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

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

template <class T>
catalog::Page<T> OnlyOne(T item) {
  catalog::Page<T> page;
  page.items.push_back(std::move(item));
  page.total = 1;
  return page;
}

Result<Response> ListProjects(const Services& services, const Request& request) {
  QueryFields query(request);
  static_cast<void>(query.Page());
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(catalog::Project project, services.tenancy.DefaultProject());
  return ListResponse(OnlyOne(std::move(project)), RenderProject);
}

Result<Response> ListServers(const Services& services, const Request& request) {
  QueryFields query(request);
  static_cast<void>(query.Page());
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(catalog::Server server, services.tenancy.LocalServer());
  return ListResponse(OnlyOne(std::move(server)), RenderServer);
}

}  // namespace

void AddSystemRoutes(Router& router, const Services& services) {
  const RouteOptions open{.access = Access::kOpen};
  router.Add("GET", "/healthz", Healthz, open);
  router.Add(
      "GET", "/readyz",
      [services](const Context& ctx, const Request&) { return Readyz(services, ctx); }, open);
  router.Add("GET", "/api/v1/projects", [services](const Context&, const Request& request) {
    return ListProjects(services, request);
  });
  router.Add("GET", "/api/v1/servers", [services](const Context&, const Request& request) {
    return ListServers(services, request);
  });
}

void AddAllRoutes(Router& router, const Services& services) {
  AddContractRoutes(router);
  AddSystemRoutes(router, services);
  AddEnvironmentRoutes(router, services);
  AddBackupRoutes(router, services);
  AddRestoreRoutes(router, services);
  AddTaskRoutes(router, services);
}

}  // namespace reprise::api
