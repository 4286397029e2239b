#include "api/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace reprise::api {

double RateLimiter::CallsAt(const Bucket& bucket, Instant now) const {
  // A clock that was set back gives nothing.
  const std::chrono::duration<double> passed = std::max(now - bucket.at, Instant::duration(0));
  return std::min(bucket.calls + passed.count() * per_second_, per_second_ * kBurst);
}

std::optional<std::chrono::seconds> RateLimiter::Take(const std::string& caller) {
  if (per_second_ <= 0) return std::nullopt;
  const Instant now = clock_.Now();
  const std::scoped_lock lock(mutex_);
  const auto [found, is_new] = buckets_.try_emplace(caller, Bucket{per_second_ * kBurst, now});
  Bucket& bucket = found->second;
  bucket = {CallsAt(bucket, now), now};
  if (bucket.calls < 1) {
    const double wait = (1 - bucket.calls) / per_second_;
    return std::chrono::seconds(static_cast<long>(std::ceil(wait)));
  }
  bucket.calls -= 1;
  if (is_new && buckets_.size() >= look_at_) ForgetFull(now);
  return std::nullopt;
}

void RateLimiter::ForgetFull(Instant now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    return CallsAt(entry.second, now) >= per_second_ * kBurst;
  });
  look_at_ = std::max<std::size_t>(1024, buckets_.size() * 2);
}

std::size_t RateLimiter::kept() const {
  const std::scoped_lock lock(mutex_);
  return buckets_.size();
}

}  // namespace reprise::api
