#include "catalog/task_hold.hpp"

#include <fmt/format.h>

namespace reprise::catalog {

std::optional<TaskHold> HoldOf(const domain::Task& task) {
  if (task.attempts == 0) return std::nullopt;
  return TaskHold{task.id, task.attempts};
}

Status CheckHold(Transaction& transaction, const std::optional<TaskHold>& hold) {
  if (!hold) return {};
  ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(
          fmt::format("SELECT 1 FROM task WHERE id = $1 AND attempts = $2 AND status = 'running'{}",
                      transaction.LockSql(Transaction::RowLock::kWait)),
          {hold->task.value, std::int64_t{hold->attempt}}));
  if (!rows.empty()) return {};
  return Fail(ErrorCode::kLeaseLost,
              fmt::format("task {} is no longer this worker's (its attempt {} is over)",
                          hold->task.value, hold->attempt));
}

}  // namespace reprise::catalog
