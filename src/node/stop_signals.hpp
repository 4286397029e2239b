#pragma once

#include <csignal>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace reprise::node {

// Turns SIGTERM and SIGINT into a stop request, and SIGHUP into what was asked for. They are
// blocked in every thread made after it.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  void Stop() { source_.request_stop(); }
  // What SIGHUP does; empty: it stops as the others do. Not called any more once another is set.
  void OnHangup(std::function<void()> reload);

 private:
  bool Reloaded();

  std::mutex mutex_;
  std::function<void()> reload_;  // under mutex_
  sigset_t signals_{};
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace reprise::node
