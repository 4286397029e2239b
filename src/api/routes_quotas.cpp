#include "api/quota_routes.hpp"
#include "api/route_support.hpp"

// What organizations may have at once.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::OrganizationId;
using domain::Permission;

json::value LimitValue(const std::optional<std::uint64_t>& limit) {
  return limit ? json::value(*limit) : json::value(nullptr);
}

std::optional<std::uint64_t> LimitField(BodyFields& fields, std::string_view name) {
  const json::value* value = fields.Raw(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->to_number<std::uint64_t>();  // the contract has seen that it is one
}

Result<Response> Answer(const QuotaParts& parts, const OrganizationId& id) {
  ASSIGN_OR_RETURN(const domain::Quota quota, parts.quotas.Get(id));
  ASSIGN_OR_RETURN(const domain::QuotaUse use, parts.quotas.UseOf(id));
  return JsonResponse(200,
                      {{"organization_id", id.value},
                       {"limits", json::object{{"stored_bytes", LimitValue(quota.stored_bytes)},
                                               {"environments", LimitValue(quota.environments)},
                                               {"active_tasks", LimitValue(quota.active_tasks)}}},
                       {"use", json::object{{"stored_bytes", use.stored_bytes},
                                            {"environments", use.environments},
                                            {"active_tasks", use.active_tasks}}}});
}

Result<Response> Show(const QuotaParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  return Answer(parts, id);
}

Result<Response> Put(const QuotaParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  RETURN_IF_ERROR(parts.organizations.Get(id));
  BodyFields fields(request);
  const domain::Quota quota{LimitField(fields, "stored_bytes"), LimitField(fields, "environments"),
                            LimitField(fields, "active_tasks")};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(parts.quotas.Put(id, quota));
  return Answer(parts, id);
}

}  // namespace

void AddQuotaRoutes(Router& router, const QuotaParts& parts) {
  constexpr std::string_view kPath = "/api/v1/organizations/{id}/quota";
  router.Add("GET", kPath, Rule::On(Permission::kOrgView, InPath(ObjectKind::kOrganization, "id")),
             [parts](const Context&, const Request& request) { return Show(parts, request); });
  // An organization does not give itself more.
  router.Add("PUT", kPath, Rule::System(Permission::kSystemOrganizationsManage),
             [parts](const Context&, const Request& request) { return Put(parts, request); });
}

}  // namespace reprise::api
