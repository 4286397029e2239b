#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::EnvironmentType;
using domain::Permission;

EnvironmentType TypeField(BodyFields& fields) {
  return fields.Named<EnvironmentType>("environment_type", domain::ParseEnvironmentType);
}

Result<Response> Adopt(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  odoo::AdoptOrder order;
  order.project_id = {fields.Text("project_id")};
  order.name = fields.Text("name");
  order.type = TypeField(fields);
  order.odoo_container = fields.Text("odoo_container");
  order.db_container = fields.Text("db_container");
  order.pgbouncer_container = fields.Text("pgbouncer_container");
  order.db_name = fields.Text("db_name");
  order.server_id = {fields.Text("server_id")};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   services.environment_service.Adopt(ctx, order));
  return JsonResponse(201, RenderEnvironment(environment));
}

Result<Response> Deploy(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  odoo::DeployOrder order;
  order.project_id = {fields.Text("project_id")};
  order.server_id = {fields.Text("server_id")};
  order.name = fields.Text("name");
  order.type = TypeField(fields);
  order.odoo_version = fields.Text("odoo_version");
  order.postgres_version = fields.Text("postgres_version");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const odoo::EnvironmentService::Deployment deployment,
                   services.environment_service.Deploy(ctx, order));
  return JsonResponse(202, json::object{{"environment", RenderEnvironment(deployment.environment)},
                                        {"task_id", deployment.task.id.value}});
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::EnvironmentFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.among = request.visible;
  filter.with_deleted = query.Flag("with_deleted");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Page<domain::Environment> found,
                   services.environments.List(filter, page));
  return ListResponse(found, RenderEnvironment);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::EnvironmentId>(request, "id", "environment"));
  ASSIGN_OR_RETURN(const domain::Environment environment, services.environments.Get(id));
  return JsonResponse(200, RenderEnvironment(environment));
}

Result<Response> Remove(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::EnvironmentId>(request, "id", "environment"));
  QueryFields query(request);
  const std::string confirm = query.Text("confirm").value_or("");
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Task task, services.environment_service.Remove(id, confirm));
  return TaskAccepted(task.id.value);
}

Result<Response> SetExpiry(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::EnvironmentId>(request, "id", "environment"));
  BodyFields fields(request);
  const auto lifetime = MinutesField(fields, "expires_in_minutes");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   services.environment_service.SetLifetime(id, lifetime));
  return JsonResponse(200, RenderEnvironment(environment));
}

}  // namespace

void AddEnvironmentRoutes(Router& router, const Services& services) {
  // Whoever adopts reaches into any container of the server: that is for those who run it.
  router.Add("POST", "/api/v1/environments/adopt",
             Rule::On(Permission::kProjectEnvironmentsCreate, ProjectInBody())
                 .And({ObjectKind::kServer, NamedIn::kBody, "server_id", WhenAbsent::kLocalServer,
                       Permission::kOrgServersManage}),
             [services](const Context& ctx, const Request& request) {
               return Adopt(services, ctx, request);
             });
  router.Add("POST", "/api/v1/environments",
             Rule::On(Permission::kProjectEnvironmentsCreate, ProjectInBody())
                 .And(InBody(ObjectKind::kServer, "server_id")),
             [services](const Context& ctx, const Request& request) {
               return Deploy(services, ctx, request);
             });
  router.Add(
      "GET", "/api/v1/environments",
      Rule::List(Permission::kProjectEnvironmentsView)
          .And(InQuery(ObjectKind::kProject, "project_id")),
      [services](const Context&, const Request& request) { return List(services, request); },
      RouteOptions{.source = Source::kCatalog});
  router.Add(
      "GET", "/api/v1/environments/{id}",
      Rule::On(Permission::kProjectEnvironmentsView, InPath(ObjectKind::kEnvironment, "id")),
      [services](const Context&, const Request& request) { return Show(services, request); },
      RouteOptions{.source = Source::kCatalog});
  router.Add(
      "DELETE", "/api/v1/environments/{id}",
      Rule::On(Permission::kProjectEnvironmentsDelete, InPath(ObjectKind::kEnvironment, "id")),
      [services](const Context&, const Request& request) { return Remove(services, request); });
  router.Add(
      "PUT", "/api/v1/environments/{id}/expiry",
      Rule::On(Permission::kProjectEnvironmentsDelete, InPath(ObjectKind::kEnvironment, "id")),
      [services](const Context&, const Request& request) { return SetExpiry(services, request); });
}

}  // namespace reprise::api
