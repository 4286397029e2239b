#include "catalog/sqlite_connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "catalog/guarded.hpp"

namespace reprise::catalog {
namespace {

// How long a statement waits for another process that is writing.
constexpr int kBusyMilliseconds = 10'000;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Texts are bound without a copy: `values` must outlive the statement.
int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *whole);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), nullptr, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

// "$2" is a name to SQLite, numbered by first appearance: the value is found by the name's number.
Status BindAll(sqlite3_stmt* statement, const std::vector<Value>& values, std::string_view sql) {
  const int parameters = sqlite3_bind_parameter_count(statement);
  for (int index = 1; index <= parameters; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    const std::size_t number = name == nullptr ? 0 : std::strtoul(name + 1, nullptr, 10);
    if (number == 0 || number > values.size()) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("{} values do not fit the statement \"{}\"", values.size(), sql));
    }
    if (Bind(statement, index, values[number - 1]) != SQLITE_OK) {
      return Fail(ErrorCode::kInternal, fmt::format("value ${} cannot be bound", number));
    }
  }
  return {};
}

Value ReadColumn(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return std::monostate{};
    default: {
      const void* text = sqlite3_column_text(statement, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return std::string(static_cast<const char*>(text), size);
    }
  }
}

Row ReadRow(sqlite3_stmt* statement) {
  const int columns = sqlite3_column_count(statement);
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) values.push_back(ReadColumn(statement, column));
  return Row(std::move(values));
}

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
  Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& values) override {
    RETURN_IF_ERROR(CheckOpen());
    return connection_.Query(sql, values);
  }
  Result<std::int64_t> Execute(std::string_view sql, const std::vector<Value>& values) override {
    RETURN_IF_ERROR(CheckOpen());
    return connection_.Execute(sql, values);
  }

 private:
  // Without this, statements after SQLite's own rollback would commit one by one.
  [[nodiscard]] Status CheckOpen() const {
    if (connection_.InTransaction()) return {};
    return Fail(ErrorCode::kIo, "the catalog's transaction was rolled back by SQLite");
  }
  SqliteConnection& connection_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                 Access access) {
  sqlite3* handle = nullptr;
  const int flags = access == Access::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                 : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, path));
  if (code != SQLITE_OK) {
    return Fail(ErrorCode::kIo,
                fmt::format("cannot open the catalog {}: {}", path,
                            handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle)),
                "check that its folder exists and that this user may write there");
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  RETURN_IF_ERROR(connection->Run("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"));
  if (access == Access::kReadOnly) RETURN_IF_ERROR(connection->Run("PRAGMA query_only = ON;"));
  return connection;
}

SqliteConnection::~SqliteConnection() { sqlite3_close_v2(handle_); }

Result<std::vector<Row>> SqliteConnection::Query(std::string_view sql,
                                                 const std::vector<Value>& values) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  const Statement statement(raw);
  if (code != SQLITE_OK) return Fail(LastError(code));
  RETURN_IF_ERROR(BindAll(raw, values, sql));
  std::vector<Row> rows;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) rows.push_back(ReadRow(raw));
  if (code != SQLITE_DONE) return Fail(LastError(code));
  return rows;
}

Result<std::int64_t> SqliteConnection::Execute(std::string_view sql,
                                               const std::vector<Value>& values) {
  const Result<std::vector<Row>> rows = Query(sql, values);
  if (!rows) return Fail(rows.error());
  return std::int64_t{sqlite3_changes64(handle_)};
}

Status SqliteConnection::Run(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Fail(LastError(code));
  return {};
}

bool SqliteConnection::InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Error SqliteConnection::LastError(int code) const {
  const std::string_view text = sqlite3_errmsg(handle_);
  switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
      return {ErrorCode::kConflict, fmt::format("already taken: {}", text)};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {ErrorCode::kConflict,
              "refers to a project, server, environment or backup that the catalog does not know"};
    default:
      break;
  }
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return {ErrorCode::kNoSpace, fmt::format("no space left for the catalog {}", path_),
              "free space on its disk; nothing was changed"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kTimeout, fmt::format("the catalog {} is held by another process", path_),
              "look for a second reprise or an open sqlite3 shell on that file"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::kIo, fmt::format("the catalog {} is not readable: {}", path_, text),
              "it is damaged or not a catalog: put back a copy of the file"};
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kIo,
              fmt::format("the catalog {} cannot be read or written: {}", path_, text),
              "check its disk and the permissions of its folder"};
    default:
      return {ErrorCode::kInternal, fmt::format("the catalog refused a statement: {}", text)};
  }
}

Status RunTransaction(SqliteConnection& connection, const std::string& begin,
                      const std::function<Status(Transaction&)>& work) {
  RETURN_IF_ERROR(connection.Run(begin));
  SqliteTransaction transaction(connection);
  Status status = RunGuarded(work, transaction);
  if (status) {
    status = connection.InTransaction()
                 ? connection.Run("COMMIT")
                 : Fail(ErrorCode::kIo, "the catalog's transaction was rolled back by SQLite");
  }
  if (!status && connection.InTransaction()) {
    // Its own failure changes nothing for the caller: the first one is the one to tell.
    static_cast<void>(connection.Run("ROLLBACK"));
  }
  return status;
}

}  // namespace reprise::catalog
