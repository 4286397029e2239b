#include "base/repeat.hpp"

#include "base/log.hpp"

namespace reprise {

void RepeatUntilStopped(const std::stop_token& stop, std::chrono::milliseconds pause,
                        std::string_view event, const std::function<Status(const Context&)>& work) {
  const Context ctx(stop);
  while (!stop.stop_requested()) {
    const Status done = work(ctx);
    if (!done && !stop.stop_requested()) {
      log::Warning(event, {{"error", done.error().Sentence()}});
    }
    [[maybe_unused]] const Status slept = ctx.Sleep(pause);
  }
}

}  // namespace reprise
