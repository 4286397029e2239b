#include "odoo/health.hpp"

#include <fmt/format.h>

namespace reprise::odoo {
namespace {

using std::chrono::milliseconds;

// Prints the status of the login page. Values come as arguments, never as code.
constexpr const char* kProbe = R"(
import sys, urllib.parse, urllib.request
url = 'http://127.0.0.1:%s/web/login?db=%s' % (sys.argv[1], urllib.parse.quote(sys.argv[2]))
sys.exit(0 if urllib.request.urlopen(url, timeout=10).status == 200 else 1)
)";

Status Unhealthy(const Context& ctx, docker::Engine& engine, const std::string& container,
                 std::string_view why) {
  const std::string logs = engine.Logs(ctx, container, 100).value_or("(its log cannot be read)");
  return Fail(ErrorCode::kUnhealthy,
              fmt::format("Odoo in {} did not become healthy: {}. Its last log lines:\n{}",
                          container, why, logs),
              fmt::format("look for the first traceback in: docker logs {} --tail 100", container));
}

}  // namespace

Result<bool> AnswersNow(const Context& ctx, docker::Engine& engine, const std::string& container,
                        const HealthOptions& options) {
  ASSIGN_OR_RETURN(const int exit_code,
                   engine.Exec(ctx, container,
                               {.argv = {"python3", "-c", kProbe, std::to_string(options.http_port),
                                         options.db_name}},
                               {}));
  return exit_code == 0;
}

Status WaitHealthy(const Context& ctx, docker::Engine& engine, const std::string& container,
                   const HealthOptions& options, const std::function<void()>& answered) {
  // The page's patience, asked more often: an attempt is over when its interval is.
  constexpr milliseconds kPoll{250};
  const Context limited = ctx.WithTimeout(options.interval * options.attempts);
  bool answers = false;
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
      const auto now = AnswersNow(limited, engine, container, options);
      answers = now && *now;
      if (answers && answered) answered();
    }
    if (answers && (!info.has_health_check || info.state.health == "healthy")) return {};
    const Status slept = limited.Sleep(kPoll);
    if (ctx.Stopped()) return ctx.Check();
    if (!slept) {
      return Unhealthy(ctx, engine, container,
                       fmt::format("{} after {} attempts",
                                   answers ? "it answers, but its health check does not agree"
                                           : "it does not answer",
                                   options.attempts));
    }
  }
}

}  // namespace reprise::odoo
