#include "cli/follow.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kGiveUpAfter{10};  // a server that restarts is back sooner
constexpr milliseconds kFirstPause{500};
constexpr milliseconds kLongestPause{10'000};

Error Interrupted(const std::string& task_id) {
  return Error{ErrorCode::kCancelled, fmt::format("stopped watching; task {} goes on", task_id),
               fmt::format("\"reprise task watch {}\" shows it again, \"reprise task cancel {}\" "
                           "stops it",
                           task_id, task_id)};
}

Result<json::object> FetchTask(const Session& session, const std::string& task_id) {
  ASSIGN_OR_RETURN(json::value task, session.client.Get(session.ctx, "/api/v1/tasks/" + task_id));
  if (!task.is_object()) return Fail(ErrorCode::kInternal, "the answer is no task");
  return std::move(task.as_object());
}

// One connection's worth. Ok: the server has ended the stream.
Status FollowOnce(const Session& session, TaskView& view, ProgressDisplay& display) {
  return session.client.Follow(session.ctx, fmt::format("/api/v1/tasks/{}/events", view.id),
                               view.last_event_id, [&](const StreamEvent& event) {
                                 ApplyEvent(view, event);
                                 display.Show(view, event);
                                 return !HasEnded(view);
                               });
}

}  // namespace

Result<json::object> FollowTask(const Session& session, const std::string& task_id) {
  const Interruption interruption;
  Session watching = session;
  watching.ctx = session.ctx.WithStop(interruption.token());
  ProgressDisplay display(session.terminal, session.noise());
  TaskView view;
  view.id = task_id;
  milliseconds pause = kFirstPause;
  auto last_contact = steady_clock::now();
  while (true) {
    const std::string seen = view.last_event_id;
    const Status status = FollowOnce(watching, view, display);
    if (watching.ctx.Stopped()) return Fail(Interrupted(task_id));
    if (status) {
      // Ended by the server: mostly since the task has ended. Its record says for sure.
      Result<json::object> task = FetchTask(watching, task_id);
      if (!task && task.error().code != ErrorCode::kEngineUnavailable) return task;
      if (task) {
        view.status = TextOf(*task, "status");
        if (HasEnded(view)) return task;
      }
    } else if (status.error().code != ErrorCode::kEngineUnavailable) {
      return Fail(status.error());
    }
    if (status || view.last_event_id != seen) {
      last_contact = steady_clock::now();
      pause = kFirstPause;
    }
    if (steady_clock::now() - last_contact > kGiveUpAfter) return Fail(status.error());
    if (!status) display.Note("the connection to the server was lost; trying again");
    if (!watching.ctx.Sleep(pause)) return Fail(Interrupted(task_id));
    pause = std::min(pause * 2, kLongestPause);
  }
}

Status OutcomeOf(const json::object& task) {
  const std::string status = TextOf(task, "status");
  if (status == "completed") return {};
  if (status == "cancelled") {
    return Fail(ErrorCode::kCancelled, fmt::format("task {} was cancelled", TextOf(task, "id")));
  }
  const std::string step = TextOf(task, "error_step");
  Error error{ErrorCodeFromName(TextOf(task, "error_code")), TextOf(task, "error_message"),
              TextOf(task, "error_hint")};
  if (error.message.empty()) error.message = fmt::format("task {} failed", TextOf(task, "id"));
  if (!step.empty()) error.context.push_back("in step " + step);
  return Fail(std::move(error));
}

}  // namespace reprise::cli
