#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "base/task_group.hpp"
#include "docker/container_json.hpp"
#include "docker/frames.hpp"
#include "docker/json_view.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr int kUpgraded = 101;
constexpr std::size_t kInputBuffer = 256UL * 1024;

using AwaitStart = std::function<Status(const Context&)>;

// Sends all of `input`, then half-closes, when `has_started` has waited until there is somebody
// whose input ends: engines before 23 lose an end that comes earlier, and the program waits for
// ever. A program may end before it has read everything: then the engine closes the connection,
// which is no failure; the exit code decides.
Status FeedInput(const Context& ctx, ByteReader& input, ByteSocket& socket,
                 const AwaitStart& has_started) {
  std::vector<std::byte> bytes(kInputBuffer);
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, input.Read(ctx, bytes));
    if (count == 0) break;
    const Status sent = socket.Write(ctx, ConstByteSpan(bytes).first(count));
    if (!sent && sent.error().code == ErrorCode::kEngineUnavailable) return {};
    RETURN_IF_ERROR(sent);
  }
  RETURN_IF_ERROR(has_started(ctx));
  socket.EndWriting();
  return {};
}

// Moves both ways until the program's outputs end. The input's source may then still wait for bytes
// that nobody wants any more: it is stopped, and what it says to that does not count.
Status MoveStreams(const Context& ctx, HttpConnection& connection, const ExecStreams& streams,
                   const AwaitStart& has_started) {
  std::atomic<bool> drained = false;
  TaskGroup group(ctx);
  if (streams.input != nullptr) {
    group.Spawn([&](const Context& inner) -> Status {
      Status fed = FeedInput(inner, *streams.input, connection.socket(), has_started);
      return drained ? Status() : fed;
    });
  }
  group.Spawn([&](const Context& inner) -> Status {
    FrameSplitter splitter(streams.output, streams.error);
    RETURN_IF_ERROR(SplitFrames(inner, connection.body(), splitter));
    drained = true;
    group.Stop();
    return {};
  });
  Status moved = group.Join();
  connection.socket().Cut();
  return moved;
}

}  // namespace

Result<std::string> UnixEngine::CreateExec(const Context& ctx, std::string_view container,
                                           const ExecSpec& spec, bool with_input) {
  json::object exec;
  exec["AttachStdin"] = with_input;
  exec["AttachStdout"] = true;
  exec["AttachStderr"] = true;
  exec["Tty"] = false;
  exec["Cmd"] = Texts(spec.argv);
  exec["Env"] = Variables(spec.environment);
  if (!spec.user.empty()) exec["User"] = spec.user;
  if (!spec.working_dir.empty()) exec["WorkingDir"] = spec.working_dir;

  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  HttpRequest request{"POST", fmt::format("/containers/{}/exec", segment), json::serialize(exec)};
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, std::move(request), kChangeLimit));
  if (!answer.ok()) {
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("run {} in container {}",
                                      spec.argv.empty() ? "nothing" : spec.argv[0], container)));
  }
  ASSIGN_OR_RETURN(const json::value created, ParseJson(answer.body));
  return TextAt(created, "/Id");
}

// Until it has a process, or had one. What the engine does not tell is not waited for.
Status UnixEngine::AwaitExecStart(const Context& ctx, std::string_view exec) {
  constexpr milliseconds kPause{10};
  constexpr int kLooks = 3000;
  for (int look = 0; look < kLooks; ++look) {
    const auto answer =
        api_.Call(ctx, {"GET", fmt::format("/exec/{}/json", UrlEncode(exec))}, kQueryLimit);
    RETURN_IF_ERROR(ctx.Check());
    if (!answer || !answer->ok()) return {};
    const auto now = ParseJson(answer->body);
    if (!now || NumberAt(*now, "/Pid") != 0) return {};
    boost::system::error_code none;
    const json::value* exit_code = now->find_pointer("/ExitCode", none);
    if (!FlagAt(*now, "/Running") && exit_code != nullptr && exit_code->is_number()) return {};
    RETURN_IF_ERROR(ctx.Sleep(kPause));
  }
  return {};
}

Result<int> UnixEngine::ExecOutcome(const Context& ctx, std::string_view container,
                                    std::string_view exec) {
  constexpr milliseconds kFirstPause{10};
  constexpr milliseconds kLongestPause{500};
  // A program that has closed its outputs may go on running.
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    ASSIGN_OR_RETURN(
        const Answer answer,
        api_.Call(ctx, {"GET", fmt::format("/exec/{}/json", UrlEncode(exec))}, kQueryLimit));
    if (!answer.ok()) {
      return Fail(RefusalOf(answer, Subject::kContainer, container,
                            fmt::format("learn how a program in container {} ended", container)));
    }
    ASSIGN_OR_RETURN(const json::value outcome, ParseJson(answer.body));
    if (!FlagAt(outcome, "/Running")) return static_cast<int>(NumberAt(outcome, "/ExitCode"));
    RETURN_IF_ERROR(ctx.Sleep(pause));
  }
}

Result<int> UnixEngine::Exec(const Context& ctx, std::string_view container, const ExecSpec& spec,
                             const ExecStreams& streams) {
  ASSIGN_OR_RETURN(const std::string exec,
                   CreateExec(ctx, container, spec, streams.input != nullptr));
  HttpRequest start{"POST", fmt::format("/exec/{}/start", UrlEncode(exec)),
                    R"({"Detach":false,"Tty":false})"};
  start.upgrade = true;
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(ctx, std::move(start)));
  if (exchange.head.status < 300 && exchange.head.status != kUpgraded) {
    return Fail(ErrorCode::kEngineUnavailable,
                "the way to the Docker Engine does not let a program's streams through",
                "a proxy stands between: use the engine's own socket");
  }
  if (exchange.head.status != kUpgraded) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("run {} in container {}", spec.argv[0], container)));
  }
  RETURN_IF_ERROR(MoveStreams(ctx, *exchange.connection, streams,
                              [&](const Context& inner) { return AwaitExecStart(inner, exec); }));
  return ExecOutcome(ctx, container, exec);
}

}  // namespace reprise::docker
