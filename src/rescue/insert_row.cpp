#include "rescue/insert_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/spool_file.hpp"
#include "postgres/quote.hpp"
#include "rescue/row_content.hpp"

namespace reprise::rescue {
namespace {

using postgres::QuoteName;
using postgres::QuoteText;

constexpr std::string_view kContent = "db_datas";

struct SharedColumns {
  std::vector<std::string> names;  // but the id's and the content's
  bool has_content = false;
};

// Columns that a row can be written with, of both databases.
Result<SharedColumns> FindShared(const Context& ctx, const FencedTables& side,
                                 const FencedTables& live) {
  ASSIGN_OR_RETURN(const auto of_backup, side.Columns(ctx, "ir_attachment"));
  ASSIGN_OR_RETURN(const auto of_live, live.Columns(ctx, "ir_attachment"));
  SharedColumns shared;
  for (const TableColumn& column : of_backup) {
    const bool is_there =
        std::any_of(of_live.begin(), of_live.end(),
                    [&](const TableColumn& other) { return other.name == column.name; });
    if (!is_there || column.name == "id") continue;
    if (column.name == kContent) {
      shared.has_content = true;
    } else {
      shared.names.push_back(column.name);
    }
  }
  return shared;
}

struct NamesAndValues {
  std::string names;   // `, "name", "type"`
  std::string values;  // `, 'a.pdf', NULL`
};

// What comes of the backup goes to the live database as quoted text, whatever it is.
Result<NamesAndValues> ReadRow(const Context& ctx, const FencedTables& side,
                               const std::vector<std::string>& columns, std::int64_t id) {
  std::string wanted;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    wanted += fmt::format(", {} AS c{}", AsText(columns[i]), i);
  }
  ASSIGN_OR_RETURN(const auto rows,
                   side.Select(ctx, fmt::format("SELECT id{} FROM ONLY public.ir_attachment"
                                                " WHERE id = {}",
                                                wanted, id)));
  if (rows.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("the backup has no attachment {}", id));
  }
  NamesAndValues row;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const boost::json::value* value = rows.front().if_contains(fmt::format("c{}", i));
    row.names += ", " + QuoteName(columns[i]);
    row.values +=
        ", " + (value != nullptr && value->is_string() ? QuoteText(value->get_string()) : "NULL");
  }
  return row;
}

// One stream after the other.
class ChainedReader final : public ByteReader {
 public:
  explicit ChainedReader(std::vector<ByteReader*> parts) : parts_(std::move(parts)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    for (; at_ < parts_.size(); ++at_) {
      ASSIGN_OR_RETURN(const std::size_t count, parts_[at_]->Read(ctx, into));
      if (count > 0) return count;
    }
    return std::size_t{0};
  }

 private:
  std::vector<ByteReader*> parts_;
  std::size_t at_ = 0;
};

// The content of the row, in hex; a source of no bytes when it has none.
Result<std::unique_ptr<RandomReader>> SpoolContent(const Context& ctx, const RescueDesk& desk,
                                                   const FencedTables& side, std::int64_t id) {
  ASSIGN_OR_RETURN(const auto bytes, BytesInRow(ctx, side, id));
  if (!bytes) return std::make_unique<StringSource>("");
  ASSIGN_OR_RETURN(const auto spool, SpoolFile::In(desk.parts().spool));
  RETURN_IF_ERROR(WriteHexOfRow(ctx, side, id, *spool));
  return spool->Take();
}

}  // namespace

Result<std::int64_t> InsertRow(const Context& ctx, const RescueDesk& desk, const OpenMount& open,
                               const LiveOdoo& live, std::int64_t id) {
  ASSIGN_OR_RETURN(const SharedColumns shared, FindShared(ctx, open.side, live.tables));
  ASSIGN_OR_RETURN(const NamesAndValues row, ReadRow(ctx, open.side, shared.names, id));
  std::unique_ptr<RandomReader> content = std::make_unique<StringSource>("");
  if (shared.has_content) {
    ASSIGN_OR_RETURN(content, SpoolContent(ctx, desk, open.side, id));
  }
  const std::string& database = open.environment.db_name;
  ASSIGN_OR_RETURN(const std::string sequence,
                   live.cluster.QueryValue(ctx, database,
                                           "SELECT pg_catalog.pg_get_serial_sequence("
                                           "'public.ir_attachment', 'id');"));
  const bool has_content = content->size() > 0;
  // An id that the sequence has yet to give is not free: Odoo would meet it again.
  StringReader before(
      fmt::format("INSERT INTO public.ir_attachment (id{0}{1}) VALUES ((SELECT CASE WHEN EXISTS"
                  " (SELECT 1 FROM public.ir_attachment WHERE id = {3})"
                  " OR {3} > (SELECT last_value FROM {4})"
                  " THEN nextval({5}) ELSE {3} END){2}{6}",
                  row.names, has_content ? fmt::format(", {}", kContent) : "", row.values, id,
                  sequence, QuoteText(sequence), has_content ? ", pg_catalog.decode('" : ""));
  RangeReader digits(*content, 0, content->size());
  StringReader after(has_content ? "', 'hex')) RETURNING id;" : ") RETURNING id;");
  ChainedReader sql({&before, &digits, &after});
  StringWriter given;
  RETURN_IF_ERROR(live.cluster.Stream(ctx, database, sql, given));
  std::int64_t live_id = 0;
  std::from_chars(given.text().data(), given.text().data() + given.text().size(), live_id);
  return live_id;
}

}  // namespace reprise::rescue
