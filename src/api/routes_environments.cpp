#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::EnvironmentType;
using domain::Permission;

constexpr std::string_view kTypes = "development, staging, production, testing";

EnvironmentType TypeField(JsonFields& fields) {
  return fields
      .OptionalEnum<EnvironmentType>("environment_type", domain::ParseEnvironmentType, kTypes)
      .value_or(EnvironmentType::kDevelopment);
}

domain::ProjectId ProjectField(JsonFields& fields) {
  return {fields.OptionalText("project_id").value_or("")};
}

Result<Response> Adopt(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  odoo::AdoptOrder order;
  order.project_id = ProjectField(fields);
  order.name = fields.RequiredText("name");
  order.type = TypeField(fields);
  order.odoo_container = fields.RequiredText("odoo_container");
  order.db_container = fields.RequiredText("db_container");
  order.pgbouncer_container = fields.OptionalText("pgbouncer_container").value_or("");
  order.db_name = fields.OptionalText("db_name").value_or("");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   services.environment_service.Adopt(ctx, order));
  return JsonResponse(201, RenderEnvironment(environment));
}

Result<Response> Deploy(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  odoo::DeployOrder order;
  order.project_id = ProjectField(fields);
  order.server_id = {fields.OptionalText("server_id").value_or("")};
  order.name = fields.RequiredText("name");
  order.type = TypeField(fields);
  order.odoo_version = fields.RequiredText("odoo_version");
  order.postgres_version = fields.OptionalText("postgres_version").value_or("");
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
  filter.with_deleted = query.Bool("with_deleted", false);
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
      [services](const Context&, const Request& request) { return List(services, request); });
  router.Add(
      "GET", "/api/v1/environments/{id}",
      Rule::On(Permission::kProjectEnvironmentsView, InPath(ObjectKind::kEnvironment, "id")),
      [services](const Context&, const Request& request) { return Show(services, request); });
  router.Add(
      "DELETE", "/api/v1/environments/{id}",
      Rule::On(Permission::kProjectEnvironmentsDelete, InPath(ObjectKind::kEnvironment, "id")),
      [services](const Context&, const Request& request) { return Remove(services, request); });
}

}  // namespace reprise::api
