#pragma once

#include <atomic>

#include "base/metrics.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// A catalog whose transactions are timed, and whose changes are counted.
class MeteredDatabase final : public Database {
 public:
  explicit MeteredDatabase(Database& inner) : inner_(inner) {}
  [[nodiscard]] const DurationHistogram& times() const { return times_; }

  // Grows with every change, before the call that made it returns: what was read at a number counts
  // as long as that stands. Says nothing of what other processes change (IsShared).
  [[nodiscard]] std::uint64_t changes() const { return changes_.load(); }

  [[nodiscard]] Status Write(const std::function<Status(Transaction&)>& work) override {
    return Counted("write", [&] { return inner_.Write(work); });
  }
  [[nodiscard]] Status WriteRows(const std::function<Status(Transaction&)>& work) override {
    return Counted("write_rows", [&] { return inner_.WriteRows(work); });
  }
  [[nodiscard]] Status Read(const std::function<Status(Transaction&)>& work) override {
    return Timed("read", [&] { return inner_.Read(work); });
  }
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(const Heard& heard) override {
    return inner_.Subscribe(heard);
  }
  [[nodiscard]] bool IsShared() const override { return inner_.IsShared(); }

 private:
  template <class Work>
  Status Counted(std::string_view kind, const Work& work) {
    Status status = Timed(kind, work);
    ++changes_;  // also when it failed: the answer to a commit may have been lost
    return status;
  }
  template <class Work>
  Status Timed(std::string_view kind, const Work& work) {
    const auto began = std::chrono::steady_clock::now();
    Status status = work();
    times_.Observe({{"transaction", kind}, {"result", status ? "ok" : "failed"}},
                   std::chrono::steady_clock::now() - began);
    return status;
  }

  Database& inner_;
  std::atomic<std::uint64_t> changes_ = 0;
  DurationHistogram times_{"reprise_catalog_seconds",
                           "Transactions of this process on the catalog, waiting included."};
};

}  // namespace reprise::catalog
