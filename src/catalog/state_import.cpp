#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "base/clock.hpp"
#include "catalog/schema_shape.hpp"
#include "catalog/state_file.hpp"
#include "catalog/state_lines.hpp"

namespace reprise::catalog {
namespace {

namespace json = boost::json;

std::string InsertSql(const TableShape& table) {
  std::string columns;
  std::string places;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    columns += ", " + table.columns[i].name;
    places += fmt::format(", ${}", i + 1);
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, columns.substr(2),
                     places.substr(2));
}

// nullopt for what cannot stand in such a column.
std::optional<Value> ValueOf(const json::value& value, ColumnType type) {
  if (value.is_null()) return Value();
  if (type == ColumnType::kText) {
    if (!value.is_string()) return std::nullopt;
    return Value(std::string(value.get_string()));
  }
  if (value.is_int64()) {
    if (type == ColumnType::kWhole) return Value(value.get_int64());
    return Value(static_cast<double>(value.get_int64()));
  }
  if (type == ColumnType::kReal && value.is_double()) return Value(value.get_double());
  return std::nullopt;
}

// Takes the lines after the header into tables that are there and empty.
class TablesFiller {
 public:
  TablesFiller(Transaction& transaction, const std::vector<TableShape>& tables, StateReader& reader)
      : transaction_(transaction), tables_(tables), reader_(reader) {}

  // To the last line. Says how many rows came in.
  [[nodiscard]] Result<std::uint64_t> Fill(const Context& ctx) {
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<json::value> line, reader_.Next(ctx));
      if (!line) return Fail(reader_.Corrupt("is the last one, but not the file's end"));
      if (const json::array* row = line->if_array()) {
        RETURN_IF_ERROR(Insert(*row));
        continue;
      }
      const json::object* object = line->if_object();
      if (object == nullptr) return Fail(reader_.Corrupt("is neither table, row nor end"));
      if (object->contains("sha256")) return End(ctx, *object);
      RETURN_IF_ERROR(Begin(*object));
    }
  }

 private:
  // The tables come in the order in which they refer to each other, and all of them.
  [[nodiscard]] Status Begin(const json::object& line) {
    if (begun_ == tables_.size()) return Fail(reader_.Corrupt("begins a table too many"));
    table_ = &tables_[begun_++];
    json::array names;
    for (const ColumnShape& column : table_->columns) names.emplace_back(column.name);
    if (line != json::object{{"table", table_->name}, {"columns", names}}) {
      return Fail(reader_.Corrupt(
          fmt::format("should begin the table {} of that schema version", table_->name)));
    }
    insert_ = InsertSql(*table_);
    return {};
  }
  [[nodiscard]] Status Insert(const json::array& row) {
    if (table_ == nullptr || row.size() != table_->columns.size()) {
      return Fail(reader_.Corrupt("is no row of its table"));
    }
    std::vector<Value> values;
    values.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::optional<Value> value = ValueOf(row[i], table_->columns[i].type);
      if (!value) {
        return Fail(reader_.Corrupt(fmt::format(
            "has no {} for {}.{}", table_->columns[i].type == ColumnType::kText ? "text" : "number",
            table_->name, table_->columns[i].name)));
      }
      values.push_back(*std::move(value));
    }
    Result<std::int64_t> done = transaction_.Execute(insert_, values);
    if (!done) {
      return Fail(std::move(done.error())
                      .While(fmt::format("taking in line {} of the state file", reader_.line())));
    }
    ++rows_;
    return {};
  }
  [[nodiscard]] Result<std::uint64_t> End(const Context& ctx, const json::object& line) {
    if (begun_ != tables_.size()) return Fail(reader_.Corrupt("is the last one, but tables lack"));
    const json::value expected{{"rows", rows_}, {"sha256", reader_.TakeDigest()}};
    if (json::value(line) != expected) {
      return Fail(reader_.Corrupt("tells of other lines than those before it"));
    }
    ASSIGN_OR_RETURN(const std::optional<json::value> more, reader_.Next(ctx));
    if (more) return Fail(reader_.Corrupt("comes after the end"));
    return rows_;
  }

  Transaction& transaction_;
  const std::vector<TableShape>& tables_;
  StateReader& reader_;
  const TableShape* table_ = nullptr;  // the one whose rows come
  std::size_t begun_ = 0;
  std::string insert_;
  std::uint64_t rows_ = 0;
};

