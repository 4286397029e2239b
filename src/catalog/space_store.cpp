#include "catalog/space_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

// $1 is the moment since which what no task stands for must have been kept.
constexpr std::string_view kRows =
    " FROM space_reservation r LEFT JOIN task t ON t.id = r.task_id"
    " LEFT JOIN upload u ON u.id = r.task_id";
constexpr std::string_view kCounts =
    "(t.status IN ('queued', 'running') OR u.status IN ('uploading', 'importing')"
    " OR (t.id IS NULL AND u.id IS NULL AND r.reserved_at > $1))";

// Those that count, of the server $2, under a further condition.
std::string Counting(std::string_view condition) {
  return fmt::format(
      "SELECT r.task_id, COALESCE(t.project_id, ''), r.purpose, r.device,"
      " r.bytes - CASE WHEN r.part = '{}' THEN COALESCE(u.received_bytes, 0) ELSE 0 END"
      "{} WHERE {} AND r.server_id = $2{} ORDER BY r.place, r.part",
      kUploadParts, kRows, kCounts, condition);
}

std::vector<SpaceHeld> HeldIn(const std::vector<Row>& rows) {
  std::vector<SpaceHeld> held;
  for (const Row& row : rows) {
    if (row.Int(4) <= 0) continue;  // all of it is on the disk
    held.push_back({{row.Text(0)},
                    {row.Text(1)},
                    row.Text(2),
                    row.Text(3),
                    static_cast<ByteCount>(row.Int(4))});
  }
  return held;
}

// The task's place among all that keep room: the one that it has, else the next.
Result<std::int64_t> PlaceOf(Transaction& transaction, const domain::TaskId& task) {
  ASSIGN_OR_RETURN(const std::vector<Row> own,
                   transaction.Query("SELECT MIN(place) FROM space_reservation WHERE task_id = $1",
                                     {task.value}));
  if (const auto place = own.front().OptionalInt(0)) return *place;
  ASSIGN_OR_RETURN(
      const std::vector<Row> last,
      transaction.Query("SELECT COALESCE(MAX(place), 0) + 1 FROM space_reservation", {}));
  return last.front().Int(0);
}

}  // namespace

std::vector<SpaceHeld> OnDevice(const std::vector<SpaceHeld>& held, const std::string& device) {
  std::vector<SpaceHeld> there;
  std::copy_if(held.begin(), held.end(), std::back_inserter(there),
               [&](const SpaceHeld& each) { return device.empty() || each.device == device; });
  return there;
}

ByteCount SumOf(const std::vector<SpaceHeld>& held) {
  return std::accumulate(held.begin(), held.end(), ByteCount{0},
                         [](ByteCount sum, const SpaceHeld& each) { return sum + each.bytes; });
}

Value SpaceStore::ArrivedSince() const { return TimeValue(clock_.Now() - kArrivalKept); }

Status SpaceStore::Reserve(const SpaceOwner& owner, const domain::ServerId& server,
                           const std::vector<SpaceNeed>& needs, const Fits& fits) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, owner.hold));
    ASSIGN_OR_RETURN(const std::int64_t place, PlaceOf(tx, owner.task));
    ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(Counting(" AND r.place < $3"),
                                                           {ArrivedSince(), server.value, place}));
    RETURN_IF_ERROR(fits(HeldIn(rows)));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM space_reservation WHERE task_id = $1", {owner.task.value}));
    for (const SpaceNeed& need : needs) {
      if (need.bytes == 0) continue;
      RETURN_IF_ERROR(tx.Execute(
          "INSERT INTO space_reservation (task_id, part, server_id, device, bytes, purpose, place,"
          " reserved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
          {owner.task.value, need.part, server.value, need.device,
           static_cast<std::int64_t>(need.bytes), owner.purpose, place, TimeValue(clock_.Now())}));
    }
    return {};
  });
}

Status SpaceStore::Lower(const SpaceOwner& owner, const std::string& part, ByteCount bytes) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, owner.hold));
    RETURN_IF_ERROR(tx.Execute(
        "UPDATE space_reservation SET bytes = CASE WHEN bytes < $3 THEN bytes ELSE $3 END,"
        " reserved_at = $4 WHERE task_id = $1 AND part = $2",
        {owner.task.value, part, static_cast<std::int64_t>(bytes), TimeValue(clock_.Now())}));
    return {};
  });
}

Status SpaceStore::Free(const domain::TaskId& task, const std::optional<TaskHold>& hold,
                        const std::optional<std::string>& part) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    if (part) {
      RETURN_IF_ERROR(tx.Execute("DELETE FROM space_reservation WHERE task_id = $1 AND part = $2",
                                 {task.value, *part}));
      return {};
    }
    RETURN_IF_ERROR(tx.Execute("DELETE FROM space_reservation WHERE task_id = $1", {task.value}));
    return {};
  });
}

Result<std::vector<SpaceHeld>> SpaceStore::OnServer(const domain::ServerId& server) const {
  return ReadValue<std::vector<SpaceHeld>>(
      database_, [&](Transaction& tx) -> Result<std::vector<SpaceHeld>> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows,
                         tx.Query(Counting(""), {ArrivedSince(), server.value}));
        return HeldIn(rows);
      });
}

Result<std::int64_t> SpaceStore::RemoveEnded() {
  // Looked for first: nearly always there is nothing, and then nobody waits for a writer.
  ASSIGN_OR_RETURN(const std::int64_t rows, Count());
  if (rows == 0) return 0;
  std::int64_t removed = 0;
  RETURN_IF_ERROR(database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(removed,
                     tx.Execute(fmt::format("DELETE FROM space_reservation WHERE task_id NOT IN"
                                            " (SELECT r.task_id{} WHERE {})",
                                            kRows, kCounts),
                                {ArrivedSince()}));
    return {};
  }));
  return removed;
}

Result<std::int64_t> SpaceStore::Count() const {
  return ReadValue<std::int64_t>(database_, [&](Transaction& tx) -> Result<std::int64_t> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT COUNT(*) FROM space_reservation", {}));
    return rows.front().Int(0);
  });
}

}  // namespace reprise::catalog
