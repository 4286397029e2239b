#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/audit.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

struct AuditFilter {
  // What belongs to it, and how its members signed in and changed their own accounts. nullopt: all.
  std::optional<domain::OrganizationId> organization_id;
  std::optional<std::string> actor_id;
  std::optional<std::string> action;
  std::optional<std::string> object_id;
  std::optional<std::string> request_id;
  std::optional<domain::AuditResult> result;
  std::optional<Instant> since;
  std::optional<Instant> until;
};

// The audit log. The head of the chain is read and written within one Write, so it is one chain
// over all nodes. Thread-safe.
class AuditStore {
 public:
  AuditStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Numbers, dates and chains `entry`, and adds it.
  [[nodiscard]] static Status AppendIn(Transaction& transaction, const Clock& clock,
                                       domain::AuditEntry entry);
  [[nodiscard]] Status Append(const domain::AuditEntry& entry);
  [[nodiscard]] Result<Page<domain::AuditEntry>> List(const AuditFilter& filter,
                                                      PageRequest page) const;
  // Oldest first, those after row `number`, at most `most`.
  [[nodiscard]] Result<std::vector<domain::AuditEntry>> After(const AuditFilter& filter,
                                                              std::int64_t number, int most) const;

 private:
  Database& database_;
  const Clock& clock_;
};

// The catalog as calls use it: between Begin and End of a thread its first Write that commits adds
// the call's row to the audit log in the same transaction, so no change is kept without its row,
// and no row of a change that was not. Threads that did not Begin notice nothing.
class AuditedDatabase final : public Database {
 public:
  AuditedDatabase(Database& inner, const Clock& clock) : inner_(inner), clock_(clock) {}

  // For the calling thread. Not nested.
  void Begin(domain::AuditEntry entry);
  // After Begin: the thread's first Write begins with `condition`, and is not made when that fails.
  // No other Write comes between the two. It may read from this database.
  void Require(std::function<Status()> condition);
  // Whether the row was written.
  bool End();

  [[nodiscard]] Status Write(const std::function<Status(Transaction&)>& work) override;
  [[nodiscard]] Status WriteRows(const std::function<Status(Transaction&)>& work) override;
  [[nodiscard]] Status Read(const std::function<Status(Transaction&)>& work) override {
    return inner_.Read(work);
  }
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(const Heard& heard) override {
    return inner_.Subscribe(heard);
  }
  [[nodiscard]] bool IsShared() const override { return inner_.IsShared(); }

 private:
  struct Call {
    domain::AuditEntry entry;
    std::function<Status()> condition;
    bool written = false;
  };
  // What the calling thread owes.
  [[nodiscard]] std::optional<Call> Owed();
  void Paid();

  Database& inner_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::thread::id, Call> calls_;  // under mutex_
};

}  // namespace reprise::catalog
