#include <fmt/format.h>

#include <charconv>

#include "api/event_hub.hpp"
#include "api/http_text.hpp"
#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"
#include "api/session_cookie.hpp"
#include "api/task_log.hpp"
#include "base/hash.hpp"

namespace reprise::api {
namespace {

using access::ObjectKind;
using domain::Permission;

constexpr int kLogBatch = 500;

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  jobs::TaskFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.among = request.visible;
  filter.kind = query.Named<domain::TaskKind>("kind", domain::ParseTaskKind);
  filter.status = query.Named<domain::TaskStatus>("status", domain::ParseTaskStatus);
  filter.subject_id = query.Text("subject_id");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Page<domain::Task> found, services.journal.List(filter, page));
  return ListResponse(found, RenderTask);
}

Result<domain::Task> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::TaskId>(request, "id", "task"));
  return services.journal.Get(id);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Task task, Find(services, request));
  return JsonResponse(200, RenderTask(task));
}

Result<Response> Cancel(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::TaskId>(request, "id", "task"));
  ASSIGN_OR_RETURN(const domain::Task task, services.cancel_task
                                                ? services.cancel_task(id)
                                                : services.journal.RequestCancel(id));
  return JsonResponse(202, RenderTask(task));
}

Result<Response> Log(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Task task, Find(services, request));
  std::string text;
  std::int64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<domain::TaskEvent> events,
                     services.journal.EventsAfter(after, task.id, kLogBatch));
    for (const domain::TaskEvent& event : events) text += LogLine(event);
    if (events.size() < kLogBatch) break;
    after = events.back().seq;
  }
  return Response{200, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

// Where a stream begins: the header of a client that reconnects wins over the query.
std::optional<std::int64_t> AfterOf(QueryFields& query, const Request& request) {
  const std::optional<std::int64_t> after = query.Number("after");
  const std::string_view header = request.headers.Find("Last-Event-ID").value_or("");
  if (header.empty()) return after;
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seq);
  if (error == std::errc() && end == header.data() + header.size() && seq >= 0) return seq;
  query.AddFault("after", "must be the number of an event");
  return std::nullopt;
}

// Who may hear goes on being asked: by the same head, as if it came anew.
EventWish::Audience AudienceOf(const Services& services, const Request& request,
                               const std::optional<domain::TaskId>& task) {
  Request head;
  head.method = "GET";
  head.client_address = request.client_address;
  for (const auto& [name, value] : request.headers.fields()) {
    if (EqualsIgnoringCase(name, "Authorization") || EqualsIgnoringCase(name, "Cookie")) {
      head.headers.Add(name, value);
    }
  }
  return [services, head, task]() -> Result<access::Visible> {
    ASSIGN_OR_RETURN(const access::Caller caller, services.authenticator.Authenticate(head));
    if (task) {
      RETURN_IF_ERROR(services.control.Check(caller, Permission::kProjectTasksView,
                                             {ObjectKind::kTask, task->value}));
    }
    return services.control.ProjectsWhere(caller, Permission::kProjectTasksView);
  };
}

Response StreamOf(const Services& services, const EventWish& wish) {
  EventHub& events = services.events;
  return Response{200,
                  {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
                  LiveBody{[&events, wish](std::function<void()> wake) {
                    return events.Open(wish, std::move(wake));
                  }}};
}

// The same for all streams of one token or session, of the same task or of all.
std::string ListenerOf(const Request& request, const std::optional<domain::TaskId>& task) {
  const std::string cookie = SessionSecretIn(request).value_or("");
  const std::string_view authorization = request.headers.Find("Authorization").value_or("");
  return HashOf(HashKind::kSha256,
                fmt::format("{}\n{}\n{}", authorization, cookie, task ? task->value : ""));
}

Result<Response> TaskEvents(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::Task task, Find(services, request));
  QueryFields query(request);
  const std::int64_t after = AfterOf(query, request).value_or(0);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  if (domain::HasEnded(task.status)) {
    // 204 tells a browser's EventSource that there is nothing to come back for.
    ASSIGN_OR_RETURN(const auto rest, services.journal.EventsAfter(after, task.id, 1));
    if (rest.empty()) return Response{204, {}, std::string()};
  }
  return StreamOf(services, EventWish{task.id, after, AudienceOf(services, request, task.id),
                                      ListenerOf(request, task.id)});
}

Result<Response> AllEvents(const Services& services, const Request& request) {
  QueryFields query(request);
  const std::optional<std::int64_t> after = AfterOf(query, request);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  return StreamOf(services,
                  EventWish{std::nullopt, after, AudienceOf(services, request, std::nullopt),
                            ListenerOf(request, std::nullopt)});
}

}  // namespace

void AddTaskRoutes(Router& router, const Services& services) {
  const auto task = InPath(ObjectKind::kTask, "id");
  router.Add(
      "GET", "/api/v1/tasks",
      Rule::List(Permission::kProjectTasksView).And(InQuery(ObjectKind::kProject, "project_id")),
      [services](const Context&, const Request& request) { return List(services, request); });
  router.Add(
      "GET", "/api/v1/tasks/{id}", Rule::On(Permission::kProjectTasksView, task),
      [services](const Context&, const Request& request) { return Show(services, request); });
  router.Add(
      "POST", "/api/v1/tasks/{id}/cancel", Rule::On(Permission::kProjectTasksCancel, task),
      [services](const Context&, const Request& request) { return Cancel(services, request); });
  router.Add("GET", "/api/v1/tasks/{id}/log", Rule::On(Permission::kProjectTasksView, task),
             [services](const Context&, const Request& request) { return Log(services, request); });
  router.Add(
      "GET", "/api/v1/tasks/{id}/events", Rule::On(Permission::kProjectTasksView, task),
      [services](const Context&, const Request& request) { return TaskEvents(services, request); });
  router.Add(
      "GET", "/api/v1/events", Rule::List(Permission::kProjectTasksView),
      [services](const Context&, const Request& request) { return AllEvents(services, request); });
}

}  // namespace reprise::api
