#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "base/log.hpp"
#include "catalog/database.hpp"
#include "catalog/migrations.hpp"
#include "catalog/sqlite_connection.hpp"

namespace reprise::catalog {
namespace {

// Readers that are kept open for the next who asks. More are opened under load, then closed again.
constexpr std::size_t kIdleReaders = 4;

// SQLite does not wait by itself when two processes turn a new file to WAL at the same time.
Status TurnToWal(SqliteConnection& connection) {
  constexpr int kTries = 200;
  for (int attempt = 1;; ++attempt) {
    Status status = connection.Run("PRAGMA journal_mode = WAL");
    if (status || status.error().code != ErrorCode::kTimeout || attempt == kTries) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// An upgrade of the schema has no way back, so the file as it was is kept beside it: `path` with
// ".schema-N". Complete or not there, whatever happens meanwhile.
Status KeepCopy(SqliteConnection& connection, const std::string& path, std::int64_t version) {
  const std::string copy = fmt::format("{}.schema-{}", path, version);
  const std::string unfinished = copy + ".part";
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);  // of a start that was killed
  RETURN_IF_ERROR(connection.Execute("VACUUM INTO $1", {unfinished}));
  using std::filesystem::perms;
  std::filesystem::permissions(unfinished, perms::owner_read | perms::owner_write, ignored);
  RETURN_IF_ERROR(PublishFile(unfinished, copy));
  log::Info("catalog.copied", {{"file", copy}, {"schema", std::to_string(version)}});
  return {};
}

// Before a newer version changes the schema of a catalog with data.
Status KeepCopyOfOlder(SqliteConnection& connection, const std::string& path) {
  ASSIGN_OR_RETURN(const std::int64_t found, SchemaVersion(connection));
  if (found == 0 || found == static_cast<std::int64_t>(Migrations().size())) return {};
  Status kept = KeepCopy(connection, path, found);
  if (kept) return {};
  return Fail(
      kept.error().code,
      fmt::format("the catalog {} is of an older version, and cannot be copied before it is "
                  "brought up to date: {}",
                  path, kept.error().message),
      "make room for a copy beside it; it was not changed");
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, std::unique_ptr<SqliteConnection> writer)
      : path_(std::move(path)), writer_(std::move(writer)) {}

  Status Write(const std::function<Status(Transaction&)>& work) override {
    const std::thread::id self = std::this_thread::get_id();
    if (writing_thread_ == self) {
      return Fail(ErrorCode::kInternal, "a catalog write was begun inside another one");
    }
    const std::scoped_lock lock(writer_mutex_);
    writing_thread_ = self;
    Status status = RunTransaction(*writer_, "BEGIN IMMEDIATE", work);
    writing_thread_ = std::thread::id();
    return status;
  }

  Status Read(const std::function<Status(Transaction&)>& work) override {
    ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, TakeReader());
    Status status = RunTransaction(*reader, "BEGIN", work);
    GiveBack(std::move(reader));
    return status;
  }

 private:
  Result<std::unique_ptr<SqliteConnection>> TakeReader() {
    {
      const std::scoped_lock lock(readers_mutex_);
      if (!idle_readers_.empty()) {
        std::unique_ptr<SqliteConnection> reader = std::move(idle_readers_.back());
        idle_readers_.pop_back();
        return reader;
      }
    }
    return SqliteConnection::Open(path_, SqliteConnection::Access::kReadOnly);
  }

  void GiveBack(std::unique_ptr<SqliteConnection> reader) {
    if (reader->InTransaction()) return;  // its rollback failed: not fit for another
    const std::scoped_lock lock(readers_mutex_);
    if (idle_readers_.size() < kIdleReaders) idle_readers_.push_back(std::move(reader));
  }

  const std::string path_;
  std::mutex writer_mutex_;
  std::unique_ptr<SqliteConnection> writer_;     // under writer_mutex_
  std::atomic<std::thread::id> writing_thread_;  // to refuse a write inside a write
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;  // under readers_mutex_
};

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, SchemaChange* change) {
  if (path.empty() || path == ":memory:") {
    return Fail(ErrorCode::kInvalidArgument, "the catalog needs a file",
                "its readers are connections of their own: name a path, in tests one in a folder "
                "that is removed afterwards");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> writer,
                   SqliteConnection::Open(path, SqliteConnection::Access::kReadWrite));
  // Before the journal mode: a file that is newer than we know must not even change its header.
  RETURN_IF_ERROR(CheckSchemaKnown(*writer, Migrations()));
  RETURN_IF_ERROR(TurnToWal(*writer));
  RETURN_IF_ERROR(KeepCopyOfOlder(*writer, path));
  ASSIGN_OR_RETURN(const SchemaChange changed, Migrate(*writer, Migrations()));
  if (change != nullptr) *change = changed;
  return std::make_unique<SqliteDatabase>(path, std::move(writer));
}

}  // namespace reprise::catalog
