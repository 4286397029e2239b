#pragma once

#include <optional>
#include <utility>

#include "base/error.hpp"
#include "catalog/database.hpp"
#include "domain/task.hpp"

namespace reprise::catalog {

// A worker's claim on a task, for writes to rows that belong to the task's subject: a process that
// was paused past its lease must not tell, when it wakes up, what was true before another took
// over.
struct TaskHold {
  domain::TaskId task;
  int attempt = 0;  // counts the claims of the task, so it names one of them
};

// Of a task as a worker has claimed it; nothing for one that nobody has claimed.
[[nodiscard]] std::optional<TaskHold> HoldOf(const domain::Task& task);

// Keeps others from claiming or ending the task until the transaction ends. kLeaseLost when the
// claim is over. Ok without a hold.
[[nodiscard]] Status CheckHold(Transaction& transaction, const std::optional<TaskHold>& hold);

// A change of a row that is made only while the claim lasts, for a store's UpdateWith.
template <class Change>
[[nodiscard]] auto WhileHeld(std::optional<TaskHold> hold, Change change) {
  return [hold = std::move(hold), change = std::move(change)](Transaction& transaction,
                                                              auto& row) -> Status {
    RETURN_IF_ERROR(CheckHold(transaction, hold));
    return change(row);
  };
}

}  // namespace reprise::catalog
