#include "odoo/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace reprise::odoo {
namespace {

using std::chrono::milliseconds;

// Whether the login page answers with 200. As long as nobody listens it asks again, up to so many
// seconds: to start one program after the other takes a processor from Odoo, which wants it just
// then. Values come as arguments, never as code.
constexpr const char* kProbe = R"(
import sys, time, urllib.error, urllib.parse, urllib.request
url = 'http://127.0.0.1:%s/web/login?db=%s' % (sys.argv[1], urllib.parse.quote(sys.argv[2]))
end = time.monotonic() + float(sys.argv[3])
while True:
    try:
        sys.exit(0 if urllib.request.urlopen(url, timeout=10).status == 200 else 1)
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > end:
            raise
    time.sleep(0.05)
)";

Result<bool> AnswersWithin(const Context& ctx, docker::Engine& engine, const std::string& container,
                           const HealthOptions& options, milliseconds patience) {
  ASSIGN_OR_RETURN(
      const int exit_code,
      engine.Exec(
          ctx, container,
          {.argv = {"python3", "-c", kProbe, std::to_string(options.http_port), options.db_name,
                    fmt::format("{:.3f}", static_cast<double>(patience.count()) / 1e3)}},
          {}));
  return exit_code == 0;
}

Status Unhealthy(const Context& ctx, docker::Engine& engine, const std::string& container,
                 std::string_view why) {
  const std::string logs = engine.Logs(ctx, container, 100).value_or("(its log cannot be read)");
  return Fail(ErrorCode::kUnhealthy,
              fmt::format("Odoo in {} did not become healthy: {}. Its last log lines:\n{}",
                          container, why, logs),
              fmt::format("look for the first traceback in: docker logs {} --tail 100", container));
}

// The container's own health check, asked here as the engine asks it every so often: with an
// interval of 30 s that is half a minute sooner. One that is no shell command, or does not end, is
// left to the engine.
class OwnCheck {
 public:
  explicit OwnCheck(std::chrono::milliseconds pause) : pause_(pause) {}

  // Whether it has passed; asks at most once in each pause.
  bool Passes(const Context& ctx, docker::Engine& engine, const std::string& container,
              const docker::ContainerInfo& info) {
    constexpr std::chrono::seconds kLimit{5};
    if (!info.health || info.health->shell.empty() || hangs_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (asked_ && now - *asked_ < pause_) return false;
    asked_ = now;
    const Result<int> exit_code =
        engine.Exec(ctx.WithTimeout(std::min(info.health->timeout, kLimit)), container,
                    {.argv = {"/bin/sh", "-c", info.health->shell}}, {});
    hangs_ = !exit_code;
    return exit_code && *exit_code == 0;
  }

 private:
  std::chrono::milliseconds pause_;
  std::optional<std::chrono::steady_clock::time_point> asked_;
  bool hangs_ = false;
};

}  // namespace

Result<bool> AnswersNow(const Context& ctx, docker::Engine& engine, const std::string& container,
                        const HealthOptions& options) {
  return AnswersWithin(ctx, engine, container, options, milliseconds(0));
}

Status WaitHealthy(const Context& ctx, docker::Engine& engine, const std::string& container,
                   const HealthOptions& options, const std::function<void()>& answered) {
  // Asked more often than counted: an attempt is used up once per interval, or per question where a
  // busy machine takes longer to answer one. A health check that says "starting" says that the
  // container still has time; that is believed for as long as all attempts take together.
  const milliseconds poll = std::min(milliseconds(250), options.interval);
  const milliseconds patience = (options.interval - poll) * 4 / 5;  // within one attempt
  const auto begun = std::chrono::steady_clock::now();
  const auto believe_until = begun + options.interval * options.attempts;
  auto counted = begun;
  int used = 0;
  bool answers = false;
  OwnCheck own_check(options.interval);
  while (true) {
    ASSIGN_OR_RETURN(const docker::ContainerInfo info, engine.Inspect(ctx, container));
    if (!info.state.running && !info.state.restarting) {
      return Unhealthy(ctx, engine, container,
                       fmt::format("the container ended with code {}", info.state.exit_code));
    }
    if (info.state.health == "unhealthy") {
      return Unhealthy(ctx, engine, container, "the container's health check says unhealthy");
    }
    if (!answers && info.state.running) {
      const auto now = AnswersWithin(ctx, engine, container, options, patience);
      answers = now && *now;
      if (answers && answered) answered();
    }
    if (answers && (!info.has_health_check || info.state.health == "healthy" ||
                    own_check.Passes(ctx, engine, container, info))) {
      return {};
    }
    RETURN_IF_ERROR(ctx.Sleep(poll));
    const auto now = std::chrono::steady_clock::now();
    const bool starting = info.state.health == "starting" && now < believe_until;
    if (!starting && now - counted >= options.interval) {
      counted = now;
      ++used;
    }
    if (used >= options.attempts) {
      return Unhealthy(ctx, engine, container,
                       fmt::format("{} after {} attempts",
                                   answers ? "it answers, but its health check does not agree"
                                           : "it does not answer",
                                   options.attempts));
    }
  }
}

}  // namespace reprise::odoo
