#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "catalog/bare_catalog.hpp"
#include "catalog/database.hpp"
#include "catalog/guarded.hpp"
#include "catalog/migrations.hpp"
#include "catalog/postgres_listener.hpp"
#include "catalog/postgres_pool.hpp"
#include "catalog/shared_time.hpp"

namespace reprise::catalog {
namespace {

using Fault = PostgresConnection::Fault;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Advisory locks of the database that holds the catalog; all end with the transaction.
constexpr std::string_view kLockWriters = "SELECT pg_advisory_xact_lock(1380274003, 1)";
constexpr std::string_view kLockCommitOrder = "SELECT pg_advisory_xact_lock(1380274003, 2)";
constexpr std::string_view kLockMigrations = "SELECT pg_advisory_xact_lock(1380274003, 3)";

constexpr std::string_view kBeginWriting = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::string_view kBeginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

// For a transaction that waits for a disk between its statements.
constexpr std::string_view kPatience = "SET LOCAL idle_in_transaction_session_timeout = '10min'";

// How long a transaction that can be run again is run again: a server's restart and more.
constexpr seconds kPersistence{10};

class PostgresTransaction final : public Transaction {
 public:
  PostgresTransaction(PostgresConnection& connection, const std::string& node)
      : connection_(connection), node_(node) {}

  Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& values) override {
    return Noted(connection_.Query(sql, values));
  }
  Result<std::int64_t> Execute(std::string_view sql, const std::vector<Value>& values) override {
    return Noted(connection_.Execute(sql, values));
  }
  std::string_view LockSql(RowLock lock) const override {
    return lock == RowLock::kWait ? " FOR UPDATE" : " FOR UPDATE SKIP LOCKED";
  }
  Status HoldCommitOrder() override {
    if (holds_order_) return {};
    RETURN_IF_ERROR(Query(kLockCommitOrder, {}));
    holds_order_ = true;
    return {};
  }
  void Announce(std::string_view message) override { announced_.emplace(message); }

  // Work that says it is ok although a statement of it failed is not ok.
  [[nodiscard]] Status Outcome(Status worked) const {
    return worked && failure_ ? Fail(*failure_) : std::move(worked);
  }
  // What the first failure of a statement means; kNone when none failed.
  [[nodiscard]] Fault fault() const { return fault_; }
  [[nodiscard]] std::string CommitSql() const {
    std::string sql;
    for (const std::string& message : announced_) {
      sql += fmt::format("NOTIFY {}, '{} {}';", PostgresListener::kChannel, node_, message);
    }
    return sql + "COMMIT";
  }

 private:
  template <class T>
  Result<T> Noted(Result<T> result) {
    if (!result && !failure_) {
      failure_ = result.error();
      fault_ = connection_.fault();
    }
    return result;
  }
  PostgresConnection& connection_;
  const std::string& node_;
  bool holds_order_ = false;
  std::set<std::string> announced_;
  std::optional<Error> failure_;
  Fault fault_ = Fault::kNone;
};

struct Attempt {
  Status status;
  bool may_repeat = false;  // for sure not committed, and not refused for good
};

Attempt CommitOn(PostgresConnection& connection, const PostgresTransaction& transaction) {
  const Status committed = connection.Run(transaction.CommitSql());
  if (committed) return {};
  if (connection.fault() != Fault::kLost)
    return {committed, connection.fault() == Fault::kTransient};
  Error error = committed.error();
  error.message += "; the answer to a commit was lost with it, so the change may have been made";
  error.hint = "look whether it was made before you try again";
  return {Fail(std::move(error))};
}

// One try at a transaction on that connection.
Attempt RunOn(PostgresConnection& connection, const std::string& begin, const std::string& node,
              const std::function<Status(Transaction&)>& work) {
  if (Status begun = connection.Run(begin); !begun) {
    // Its own failure changes nothing: the connection is not used again when it stays open.
    const bool may_repeat = connection.fault() != Fault::kRefused;
    if (connection.fault() != Fault::kLost) static_cast<void>(connection.Run("ROLLBACK"));
    return {begun, may_repeat};
  }
  PostgresTransaction transaction(connection, node);
  const Status status = transaction.Outcome(RunGuarded(work, transaction));
  if (status) return CommitOn(connection, transaction);
  const Fault fault = transaction.fault();
  if (fault != Fault::kLost) static_cast<void>(connection.Run("ROLLBACK"));
  return {status, fault == Fault::kLost || fault == Fault::kTransient};
}

// What is due, what has expired and what times are told of is by the nodes' own clocks, so a node
// whose clock is off must be told of. Leases are by the server's.
Status WarnOfClock(PostgresConnection& connection) {
  constexpr std::int64_t kMost = 2'000'000;  // microseconds
  const std::int64_t before = ToMicros(SystemClock().Now());
  ASSIGN_OR_RETURN(const std::vector<Row> rows, connection.Query(kServerTimeSql, {}));
  const std::int64_t ahead = before - rows.front().Int(0);
  if (ahead > kMost || ahead < -2 * kMost) {
    log::Warning(
        "catalog.clock.differs",
        {{"seconds_ahead_of_server", fmt::format("{:.1f}", static_cast<double>(ahead) / 1e6)},
         {"hint", "set both clocks by NTP: what is due and what expires depends on them"}});
  }
  return {};
}

// The schema as seen over one connection.
class PostgresSchema final : public SchemaTarget {
 public:
  PostgresSchema(PostgresConnection& connection, const std::string& node)
      : connection_(connection), node_(node) {}
  [[nodiscard]] Dialect dialect() const override { return Dialect::kPostgres; }
  [[nodiscard]] Result<std::int64_t> Version() override {
    // From the table itself: to_regclass may answer from before the lock.
    ASSIGN_OR_RETURN(const std::vector<Row> tables,
                     connection_.Query("SELECT 1 FROM pg_catalog.pg_class WHERE relname ="
                                       " 'schema_version' AND pg_table_is_visible(oid)",
                                       {}));
    if (tables.empty()) return 0;
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     connection_.Query("SELECT COALESCE(MAX(version), 0) FROM schema_version", {}));
    return rows.front().Int(0);
  }
  [[nodiscard]] Status InTransaction(const std::function<Status(Transaction&)>& work) override {
    return RunOn(connection_, fmt::format("{}; {}", kBeginWriting, kLockMigrations), node_, work)
        .status;
  }
  [[nodiscard]] Status Run(const std::string& script) override { return connection_.Run(script); }

