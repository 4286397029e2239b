#include "snapshot/live_dump.hpp"

#include <utility>

#include "base/pipe.hpp"
#include "base/task_group.hpp"

namespace reprise::snapshot {
namespace {

// What pg_dump writes, as it comes.
class DumpStream final : public ByteReader {
 public:
  DumpStream(const Context& ctx, postgres::Cluster cluster, std::string database,
             std::string snapshot, std::function<void()> told)
      : cluster_(std::move(cluster)), told_(std::move(told)), group_(ctx) {
    group_.Spawn([this, database = std::move(database),
                  snapshot = std::move(snapshot)](const Context& inner) -> Status {
      Status dumped = postgres::DumpDatabase(inner, cluster_, database, snapshot, pipe_.writer());
      if (!dumped) pipe_.FailWriter(dumped.error());
      return dumped ? pipe_.writer().Close(inner) : std::move(dumped);
    });
  }
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, pipe_.reader().Read(ctx, into));
    if (count == 0 && told_) std::exchange(told_, nullptr)();
    return count;
  }

 private:
  postgres::Cluster cluster_;
  std::function<void()> told_;
  Pipe pipe_;
  TaskGroup group_;  // last: its thread uses the others
};

}  // namespace

Result<std::unique_ptr<LiveDump>> LiveDump::Of(const Context& ctx, const postgres::Cluster& cluster,
                                               const std::string& database,
                                               postgres::SnapshotSession& session) {
  auto live = std::make_unique<LiveDump>(cluster, database);
  live->snapshot_ = session.snapshot();
  live->manifest_.db_name = database;
  ASSIGN_OR_RETURN(live->manifest_.table_rows, postgres::CountRows(ctx, session));
  ASSIGN_OR_RETURN(const auto extensions, session.Query(ctx, "SELECT extname FROM pg_extension"));
  for (const postgres::QueryRow& row : extensions) {
    live->manifest_.extensions.push_back(row.front());
  }
  return live;
}

Result<std::unique_ptr<ByteReader>> LiveDump::OpenDump(const Context& ctx) {
  if (snapshot_.empty()) return Fail(ErrorCode::kInternal, "this dump is only described");
  return std::make_unique<DumpStream>(ctx, cluster_, database_, snapshot_, told_);
}

}  // namespace reprise::snapshot
