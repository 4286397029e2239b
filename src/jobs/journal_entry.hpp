#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "catalog/database.hpp"
#include "catalog/table.hpp"
#include "domain/task.hpp"
#include "jobs/journal.hpp"

namespace reprise::jobs {

// One transaction of the journal: a change and the events that tell of it.
struct JournalEntry {
  catalog::Transaction& transaction;
  Instant now;
  std::int64_t newest_seq = 0;  // of the events told in it
  bool is_for_workers = false;  // something was asked of them: woken once it is committed

  // Changes rows; the count is the caller's to judge.
  [[nodiscard]] Result<std::int64_t> Change(std::string_view sql,
                                            const std::vector<catalog::Value>& values) {
    return transaction.Execute(sql, values);
  }
  // Appends an event. Its data is the task as given (id, kind, status, percent, step, subject_id),
  // then `more`, which may override.
  [[nodiscard]] Status Tell(const domain::Task& task, std::string_view type,
                            const boost::json::object& more);
};

extern const catalog::Table kTaskTable;

// A task's row, without its steps.
[[nodiscard]] Result<domain::Task> TaskFromRow(const catalog::Row& row);
// The task with its steps, or kNotFound.
[[nodiscard]] Result<domain::Task> LoadTask(catalog::Transaction& transaction,
                                            const domain::TaskId& id);
[[nodiscard]] Status LoadSteps(catalog::Transaction& transaction, domain::Task& task);
// Runs `change` (an UPDATE's SET list) on the claim's task: the task as it is afterwards, without
// its steps. $1 is its id, $2 the epoch, `values` begin at $3. kLeaseLost, and nothing changed,
// when the claim does not hold (any more).
[[nodiscard]] Result<domain::Task> ChangeOwned(JournalEntry& entry, const Claim& claim,
                                               std::string_view change,
                                               const std::vector<catalog::Value>& values = {});
// Changes nothing, but holds the task for the rest of the transaction. kLeaseLost as above.
[[nodiscard]] Result<domain::Task> CheckOwned(JournalEntry& entry, const Claim& claim);

}  // namespace reprise::jobs
