#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/hash.hpp"
#include "catalog/schema_shape.hpp"
#include "catalog/state_file.hpp"
#include "catalog/state_lines.hpp"

namespace reprise::catalog {
namespace {

namespace json = boost::json;

constexpr std::int64_t kRowsAtATime = 500;

Value ValueOf(const Row& row, std::size_t column, ColumnType type) {
  if (row.IsNull(column)) return std::monostate{};
  if (type == ColumnType::kWhole) return row.Int(column);
  if (type == ColumnType::kReal) return row.Real(column);
  return row.Text(column);
}

json::value JsonOf(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return json::string(*text);
  return nullptr;
}

// Reads a table in the order of its key, a page after the other.
class TablePages {
 public:
  explicit TablePages(const TableShape& table) : table_(table) {
    std::string columns;
    for (const ColumnShape& column : table.columns) columns += ", " + column.name;
    std::string key;
    std::string last;
    for (std::size_t i = 0; i < table.key.size(); ++i) {
      key += ", " + table.columns[table.key[i]].name;
      last += fmt::format(", ${}", i + 1);
    }
    const std::string select = fmt::format("SELECT {} FROM {}", columns.substr(2), table.name);
    const std::string order = fmt::format(" ORDER BY {} LIMIT {}", key.substr(2), kRowsAtATime);
    first_ = select + order;
    next_ = fmt::format("{} WHERE ({}) > ({}){}", select, key.substr(2), last.substr(2), order);
  }
  // The next rows; none at the end.
  [[nodiscard]] Result<std::vector<Row>> Next(Transaction& transaction) {
    if (at_end_) return std::vector<Row>();
    ASSIGN_OR_RETURN(std::vector<Row> rows,
                     transaction.Query(last_.empty() ? first_ : next_, last_));
    at_end_ = rows.size() < static_cast<std::size_t>(kRowsAtATime);
    if (rows.empty()) return rows;
    last_.clear();
    for (const std::size_t column : table_.key) {
      last_.push_back(ValueOf(rows.back(), column, table_.columns[column].type));
    }
    return rows;
  }

 private:
  const TableShape& table_;
  std::string first_;
  std::string next_;
  std::vector<Value> last_;  // the key of the last row that was read
  bool at_end_ = false;
};

// Writes lines, and knows their digest.
class StateWriter {
 public:
  StateWriter(const Context& ctx, ByteWriter& into) : ctx_(ctx), into_(into) {}
  [[nodiscard]] Status Line(const json::value& value) {
    const std::string line = json::serialize(value) + "\n";
    hasher_.Update(BytesOf(line));
    return into_.Write(ctx_, BytesOf(line));
  }
  [[nodiscard]] Status Table(Transaction& transaction, const TableShape& table) {
    json::array names;
    for (const ColumnShape& column : table.columns) names.emplace_back(column.name);
    RETURN_IF_ERROR(Line(json::object{{"table", table.name}, {"columns", std::move(names)}}));
    TablePages pages(table);
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<Row> rows, pages.Next(transaction));
      if (rows.empty()) return {};
      for (const Row& row : rows) {
        json::array values;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
          values.push_back(JsonOf(ValueOf(row, i, table.columns[i].type)));
        }
        RETURN_IF_ERROR(Line(values));
        ++rows_;
      }
    }
  }
  [[nodiscard]] Status End() {
    return Line(json::object{{"rows", rows_}, {"sha256", hasher_.Finish()}});
  }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  const Context& ctx_;
  ByteWriter& into_;
  Hasher hasher_{HashKind::kSha256};
  std::uint64_t rows_ = 0;
};

Result<std::int64_t> CountSealed(Transaction& transaction, const std::vector<TableShape>& tables) {
  std::int64_t count = 0;
  for (const auto& [table, column] : kSealedColumns) {
    if (FindTable(tables, table) == nullptr) continue;
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     transaction.Query(
                         fmt::format("SELECT COUNT(*) FROM {} WHERE {} <> ''", table, column), {}));
    count += rows.front().Int(0);
  }
  return count;
}

}  // namespace

Result<StateSummary> ExportState(const Context& ctx, BareCatalog& from, StateHeader header,
                                 ByteWriter& into) {
  RETURN_IF_ERROR(CheckSchemaKnown(from.schema(), Migrations()));
  StateWriter writer(ctx, into);
  const auto write = [&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(header.schema, from.schema().Version());
    if (header.schema == 0) return Fail(ErrorCode::kNotFound, "the catalog is empty");
    ASSIGN_OR_RETURN(const std::vector<TableShape> tables, ShapeOfSchema(header.schema));
    ASSIGN_OR_RETURN(header.sealed, CountSealed(transaction, tables));
    RETURN_IF_ERROR(writer.Line(HeaderLine(header)));
    for (const TableShape& table : tables) RETURN_IF_ERROR(writer.Table(transaction, table));
    return writer.End();
  };
  RETURN_IF_ERROR(from.Read(write));
  return StateSummary{std::move(header), writer.rows(), 0};
}

}  // namespace reprise::catalog
