#include "storage/retry.hpp"

#include <algorithm>
#include <random>

namespace reprise::storage {

Result<bool> Retry::Again(const Context& ctx) {
  if (attempt_ >= policy_.attempts) return false;
  const int doublings = std::min(attempt_ - 1, 16);
  const auto whole = std::min(policy_.longest_pause, policy_.first_pause * (1 << doublings));
  std::random_device random;
  std::uniform_int_distribution<std::chrono::milliseconds::rep> pause(whole.count() / 2,
                                                                      whole.count());
  RETURN_IF_ERROR(ctx.Sleep(std::chrono::milliseconds(pause(random))));
  ++attempt_;
  return true;
}

}  // namespace reprise::storage
