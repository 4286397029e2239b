#include <fmt/format.h>

#include "api/render.hpp"
#include "api/route_support.hpp"
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

}  // namespace

void AddProjectRoutes(Router& router, const Services& services) {
  NamedObject organization = InQuery(ObjectKind::kOrganization, "organization_id");
  organization.permission = Permission::kOrgView;
  router.Add(
      "GET", "/api/v1/projects", Rule::List(Permission::kProjectView).And(organization),
      [services](const Context&, const Request& request) { return List(services, request); });
}

}  // namespace reprise::api
