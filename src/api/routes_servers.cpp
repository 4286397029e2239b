#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "restore/server_choice.hpp"

// Servers: enrolled in two steps, looked at, removed.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

// The shared servers and those of the caller's organizations.
Result<Response> List(const Services& services, const Request& request) {
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

servers::EnrolOrder ReadOrder(BodyFields& fields) {
  servers::EnrolOrder order;
  order.organization_id = {fields.Text("organization_id")};
  order.address = fields.Text("address");
  order.user = fields.Text("user");
  order.port = static_cast<int>(fields.Number("port"));
  order.setup =
      fields.Flag("use_ssh_config") ? servers::SshSetup::kUserConfig : servers::SshSetup::kOwnKey;
  return order;
}

// The keys and jump hosts of the user as whom reprise runs are not an organization's to use.
Status CheckMayUse(const Request& request, servers::SshSetup setup) {
  if (setup == servers::SshSetup::kOwnKey) return {};
  return access::AccessControl::CheckSystem(request.caller, Permission::kSystemServersManage);
}

Result<Response> ShowHostKey(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  const servers::EnrolOrder order = ReadOrder(fields);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(CheckMayUse(request, order.setup));
  ASSIGN_OR_RETURN(const servers::ShownHostKey shown,
                   services.server_service.AskHostKey(ctx, order));
  return JsonResponse(
      200, json::object{{"host_key", shown.public_key}, {"fingerprint", shown.fingerprint}});
}

Result<Response> Enrol(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  servers::EnrolOrder order = ReadOrder(fields);
  order.name = fields.Text("name");
  order.private_key = fields.Text("private_key");
  order.docker_socket = fields.Text("docker_socket");
  order.host_key_fingerprint = fields.Text("host_key_fingerprint");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(CheckMayUse(request, order.setup));
  ASSIGN_OR_RETURN(const catalog::Server server, services.server_service.Enrol(ctx, order));
  return JsonResponse(201, RenderServer(server));
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ServerId>(request, "id", "server"));
  ASSIGN_OR_RETURN(const catalog::Server server, services.tenancy.GetServer(id));
  return JsonResponse(200, RenderServer(server));
}

Result<Response> Test(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ServerId>(request, "id", "server"));
  ASSIGN_OR_RETURN(const servers::ServerReport report, services.server_service.Test(ctx, id));
  ASSIGN_OR_RETURN(const ByteCount reserved, restore::ReservedOn(services.space, id, report.load));
  json::object answer = RenderLoad(report.load, reserved);
  answer["engine_version"] = report.engine.version;
  answer["engine_name"] = report.engine.name;
  return JsonResponse(200, answer);
}

Result<Response> Remove(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ServerId>(request, "id", "server"));
  RETURN_IF_ERROR(services.server_service.Remove(id));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddServerRoutes(Router& router, const Services& services) {
  NamedObject organization = InBody(ObjectKind::kOrganization, "organization_id");
  organization.when_absent = WhenAbsent::kInstallation;
  const auto manage = [] {
    return Rule::On(Permission::kOrgServersManage, InPath(ObjectKind::kServer, "id"));
  };
  router.Add(
      "GET", "/api/v1/servers", Rule::Self(),
      [services](const Context&, const Request& request) { return List(services, request); });
  router.Add("POST", "/api/v1/servers/host-key",
             Rule::On(Permission::kOrgServersManage, organization),
             [services](const Context& ctx, const Request& request) {
               return ShowHostKey(services, ctx, request);
             });
  router.Add("POST", "/api/v1/servers", Rule::On(Permission::kOrgServersManage, organization),
             [services](const Context& ctx, const Request& request) {
               return Enrol(services, ctx, request);
             });
  router.Add(
      "GET", "/api/v1/servers/{id}",
      Rule::On(Permission::kOrgServersList, InPath(ObjectKind::kServer, "id")),
      [services](const Context&, const Request& request) { return Show(services, request); });
  router.Add("POST", "/api/v1/servers/{id}/test", manage(),
             [services](const Context& ctx, const Request& request) {
               return Test(services, ctx, request);
             });
  router.Add(
      "DELETE", "/api/v1/servers/{id}", manage(),
      [services](const Context&, const Request& request) { return Remove(services, request); });
}

}  // namespace reprise::api