 private:
  PostgresConnection& connection_;
  const std::string& node_;
};

class BarePostgres final : public BareCatalog {
 public:
  explicit BarePostgres(std::unique_ptr<PostgresConnection> connection)
      : connection_(std::move(connection)) {}
  [[nodiscard]] SchemaTarget& schema() override { return schema_; }
  [[nodiscard]] Status Read(const std::function<Status(Transaction&)>& work) override {
    return RunOn(*connection_, fmt::format("{}; {}", kBeginReading, kPatience), node_, work).status;
  }

 private:
  const std::string node_ = RandomHex(4);
  std::unique_ptr<PostgresConnection> connection_;
  PostgresSchema schema_{*connection_, node_};
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::string url, std::string node)
      : node_(std::move(node)), pool_(std::move(url)), listener_(pool_.url(), node_) {}

  Status Write(const std::function<Status(Transaction&)>& work) override {
    return WriteAfter(fmt::format("{}; {}", kBeginWriting, kLockWriters), work);
  }
  Status WriteRows(const std::function<Status(Transaction&)>& work) override {
    return WriteAfter(std::string(kBeginWriting), work);
  }
  Status Read(const std::function<Status(Transaction&)>& work) override {
    // Once more: a kept connection may have died since it was last used.
    return Persist(seconds(0), std::string(kBeginReading), work);
  }
  std::unique_ptr<Subscription> Subscribe(const Heard& heard) override {
    return listener_.Subscribe(heard);
  }
  bool IsShared() const override { return true; }

 private:
  Status WriteAfter(const std::string& begin, const std::function<Status(Transaction&)>& work) {
    const std::thread::id self = std::this_thread::get_id();
    {
      const std::scoped_lock lock(mutex_);
      if (!writing_.insert(self).second) {
        return Fail(ErrorCode::kInternal, "a catalog write was begun inside another one");
      }
    }
    Status status = Persist(kPersistence, begin, work);
    const std::scoped_lock lock(mutex_);
    writing_.erase(self);
    return status;
  }

  // Runs it until it is committed or refused, at least twice, and again while `howlong` lasts.
  Status Persist(seconds howlong, const std::string& begin,
                 const std::function<Status(Transaction&)>& work) {
    const auto until = steady_clock::now() + howlong;
    milliseconds pause{20};
    for (int attempt = 1;; ++attempt) {
      Attempt outcome = TryOnce(begin, work);
      if (outcome.status || !outcome.may_repeat) return outcome.status;
      if (attempt >= 2 && steady_clock::now() >= until) return outcome.status;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, milliseconds(500));
    }
  }

  Attempt TryOnce(const std::string& begin, const std::function<Status(Transaction&)>& work) {
    const auto loan = pool_.Take();
    if (!loan) return {Fail(loan.error()), loan.error().code == ErrorCode::kUnavailable};
    return RunOn(**loan, begin, node_, work);
  }

  const std::string node_;  // tells our own announcements from others'
  PostgresPool pool_;
  std::mutex mutex_;
  std::set<std::thread::id> writing_;  // under mutex_; to refuse a write inside a write
  PostgresListener listener_;
};

}  // namespace

bool IsPostgresUrl(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

Result<std::unique_ptr<BareCatalog>> OpenBarePostgres(const std::string& url) {
  ASSIGN_OR_RETURN(std::unique_ptr<PostgresConnection> connection, PostgresConnection::Open(url));
  return std::make_unique<BarePostgres>(std::move(connection));
}

Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url, SchemaChange* change) {
  if (!IsPostgresUrl(url)) {
    return Fail(ErrorCode::kInvalidArgument, "the catalog's URL is not one of PostgreSQL",
                "it begins with postgresql://");
  }
  const std::string node = RandomHex(4);
  {
    ASSIGN_OR_RETURN(const auto connection, PostgresConnection::Open(url));
    PostgresSchema schema(*connection, node);
    RETURN_IF_ERROR(CheckSchemaKnown(schema, Migrations()));
    RETURN_IF_ERROR(WarnOfClock(*connection));
    ASSIGN_OR_RETURN(const SchemaChange changed, Migrate(schema, Migrations()));
    if (change != nullptr) *change = changed;
  }
  return std::make_unique<PostgresDatabase>(url, node);
}

}  // namespace reprise::catalog
