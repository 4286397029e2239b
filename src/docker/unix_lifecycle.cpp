#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "docker/json_view.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAlreadySo = 304;
constexpr int kNotThere = 404;
constexpr int kInTheWay = 409;

}  // namespace

Status UnixEngine::Act(const Context& ctx, std::string_view container, std::string_view action,
                       std::string_view doing, milliseconds limit, std::string json) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  HttpRequest request{"POST", fmt::format("/containers/{}{}", segment, action), std::move(json)};
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, std::move(request), limit));
  if (answer.ok() || answer.status == kAlreadySo) return {};
  return Fail(RefusalOf(answer, Subject::kContainer, container,
                        fmt::format("{} container {}", doing, container)));
}

Status UnixEngine::Start(const Context& ctx, std::string_view container) {
  return Act(ctx, container, "/start", "start", kChangeLimit);
}

Status UnixEngine::Stop(const Context& ctx, std::string_view container, seconds grace) {
  const std::string action = WithQuery("/stop", {{"t", std::to_string(grace.count())}});
  return Act(ctx, container, action, "stop", grace + kChangeLimit);
}

Status UnixEngine::Kill(const Context& ctx, std::string_view container, std::string_view signal) {
  return Act(ctx, container, WithQuery("/kill", {{"signal", signal}}), "kill", kChangeLimit);
}

Status UnixEngine::SetRestartPolicy(const Context& ctx, std::string_view container,
                                    std::string_view policy) {
  const json::value update = {{"RestartPolicy", {{"Name", policy.empty() ? "no" : policy}}}};
  return Act(ctx, container, "/update", "change the restart policy of", kChangeLimit,
             json::serialize(update));
}

Status UnixEngine::Remove(const Context& ctx, std::string_view container) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  const Context limited = ctx.WithTimeout(kChangeLimit);
  const std::string target =
      WithQuery(fmt::format("/containers/{}", segment), {{"force", "1"}, {"v", "1"}});
  while (true) {
    ASSIGN_OR_RETURN(const Answer answer, api_.Call(limited, {"DELETE", target}, kChangeLimit));
    if (answer.ok() || answer.status == kNotThere) return {};
    // Somebody else's removal that still goes on.
    if (answer.status == kInTheWay && answer.body.find("in progress") != std::string::npos) {
      RETURN_IF_ERROR(limited.Sleep(milliseconds(200)));
      continue;
    }
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("remove container {}", container)));
  }
}

Result<int> UnixEngine::Wait(const Context& ctx, std::string_view container) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  HttpRequest request{"POST", fmt::format("/containers/{}/wait", segment)};
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, std::move(request)));
  ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
  const std::string doing = fmt::format("wait for container {}", container);
  if (!answer.ok()) return Fail(RefusalOf(answer, Subject::kContainer, container, doing));
  ASSIGN_OR_RETURN(const json::value outcome, ParseJson(answer.body));
  const std::string failure = TextAt(outcome, "/Error/Message");
  if (!failure.empty()) return Fail(FailureOf(failure, doing));
  return static_cast<int>(NumberAt(outcome, "/StatusCode"));
}

}  // namespace reprise::docker
