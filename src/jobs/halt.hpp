#pragma once

#include <atomic>
#include <stop_token>

#include "base/context.hpp"

namespace reprise::jobs {

// Why a run of a task is broken off without an end. Not a cancel: nothing is taken back here.
enum class HaltReason {
  kNone,
  kShutdown,       // the program stops: the task is given back
  kLeaseLost,      // another worker has the task: nothing more may be touched
  kJournalFailed,  // what happens can no longer be written down: as after a crash
};

// Breaks off one run of a task. Thread-safe; the first reason counts.
class Halt {
 public:
  explicit Halt(const std::stop_token& shutdown) : on_shutdown_(shutdown, Forward{*this}) {}

  void Request(HaltReason reason) {
    HaltReason none = HaltReason::kNone;
    reason_.compare_exchange_strong(none, reason);
    stop_.request_stop();
  }
  // The halt that a failed journal write means.
  void RequestAfter(const Error& error) {
    Request(error.code == ErrorCode::kLeaseLost ? HaltReason::kLeaseLost
                                                : HaltReason::kJournalFailed);
  }
  [[nodiscard]] bool Requested() const { return reason() != HaltReason::kNone; }
  [[nodiscard]] HaltReason reason() const { return reason_; }
  // Ends with the halt; a user's cancel does not stop it.
  [[nodiscard]] Context context() const { return Context(stop_.get_token()); }

 private:
  struct Forward {
    Halt& halt;
    void operator()() const { halt.Request(HaltReason::kShutdown); }
  };
  std::atomic<HaltReason> reason_{HaltReason::kNone};
  std::stop_source stop_;
  std::stop_callback<Forward> on_shutdown_;
};

}  // namespace reprise::jobs
