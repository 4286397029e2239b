#include "node/stop_signals.hpp"

namespace reprise::node {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this] {
    int received = 0;
    do {
      sigwait(&signals_, &received);
    } while (received == SIGHUP && Reloaded());
    source_.request_stop();
  });
}

StopSignals::~StopSignals() {
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c): that thread waits for it
  if (!source_.stop_requested()) pthread_kill(thread_.native_handle(), SIGTERM);
}

void StopSignals::OnHangup(std::function<void()> reload) {
  const std::scoped_lock lock(mutex_);
  reload_ = std::move(reload);
}

bool StopSignals::Reloaded() {
  const std::scoped_lock lock(mutex_);
  if (reload_) reload_();
  return reload_ != nullptr;
}

}  // namespace reprise::node
