#include <algorithm>

#include "jobs/journal.hpp"
#include "jobs/journal_entry.hpp"
#include "jobs/journal_waiters.hpp"

namespace reprise::jobs {
namespace {

using catalog::Row;
using catalog::Transaction;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a waiter looks for events that another process wrote.
constexpr milliseconds kLookEvery{1000};

domain::TaskEvent EventFromRow(const Row& row) {
  return {row.Int(0),  {row.Text(1)}, {row.Text(2)},
          row.Text(3), row.Text(4),   FromMicros(row.Int(5))};
}

}  // namespace

Result<std::vector<domain::TaskEvent>> Journal::EventsAfter(
    std::int64_t after, const std::optional<domain::TaskId>& task, int most) const {
  catalog::Conditions conditions;
  conditions.Add("seq >", after);
  conditions.Equal("task_id", task);
  const std::string sql = "SELECT seq, task_id, project_id, type, data, at FROM event" +
                          conditions.Sql() + " ORDER BY seq LIMIT " +
                          std::to_string(std::max(most, 0));
  std::vector<domain::TaskEvent> events;
  const auto read = [&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, transaction.Query(sql, conditions.values()));
    events.clear();  // of a first try
    for (const Row& row : rows) events.push_back(EventFromRow(row));
    return {};
  };
  RETURN_IF_ERROR(database_.Read(read));
  return events;
}

void Journal::WaitForEvents(std::int64_t after, milliseconds howlong) const {
  const auto until = steady_clock::now() + howlong;
  while (true) {
    // A failure ends the wait: the caller's own query then tells of it.
    const auto found = EventsAfter(after, std::nullopt, 1);
    if (!found || !found->empty()) return;
    const auto now = steady_clock::now();
    if (now >= until) return;
    std::unique_lock lock(waiters_->mutex);
    if (waiters_->changed.wait_until(lock, std::min(until, now + kLookEvery),
                                     [&] { return waiters_->newest_seq > after; })) {
      return;
    }
  }
}

std::uint64_t Journal::Asked() const {
  const std::scoped_lock lock(waiters_->mutex);
  return waiters_->asked;
}

void Journal::WaitForWork(std::uint64_t seen, milliseconds howlong,
                          const std::stop_token& stop) const {
  std::unique_lock lock(waiters_->mutex);
  waiters_->changed.wait_for(lock, stop, howlong, [&] { return waiters_->asked > seen; });
}

}  // namespace reprise::jobs
