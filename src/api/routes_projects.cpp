#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::ProjectFilter filter;
  filter.organization_id = query.Identity<domain::OrganizationId>("organization_id");
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Page<catalog::Project> found,
                   services.tenancy.ListProjects(filter, page));
  return ListResponse(found, RenderProject);
}

Result<Response> Create(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const catalog::Project project{{NewUuid()},
                                 {fields.RequiredText("organization_id")},
                                 NameField(fields, "name"),
                                 services.clock.Now()};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.organizations.Get(project.organization_id));
  RETURN_IF_ERROR(services.tenancy.InsertProject(project));
  return JsonResponse(201, RenderProject(project));
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  ASSIGN_OR_RETURN(const catalog::Project project, services.tenancy.GetProject(id));
  return JsonResponse(200, RenderProject(project));
}

Result<Response> Rename(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  ASSIGN_OR_RETURN(catalog::Project project, services.tenancy.GetProject(id));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  project.name = NameField(fields, "name");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.tenancy.RenameProject(id, project.name));
  return JsonResponse(200, RenderProject(project));
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ProjectId>(request, "id", "project"));
  RETURN_IF_ERROR(services.tenancy.DeleteProject(id));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddProjectRoutes(Router& router, const Services& services) {
  NamedObject organization = InQuery(ObjectKind::kOrganization, "organization_id");
  organization.permission = Permission::kOrgView;
  router.Add(
      "GET", "/api/v1/projects", Rule::List(Permission::kProjectView).And(organization),
      [services](const Context&, const Request& request) { return List(services, request); });
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  const NamedObject project = InPath(ObjectKind::kProject, "id");
  add("POST", "/api/v1/projects",
      Rule::On(Permission::kOrgProjectsCreate,
               InBody(ObjectKind::kOrganization, "organization_id")),
      Create);
  add("GET", "/api/v1/projects/{id}", Rule::On(Permission::kProjectView, project), Show);
  add("PATCH", "/api/v1/projects/{id}", Rule::On(Permission::kProjectManage, project), Rename);
  add("DELETE", "/api/v1/projects/{id}", Rule::On(Permission::kOrgProjectsDelete, project), Delete);
}

}  // namespace reprise::api
