#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "jobs/workflow.hpp"

namespace reprise::restore::testing {

// When the process dies: at the n-th act that another can see (a call of the engine, a fact saved).
// From then on every act fails, until somebody revives it. Thread-safe.
class Fuse {
 public:
  void DieAt(int act) {
    const std::scoped_lock lock(mutex_);
    left_ = act;
    armed_ = true;
  }
  void Revive() {
    const std::scoped_lock lock(mutex_);
    armed_ = false;
  }
  Status Burn() {
    const std::scoped_lock lock(mutex_);
    if (!armed_) return {};
    if (left_ > 0) {
      --left_;
      return {};
    }
    return Fail(ErrorCode::kEngineUnavailable, "the process is dead");
  }
  // Whether it never came so far.
  [[nodiscard]] bool Survived() const {
    const std::scoped_lock lock(mutex_);
    return left_ > 0;
  }

 private:
  mutable std::mutex mutex_;
  bool armed_ = false;
  int left_ = 0;
};

// What the journal keeps of a task over restarts.
struct Facts {
  std::mutex mutex;
  std::map<std::string, boost::json::value, std::less<>> saved;
};

// A step's way to the journal, without one.
class FakeStepRun final : public jobs::StepRun {
 public:
  FakeStepRun(Facts& facts, Fuse& fuse, std::int64_t epoch)
      : facts_(facts), fuse_(fuse), epoch_(epoch) {}
  void Progress(double fraction, std::string /*detail*/) override {
    const std::scoped_lock lock(facts_.mutex);
    most_progress = std::max(most_progress, fraction);
  }
  void Log(std::string line) override {
    const std::scoped_lock lock(facts_.mutex);
    log.push_back(std::move(line));
  }
  void Warn(std::string line) override {
    const std::scoped_lock lock(facts_.mutex);
    warnings.push_back(std::move(line));
  }
  Status Save(std::string_view key, boost::json::value value) override {
    RETURN_IF_ERROR(fuse_.Burn());
    const std::scoped_lock lock(facts_.mutex);
    facts_.saved.insert_or_assign(std::string(key), std::move(value));
    return {};
  }
  [[nodiscard]] std::optional<boost::json::value> Saved(std::string_view key) const override {
    const std::scoped_lock lock(facts_.mutex);
    const auto found = facts_.saved.find(key);
    return found == facts_.saved.end() ? std::nullopt : std::optional(found->second);
  }
  Status CheckOwner() override {
    RETURN_IF_ERROR(fuse_.Burn());
    if (is_owner) return {};
    return Fail(ErrorCode::kLeaseLost, "another worker has the task");
  }
  [[nodiscard]] std::int64_t epoch() const override { return epoch_; }

  double most_progress = 0;
  std::vector<std::string> log;
  std::vector<std::string> warnings;
  bool is_owner = true;

 private:
  Facts& facts_;
  Fuse& fuse_;
  std::int64_t epoch_;
};

}  // namespace reprise::restore::testing