// PostgreSQL goes on counting where it was, not where the rows are.
Status SetCounters(Transaction& transaction, const std::vector<TableShape>& tables) {
  for (const TableShape& table : tables) {
    if (!table.counts_itself) continue;
    const std::string key = table.columns[table.key.front()].name;
    RETURN_IF_ERROR(
        transaction.Query(fmt::format("SELECT setval(pg_get_serial_sequence('{0}', '{1}'),"
                                      " (SELECT COALESCE(MAX({1}), 0) + 1 FROM {0}), false)",
                                      table.name, key),
                          {}));
  }
  return {};
}

struct Ending {
  std::string_view table;
  std::string_view change;  // $1: the time, $2: what to tell
  std::string_view of;
};

// What was on its way: in words that every schema version with that table knows.
constexpr std::array<Ending, 8> kEndings = {
    {{"backup", "status = 'failed', completed_at = $1, error_message = $2",
      "status IN ('pending', 'running')"},
     {"restore_point",
      "status = 'failed', completed_at = $1, error_code = 'lease_lost', error_message = $2",
      "status NOT IN ('completed', 'failed', 'cancelled')"},
     {"environment", "status = 'error', updated_at = $1, error_message = $2",
      "status = 'deploying'"},
     // It serves, with either database, unless the old host died in the moment of the swap.
     {"environment", "status = 'running', updated_at = $1", "status = 'restoring'"},
     // What stands in a cluster is unmounted by the janitor.
     {"mount", "status = 'failed', expires_at = $1, error_message = $2",
      "status IN ('mounting', 'unmounting')"},
     // It may have been finished since: it waits for a person, as what a rollback replaced does.
     {"snapshot", "status = 'failed', ended_at = NULL, error_message = $2", "status = 'taking'"},
     {"snapshot", "status = 'kept'", "status = 'removing'"},
     {"drill",
      "status = 'failed', completed_at = $1, error_code = 'lease_lost', error_message = $2",
      "status NOT IN ('passed', 'failed', 'cancelled')"}}};

// What ran when the file was written may have ended since, or been undone: to go on with it from
// that moment could swap a database that people work on. Says how many tasks were ended.
Result<std::uint64_t> EndWhatRan(Transaction& transaction, const std::vector<TableShape>& tables,
                                 const StateHeader& header) {
  if (FindTable(tables, "task") == nullptr) return 0;
  const std::int64_t now = ToMicros(SystemClock().Now());
  const std::string told = fmt::format(
      "it ran when the catalog was exported ({}), and what became of it since is not known here",
      header.exported_at);
  for (const Ending& ending : kEndings) {
    if (FindTable(tables, ending.table) == nullptr) continue;
    RETURN_IF_ERROR(transaction.Execute(
        fmt::format("UPDATE {} SET {} WHERE {}", ending.table, ending.change, ending.of),
        {now, told}));
  }
  if (FindTable(tables, "import_source") != nullptr) {
    RETURN_IF_ERROR(
        transaction.Execute("UPDATE import_source SET sealed_source = '' WHERE backup_id IN"
                            " (SELECT subject_id FROM task WHERE status IN ('queued', 'running'))",
                            {}));
  }
  ASSIGN_OR_RETURN(
      const std::int64_t ended,
      transaction.Execute(
          "UPDATE task SET status = 'failed', completed_at = $1, step = '', owner = '',"
          " lease_until = NULL, eta_seconds = NULL, error_code = 'lease_lost', error_message = $2,"
          " error_hint = 'look at the environment before you begin it anew'"
          " WHERE status IN ('queued', 'running')",
          {now, told}));
  return static_cast<std::uint64_t>(ended);
}

// Who needs a part was known at that moment only: what was deleted or written then may be in use by
// a backup that was completed since. What no completed one uses is forgotten, so that nobody
// removes its object; before EndWhatRan, since uses of what failed do not count.
Status ForgetUnsureParts(Transaction& transaction, const std::vector<TableShape>& tables) {
  if (FindTable(tables, "archive_part") == nullptr) return {};
  constexpr std::array kForget = {
      "DELETE FROM archive_part_use WHERE backup_id NOT IN"
      " (SELECT id FROM backup WHERE status = 'completed')"
      " OR part_id IN (SELECT id FROM archive_part WHERE state IN ('writing', 'deleting'))",
      "DELETE FROM archive_part WHERE id NOT IN (SELECT part_id FROM archive_part_use)"};
  for (const char* forget : kForget) RETURN_IF_ERROR(transaction.Execute(forget, {}));
  return {};
}

