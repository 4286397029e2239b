#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/audit_json.hpp"
#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

// Reading the audit log.
namespace reprise::api {
namespace {

using access::ObjectKind;
using domain::Permission;

constexpr int kMostExported = 10'000;  // rows of one answer

std::optional<Instant> TimeIn(QueryFields& query, std::string_view name) {
  const std::optional<std::string> text = query.Text(name);
  if (!text) return std::nullopt;
  const Result<Instant> when = ParseInstant(*text);
  if (when) return *when;
  query.AddFault(name, "must be a time such as 2024-12-11T11:00:00Z");
  return std::nullopt;
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::AuditFilter filter;
  filter.organization_id = query.Identity<domain::OrganizationId>("organization_id");
  filter.actor_id = query.Text("actor_id");
  filter.action = query.Text("action");
  filter.object_id = query.Text("object_id");
  filter.request_id = query.Text("request_id");
  filter.result = query.Named<domain::AuditResult>("result", domain::ParseAuditResult);
  filter.since = TimeIn(query, "since");
  filter.until = TimeIn(query, "until");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.audit.List(filter, page));
  return ListResponse(found, RenderAuditEntry);
}

// One row a line, oldest first. Fewer rows than asked for: that was the end.
Result<Response> Export(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::AuditFilter filter;
  filter.organization_id = query.Identity<domain::OrganizationId>("organization_id");
  const std::int64_t after = query.Number("after").value_or(0);
  const std::int64_t limit = query.Number("limit").value_or(kMostExported);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto rows, services.audit.After(filter, after, static_cast<int>(limit)));
  std::string lines;
  for (const domain::AuditEntry& row : rows) {
    lines += boost::json::serialize(RenderAuditEntry(row));
    lines += '\n';
  }
  return Response{200, {{"Content-Type", "application/x-ndjson"}}, std::move(lines)};
}

}  // namespace

void AddAuditRoutes(Router& router, const Services& services) {
  NamedObject organization = InQuery(ObjectKind::kOrganization, "organization_id");
  organization.when_absent = WhenAbsent::kInstallation;
  const auto add = [&](std::string_view path, const RouteOptions& options,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(
        "GET", path, Rule::On(Permission::kOrgAuditView, organization),
        [services, handle](const Context&, const Request& request) {
          return handle(services, request);
        },
        options);
  };
  add("/api/v1/audit", {}, List);
  add("/api/v1/audit/export", {.audit = Audit::kAlways}, Export);
}

}  // namespace reprise::api
