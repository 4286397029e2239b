#include "jobs/lease_keeper.hpp"

#include "base/log.hpp"

namespace reprise::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kTick{250};
constexpr seconds kRetryAfterFailure{1};

}  // namespace

LeaseKeeper::LeaseKeeper(Parts parts)
    : parts_(std::move(parts)),
      held_until_(steady_clock::now() + parts_.lease),
      next_renewal_(steady_clock::now() + parts_.lease / 3),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void LeaseKeeper::Run(const std::stop_token& stop) {
  std::uint64_t seen = parts_.asked_before;
  while (!stop.stop_requested()) {
    parts_.journal.WaitForWork(seen, kTick, stop);
    if (stop.stop_requested()) return;
    parts_.on_tick();
    const std::uint64_t asked = parts_.journal.Asked();
    if (asked == seen && steady_clock::now() < next_renewal_) continue;
    seen = asked;
    if (!Renew()) return;
  }
}

bool LeaseKeeper::Renew() {
  // From before the call: that is when the journal's own count can at the earliest have begun.
  const SteadyTime began = steady_clock::now();
  const Result<bool> cancel = parts_.journal.Heartbeat(parts_.claim, parts_.lease);
  if (cancel) {
    held_until_ = began + parts_.lease;
    next_renewal_ = began + parts_.lease / 3;
    if (*cancel) parts_.on_cancel();
    return true;
  }
  log::Warning("task.heartbeat.failed",
               {{"task", parts_.claim.task.id.value}, {"error", cancel.error().Sentence()}});
  if (cancel.error().code == ErrorCode::kLeaseLost || steady_clock::now() >= held_until_) {
    parts_.halt.Request(HaltReason::kLeaseLost);
    return false;
  }
  next_renewal_ = steady_clock::now() + kRetryAfterFailure;
  return true;
}

}  // namespace reprise::jobs
