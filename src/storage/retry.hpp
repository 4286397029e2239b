#pragma once

#include <chrono>

#include "base/context.hpp"
#include "base/error.hpp"

namespace reprise::storage {

// How often and how patiently what may be better next time is tried again.
struct RetryPolicy {
  int attempts = 6;
  std::chrono::milliseconds first_pause{250};
  std::chrono::milliseconds longest_pause{8000};
};

// The pauses of one call: each about twice the one before, each a different one for everybody (so
// that many who were turned away at once do not come back at once).
class Retry {
 public:
  explicit Retry(const RetryPolicy& policy) : policy_(policy) {}
  // Whether another attempt is due; waits for it. kCancelled or kTimeout ends it.
  [[nodiscard]] Result<bool> Again(const Context& ctx);
  [[nodiscard]] int attempt() const { return attempt_; }

 private:
  RetryPolicy policy_;
  int attempt_ = 1;
};

}  // namespace reprise::storage