// Somebody may have let a temporary environment stay since: none removes itself within a day. Nor
// does what a rollback has replaced.
Status GiveTime(Transaction& transaction, const std::vector<TableShape>& tables) {
  const TableShape* table = FindTable(tables, "environment");
  const auto is_expiry = [](const auto& column) { return column.name == "expires_at"; };
  if (table == nullptr || std::none_of(table->columns.begin(), table->columns.end(), is_expiry)) {
    return {};
  }
  const std::int64_t least = ToMicros(SystemClock().Now() + std::chrono::hours(24));
  RETURN_IF_ERROR(
      transaction.Execute("UPDATE environment SET expires_at = $1 WHERE expires_at < $1"
                          " AND status IN ('running', 'stopped', 'error')",
                          {least}));
  if (FindTable(tables, "snapshot") == nullptr) return {};
  RETURN_IF_ERROR(
      transaction.Execute("UPDATE snapshot SET expires_at = $1 WHERE expires_at < $1"
                          " AND status = 'kept'",
                          {least}));
  return {};
}

// What is of the old host alone: its administrator's token, whose file may be gone with it.
Status ForgetOldHost(Transaction& transaction, const std::vector<TableShape>& tables) {
  if (FindTable(tables, "setting") == nullptr) return {};
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM setting WHERE name = 'admin_token_sha256'", {}));
  return {};
}

Status CheckEmpty(BareCatalog& into) {
  ASSIGN_OR_RETURN(const std::int64_t found, into.schema().Version());
  if (found == 0) return {};
  return Fail(ErrorCode::kConflict, "the catalog is not empty",
              "a state file goes into a new one only: name a data folder without catalog.db, or an "
              "empty PostgreSQL database; it was not changed");
}

Status MakeTables(SchemaTarget& schema, Transaction& transaction, std::int64_t version) {
  if (schema.dialect() == Dialect::kPostgres) {
    RETURN_IF_ERROR(schema.Run("SET LOCAL idle_in_transaction_session_timeout = '10min'"));
  }
  RETURN_IF_ERROR(schema.Run(SchemaTextFor(schema.dialect(), kVersionTable)));
  const std::int64_t now = ToMicros(SystemClock().Now());
  for (std::int64_t done = 0; done < version; ++done) {
    const std::string_view text = Migrations()[static_cast<std::size_t>(done)];
    RETURN_IF_ERROR(schema.Run(SchemaTextFor(schema.dialect(), text)));
    RETURN_IF_ERROR(
        transaction.Execute("INSERT INTO schema_version VALUES ($1, $2)", {done + 1, now}));
  }
  return {};
}

Result<StateHeader> TakeHeader(const Context& ctx, StateReader& reader) {
  Result<std::optional<json::value>> line = reader.Next(ctx);
  if (!line && line.error().code != ErrorCode::kArchiveCorrupt) return Fail(line.error());
  return HeaderOf(line && *line ? **line : json::value());
}

}  // namespace

Result<StateHeader> ReadStateHeader(const Context& ctx, ByteReader& from) {
  StateReader reader(from);
  return TakeHeader(ctx, reader);
}

Result<StateSummary> ImportState(const Context& ctx, ByteReader& from, BareCatalog& into) {
  StateReader reader(from);
  StateSummary summary;
  ASSIGN_OR_RETURN(summary.header, TakeHeader(ctx, reader));
  const std::int64_t version = summary.header.schema;
  const auto known = static_cast<std::int64_t>(Migrations().size());
  if (version < 1 || version > known) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the state file has schema version {}, this program knows up to {}",
                            version, known),
                "import it with the reprise that wrote it, or a newer one");
  }
  ASSIGN_OR_RETURN(const std::vector<TableShape> tables, ShapeOfSchema(version));
  const auto fill = [&](Transaction& transaction) -> Status {
    RETURN_IF_ERROR(CheckEmpty(into));
    RETURN_IF_ERROR(MakeTables(into.schema(), transaction, version));
    TablesFiller filler(transaction, tables, reader);
    ASSIGN_OR_RETURN(summary.rows, filler.Fill(ctx));
    RETURN_IF_ERROR(ForgetUnsureParts(transaction, tables));
    ASSIGN_OR_RETURN(summary.ended, EndWhatRan(transaction, tables, summary.header));
    RETURN_IF_ERROR(GiveTime(transaction, tables));
    RETURN_IF_ERROR(ForgetOldHost(transaction, tables));
    if (into.schema().dialect() == Dialect::kPostgres) return SetCounters(transaction, tables);
    return {};
  };
  RETURN_IF_ERROR(into.schema().InTransaction(fill));
  return summary;
}

}  // namespace reprise::catalog
