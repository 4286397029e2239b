#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

#include "jobs/halt.hpp"
#include "jobs/journal.hpp"

namespace reprise::jobs {

// Renews a claim's lease from a thread of its own, at a third of it and whenever a cancel may have
// come. Halts the run when the lease is lost, also when it could not be renewed in time: another
// worker may have the task by then. The destructor stops and joins.
class LeaseKeeper {
 public:
  struct Parts {
    Journal& journal;
    const Claim& claim;
    std::chrono::seconds lease;
    std::uint64_t asked_before;  // Journal::Asked() from before the claim
    Halt& halt;
    std::function<void()> on_cancel;  // from the keeper's thread; called again at each renewal
    std::function<void()> on_tick;    // from the keeper's thread, a few times a second
  };
  explicit LeaseKeeper(Parts parts);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  void Run(const std::stop_token& stop);
  // False when the lease is lost.
  [[nodiscard]] bool Renew();

  Parts parts_;
  SteadyTime held_until_;
  SteadyTime next_renewal_;
  std::jthread thread_;
};

}  // namespace reprise::jobs
