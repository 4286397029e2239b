#include <fmt/format.h>

#include "api/drill_page.hpp"
#include "api/http_text.hpp"
#include "api/render_upkeep.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

Result<Response> Create(const Services& services, const Request& request) {
  BodyFields fields(request);
  restore::DrillOrder order;
  order.backup_id = {fields.Text("backup_id")};
  order.environment_id = {fields.Text("environment_id")};
  if (order.backup_id.empty() == order.environment_id.empty()) {
    fields.AddFault("backup_id", "say either which backup, or of which environment the newest one");
  }
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Drill drill, services.upkeep.drill_service.Order(order));
  return JsonResponse(202, RenderDrill(drill));
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::DrillFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.environment_id = query.Identity<domain::EnvironmentId>("environment_id");
  filter.backup_id = query.Identity<domain::BackupId>("backup_id");
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.upkeep.drills.List(filter, page));
  return ListResponse(found, RenderDrill);
}

Result<domain::Drill> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::DrillId>(request, "id", "drill"));
  return services.upkeep.drills.Get(id);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Drill drill, Find(services, request));
  return JsonResponse(200, RenderDrill(drill));
}

Result<json::object> ReportIn(const domain::Drill& drill) {
  if (drill.report_json.empty()) {
    return Fail(ErrorCode::kConflict,
                "the drill has not ended, or never began: there is no report of it",
                "wait until its task has ended");
  }
  ASSIGN_OR_RETURN(json::value report, ParseJson(drill.report_json));
  if (!report.is_object()) return Fail(ErrorCode::kInternal, "the drill's report is damaged");
  return std::move(report.as_object());
}

Result<Response> Report(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Drill drill, Find(services, request));
  ASSIGN_OR_RETURN(const json::object report, ReportIn(drill));
  return JsonResponse(200, report);
}

Result<Response> Page(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Drill drill, Find(services, request));
  ASSIGN_OR_RETURN(const json::object report, ReportIn(drill));
  return Response{200,
                  {{"Content-Type", "text/html; charset=utf-8"},
                   {"Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}},
                  DrillPage(report)};
}

Result<Response> Pdf(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Drill drill, Find(services, request));
  ASSIGN_OR_RETURN(const json::object report, ReportIn(drill));
  return Response{
      200,
      {{"Content-Type", "application/pdf"},
       {"Content-Disposition", AttachmentDisposition(fmt::format("drill-{}.pdf", drill.id.value))}},
      DrillPdf(report)};
}

}  // namespace

void AddDrillRoutes(Router& router, const Services& services) {
  using Handle = Result<Response> (*)(const Services&, const Request&);
  const auto add = [&](const char* method, const char* pattern, Rule rule, Handle handle) {
    router.Add(method, pattern, std::move(rule),
               [services, handle](const Context&, const Request& request) {
                 return handle(services, request);
               });
  };
  const auto seen = Rule::On(Permission::kProjectDrillsView, InPath(ObjectKind::kDrill, "id"));
  add("GET", "/api/v1/drills",
      Rule::List(Permission::kProjectDrillsView)
          .And(InQuery(ObjectKind::kProject, "project_id"))
          .And(InQuery(ObjectKind::kEnvironment, "environment_id"))
          .And(InQuery(ObjectKind::kBackup, "backup_id")),
      List);
  add("POST", "/api/v1/drills",
      Rule::On(Permission::kProjectDrillsManage, InBody(ObjectKind::kBackup, "backup_id"))
          .And(InBody(ObjectKind::kEnvironment, "environment_id")),
      Create);
  add("GET", "/api/v1/drills/{id}", seen, Show);
  add("GET", "/api/v1/drills/{id}/report", seen, Report);
  add("GET", "/api/v1/drills/{id}/report.html", seen, Page);
  add("GET", "/api/v1/drills/{id}/report.pdf", seen, Pdf);
}

}  // namespace reprise::api
