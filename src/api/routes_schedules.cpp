#include "api/render_upkeep.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

Response Shown(const Services& services, int status, const domain::Schedule& schedule) {
  return JsonResponse(status, RenderSchedule(schedule, services.clock.Now()));
}

Result<Response> Create(const Services& services, const Request& request) {
  BodyFields fields(request);
  upkeep::ScheduleOrder order;
  order.environment_id = {fields.Text("environment_id")};
  order.kind = fields.Named<domain::ScheduleKind>("kind", domain::ParseScheduleKind);
  order.name = fields.Text("name");
  order.cron = fields.Text("cron");
  order.time_zone = fields.Text("time_zone");
  order.is_enabled = fields.Flag("is_enabled");
  order.include_filestore = fields.Flag("include_filestore");
  order.incremental = fields.Flag("incremental");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Schedule schedule, services.upkeep.schedules.Create(order));
  return Shown(services, 201, schedule);
}

// A schedule of drills orders drills.
Permission PermissionToCreate(const Request& request) {
  const Result<json::value> body = ParseJson(request.body);
  const json::value* kind =
      body && body->is_object() ? body->get_object().if_contains("kind") : nullptr;
  return kind != nullptr && *kind == "drill" ? Permission::kProjectDrillsManage
                                             : Permission::kProjectSchedulesManage;
}

std::optional<bool> OptionalFlag(BodyFields& fields, std::string_view name) {
  const json::value* value = fields.Raw(name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

Result<Response> Change(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ScheduleId>(request, "id", "schedule"));
  BodyFields fields(request);
  upkeep::ScheduleChange change;
  change.name = fields.OptionalText("name");
  change.cron = fields.OptionalText("cron");
  change.time_zone = fields.OptionalText("time_zone");
  change.is_enabled = OptionalFlag(fields, "is_enabled");
  change.include_filestore = OptionalFlag(fields, "include_filestore");
  change.incremental = OptionalFlag(fields, "incremental");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Schedule schedule, services.upkeep.schedules.Change(id, change));
  return Shown(services, 200, schedule);
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::ScheduleFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.environment_id = query.Identity<domain::EnvironmentId>("environment_id");
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.upkeep.schedule_store.List(filter, page));
  const Instant now = services.clock.Now();
  return ListResponse(found,
                      [now](const domain::Schedule& one) { return RenderSchedule(one, now); });
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ScheduleId>(request, "id", "schedule"));
  ASSIGN_OR_RETURN(const domain::Schedule schedule, services.upkeep.schedule_store.Get(id));
  return Shown(services, 200, schedule);
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ScheduleId>(request, "id", "schedule"));
  RETURN_IF_ERROR(services.upkeep.schedule_store.Delete(id));
  return Response{204, {}, {}};
}

Result<Response> RunNow(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ScheduleId>(request, "id", "schedule"));
  ASSIGN_OR_RETURN(const domain::TaskId task, services.upkeep.schedules.RunNow(id));
  return TaskAccepted(task.value);
}

Result<Response> Runs(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::ScheduleId>(request, "id", "schedule"));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto runs, services.upkeep.schedule_store.Runs(id, page));
  return ListResponse(runs, RenderScheduleRun);
}

// What an expression means, before a schedule is made of it.
Result<Response> Explain(const Services& services, const Request& request) {
  QueryFields query(request);
  domain::Schedule schedule;
  schedule.cron = query.Text("cron").value_or("");
  schedule.time_zone = query.Text("time_zone").value_or("UTC");
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const upkeep::Timetable table,
                   upkeep::ScheduleService::TimetableOf(schedule, services.clock.Now(), 5));
  json::array next_runs;
  for (const Instant when : table.next_runs) next_runs.emplace_back(FormatInstant(when));
  return JsonResponse(200, json::object{{"cron", schedule.cron},
                                        {"time_zone", schedule.time_zone},
                                        {"sentence", table.sentence},
                                        {"next_runs", std::move(next_runs)}});
}

}  // namespace

void AddScheduleRoutes(Router& router, const Services& services) {
  using Handle = Result<Response> (*)(const Services&, const Request&);
  const auto add = [&](const char* method, const char* pattern, Rule rule, Handle handle) {
    router.Add(method, pattern, std::move(rule),
               [services, handle](const Context&, const Request& request) {
                 return handle(services, request);
               });
  };
  const auto schedule = InPath(ObjectKind::kSchedule, "id");
  add("GET", "/api/v1/schedules",
      Rule::List(Permission::kProjectSchedulesView)
          .And(InQuery(ObjectKind::kProject, "project_id"))
          .And(InQuery(ObjectKind::kEnvironment, "environment_id")),
      List);
  add("POST", "/api/v1/schedules",
      Rule::On(Permission::kProjectSchedulesManage,
               InBody(ObjectKind::kEnvironment, "environment_id"))
          .Choosing(PermissionToCreate),
      Create);
  add("GET", "/api/v1/cron", Rule::Self(), Explain);
  add("GET", "/api/v1/schedules/{id}", Rule::On(Permission::kProjectSchedulesView, schedule), Show);
  add("PATCH", "/api/v1/schedules/{id}", Rule::On(Permission::kProjectSchedulesManage, schedule),
      Change);
  add("DELETE", "/api/v1/schedules/{id}", Rule::On(Permission::kProjectSchedulesManage, schedule),
      Delete);
  add("POST", "/api/v1/schedules/{id}/run", Rule::On(Permission::kProjectSchedulesManage, schedule),
      RunNow);
  add("GET", "/api/v1/schedules/{id}/runs", Rule::On(Permission::kProjectSchedulesView, schedule),
      Runs);
}

}  // namespace reprise::api
