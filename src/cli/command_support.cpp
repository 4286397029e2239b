#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {

namespace json = boost::json;

Result<json::object> FetchObject(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(json::value answer, session.client.Get(session.ctx, path));
  if (!answer.is_object()) {
    return Fail(ErrorCode::kInternal, fmt::format("the answer to {} is no object", path));
  }
  return std::move(answer.as_object());
}

Status FinishTask(const Session& session, const std::string& task_id, const std::string& path,
                  Describe describe) {
  ASSIGN_OR_RETURN(const json::object task, FollowTask(session, task_id));
  const Result<json::object> subject = FetchObject(session, path);
  if (session.json) {
    session.PrintJson(subject ? json::value(*subject) : json::value(task));
  } else if (subject) {
    session.terminal.Out(describe(session, *subject));
  }
  return OutcomeOf(task);
}

}  // namespace reprise::cli
