#include "base/context.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace reprise {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Context Context::WithTimeout(milliseconds limit) const {
  Context narrowed = *this;
  const SteadyTime until = steady_clock::now() + limit;
  narrowed.deadline_ = deadline_ ? std::min(*deadline_, until) : until;
  return narrowed;
}

Context Context::WithStop(std::stop_token stop) const {
  Context other = *this;
  other.stop_ = std::move(stop);
  return other;
}

Status Context::Check() const {
  if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
  if (deadline_ && steady_clock::now() >= *deadline_) {
    return Fail(ErrorCode::kTimeout, "took longer than its time limit");
  }
  return {};
}

milliseconds Context::Remaining(milliseconds most) const {
  if (!deadline_) return most;
  const auto left = std::chrono::ceil<milliseconds>(*deadline_ - steady_clock::now());
  return std::clamp(left, milliseconds(0), most);
}

Status Context::Sleep(milliseconds howlong) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop_, Remaining(howlong), [] { return false; });
  return Check();
}

}  // namespace reprise
