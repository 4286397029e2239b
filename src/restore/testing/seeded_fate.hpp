#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/fate.hpp"

namespace reprise::restore::testing {

// What befalls a process at its n-th call to one part of the world.
enum class Blow {
  kRefused,     // the call fails and does nothing
  kAnswerLost,  // the call is done, and seems to have failed
  kDies,        // the process is gone just before the call
  kDiesAfter,   // ... just after it
  kFreezes,     // the process stands still before the call until it is thawed
  kAltered,     // a byte that is read from storage is another one
};

struct Strike {
  reprise::testing::World world = reprise::testing::World::kEngine;
  int at = 0;  // counted from 0
  Blow blow = Blow::kRefused;
};

inline std::string_view NameOf(reprise::testing::World world) {
  static constexpr std::string_view kWorlds[] = {"engine", "storage", "catalog"};
  return kWorlds[static_cast<int>(world)];
}
inline std::ostream& operator<<(std::ostream& out, const Strike& strike) {
  static constexpr const char* kBlows[] = {"refused",    "answer lost", "dies",
                                           "dies after", "freezes",     "altered"};
  return out << kBlows[static_cast<int>(strike.blow)] << " at " << NameOf(strike.world) << " call "
             << strike.at;
}

// A strike that fell: on which call, and what the process was at ("restore load_database", "undo of
// restore swap"; empty between steps, and where steps run side by side).
struct Fallen {
  Strike strike;
  std::string call;
  std::string place;
};

// The fate of one process: its strikes, each of which falls once. A process that is dead reaches
// nothing any more.
class SeededFate final : public reprise::testing::Fate {
 public:
  using World = reprise::testing::World;
  explicit SeededFate(std::vector<Strike> strikes) : strikes_(std::move(strikes)) {}

  Status Before(World world, std::string_view call) override {
    std::unique_lock lock(mutex_);
    Thawed(lock);
    if (dead_) return Dead();
    const int number = counts_[world]++;
    for (const Strike& strike : strikes_) {
      if (strike.world != world || strike.at != number) continue;
      fallen_.push_back({strike, std::string(call), place_});
      if (strike.blow == Blow::kRefused) return Refused(call);
      if (strike.blow == Blow::kAnswerLost || strike.blow == Blow::kDiesAfter) {
        after_ = {world, strike.blow};
      }
      if (strike.blow == Blow::kAltered) alters_ = true;
      if (strike.blow == Blow::kDies) return Die();
      if (strike.blow == Blow::kFreezes) {
        frozen_ = true;
        changed_.notify_all();
        Thawed(lock);
        if (dead_) return Dead();
      }
    }
    return {};
  }
  Status After(World world, std::string_view call) override {
    std::unique_lock lock(mutex_);
    Thawed(lock);
    if (dead_) return Dead();
    if (!after_ || after_->first != world) return {};
    const auto [where, blow] = *std::exchange(after_, std::nullopt);
    return blow == Blow::kDiesAfter ? Die() : Refused(call);
  }
  void Carry(ByteSpan bytes) override {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(alters_, false) || bytes.empty()) return;
    bytes[bytes.size() / 2] ^= std::byte{0x20};
  }

  // What the process is at from now on.
  void Enter(std::string place) {
    const std::scoped_lock lock(mutex_);
    place_ = std::move(place);
  }

  // Waits until the process stands still, or `over` says that it has ended.
  bool AwaitFrozen(const std::function<bool()>& over) {
    std::unique_lock lock(mutex_);
    while (!frozen_ && !over()) changed_.wait_for(lock, std::chrono::milliseconds(1));
    return frozen_;
  }
  void Thaw() {
    const std::scoped_lock lock(mutex_);
    frozen_ = false;
    changed_.notify_all();
  }
  [[nodiscard]] bool IsDead() const {
    const std::scoped_lock lock(mutex_);
    return dead_;
  }
  [[nodiscard]] std::vector<Fallen> fallen() const {
    const std::scoped_lock lock(mutex_);
    return fallen_;
  }

 private:
  static Status Dead() { return Fail(ErrorCode::kUnavailable, "the process is dead"); }
  static Status Refused(std::string_view call) {
    return Fail(ErrorCode::kUnavailable, "struck: " + std::string(call));
  }
  Status Die() {
    dead_ = true;
    return Dead();
  }
  void Thawed(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return !frozen_; });
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const std::vector<Strike> strikes_;
  std::map<World, int> counts_;
  std::vector<Fallen> fallen_;
  std::string place_;
  std::optional<std::pair<World, Blow>> after_;  // falls when the call has been made
  bool alters_ = false;
  bool frozen_ = false;
  bool dead_ = false;
};

}  // namespace reprise::restore::testing
