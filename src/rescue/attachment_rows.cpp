#include "rescue/attachment_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "archive/filestore_path.hpp"
#include "postgres/quote.hpp"

namespace reprise::rescue {
namespace {

namespace json = boost::json;
using postgres::QuoteName;
using postgres::QuoteText;

std::int64_t NumberIn(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string IdList(const std::vector<std::int64_t>& ids) {
  return fmt::format("{}", fmt::join(ids, ", "));
}

std::string WhereOf(const AttachmentQuery& query, const std::vector<std::int64_t>& ids) {
  std::string where = fmt::format(
      " WHERE id > {} AND {} = 'binary'"
      " AND (store_fname IS NOT NULL OR db_datas IS NOT NULL)",
      query.after, AsText("type"));
  if (!ids.empty()) where += fmt::format(" AND id IN ({})", IdList(ids));
  if (!query.text.empty()) {
    where += fmt::format(" AND position(lower({}) IN lower({})) > 0", QuoteText(query.text),
                         AsText("name"));
  }
  if (!query.model.empty()) {
    where += fmt::format(" AND {} = {}", AsText("res_model"), QuoteText(query.model));
  }
  return where;
}

Attachment FromRow(const json::object& row) {
  Attachment one;
  one.id = NumberIn(row, "id");
  one.name = TextIn(row, "name");
  one.model = TextIn(row, "model");
  one.field = TextIn(row, "field");
  one.record_id = NumberIn(row, "record_id");
  one.size = NumberIn(row, "size");
  one.mimetype = TextIn(row, "mimetype");
  one.checksum = TextIn(row, "checksum");
  const std::string store_name = TextIn(row, "store_name");
  if (archive::IsFilestorePath(store_name)) one.store_name = store_name;
  const json::value* in_row = row.if_contains("in_row");
  one.is_in_row = one.store_name.empty() && in_row != nullptr && *in_row == true;
  one.has_live_file = one.store_name.empty();
  return one;
}

// Names of columns that a row can be written with, of both databases.
Result<std::vector<std::string>> SharedColumns(const Context& ctx, const FencedTables& side,
                                               const FencedTables& live) {
  ASSIGN_OR_RETURN(const auto of_backup, side.Columns(ctx, "ir_attachment"));
  ASSIGN_OR_RETURN(const auto of_live, live.Columns(ctx, "ir_attachment"));
  std::vector<std::string> shared;
  for (const TableColumn& column : of_backup) {
    const bool is_there =
        std::any_of(of_live.begin(), of_live.end(),
                    [&](const TableColumn& other) { return other.name == column.name; });
    if (is_there && column.name != "id") shared.push_back(column.name);
  }
  return shared;
}

}  // namespace

Result<std::vector<Attachment>> ReadAttachments(const Context& ctx, const FencedTables& side,
                                                const AttachmentQuery& query,
                                                const std::vector<std::int64_t>& ids,
                                                std::int64_t limit) {
  RETURN_IF_ERROR(side.Columns(ctx, "ir_attachment"));
  ASSIGN_OR_RETURN(
      const auto rows,
      side.Select(ctx, fmt::format("SELECT id, {} AS name, {} AS model, {} AS field,"
                                   " res_id AS record_id, file_size AS size, {} AS mimetype,"
                                   " {} AS checksum, {} AS store_name,"
                                   " db_datas IS NOT NULL AS in_row"
                                   " FROM ONLY public.ir_attachment{} ORDER BY id LIMIT {}",
                                   AsText("name"), AsText("res_model"), AsText("res_field"),
                                   AsText("mimetype"), AsText("checksum"), AsText("store_fname"),
                                   WhereOf(query, ids), limit)));
  std::vector<Attachment> found;
  for (const json::object& row : rows) found.push_back(FromRow(row));
  return found;
}

Status CompareRows(const Context& ctx, const LiveOdoo& live, std::vector<Attachment>& attachments) {
  if (attachments.empty()) return {};
  std::vector<std::int64_t> ids;
  for (const Attachment& one : attachments) ids.push_back(one.id);
  ASSIGN_OR_RETURN(const auto rows,
                   live.tables.Select(ctx, fmt::format("SELECT id, {} AS checksum"
                                                       " FROM ONLY public.ir_attachment"
                                                       " WHERE id IN ({})",
                                                       AsText("checksum"), IdList(ids))));
  std::map<std::int64_t, std::string> checksums;
  for (const json::object& row : rows) {
    checksums.emplace(NumberIn(row, "id"), TextIn(row, "checksum"));
  }
  for (Attachment& one : attachments) {
    const auto found = checksums.find(one.id);
    one.live_row = found == checksums.end()        ? LiveRow::kMissing
                   : found->second == one.checksum ? LiveRow::kSame
                                                   : LiveRow::kOther;
  }
  return {};
}

Status CompareFiles(const Context& ctx, const LiveOdoo& live, const std::string& filestore,
                    std::vector<Attachment>& attachments) {
  std::vector<std::string> names;
  for (const Attachment& one : attachments) {
    if (!one.store_name.empty()) names.push_back(one.store_name);
  }
  if (names.empty()) return {};
  ASSIGN_OR_RETURN(const auto there, live.glimpse.FilesThere(ctx, filestore, names));
  for (Attachment& one : attachments) {
    one.has_live_file = one.store_name.empty() || there.contains(one.store_name);
  }
  return {};
}

Result<std::int64_t> InsertRow(const Context& ctx, const FencedTables& side, const LiveOdoo& live,
                               const std::string& database, std::int64_t id) {
  ASSIGN_OR_RETURN(const auto columns, SharedColumns(ctx, side, live.tables));
  std::string names;
  std::string wanted;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names += (names.empty() ? "" : ", ") + QuoteName(columns[i]);
    wanted += fmt::format("{}{} AS c{}", wanted.empty() ? "" : ", ", AsText(columns[i]), i);
  }
  ASSIGN_OR_RETURN(const auto rows,
                   side.Select(ctx, fmt::format("SELECT {} FROM ONLY public.ir_attachment"
                                                " WHERE id = {}",
                                                wanted, id)));
  if (rows.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("the backup has no attachment {}", id));
  }
  std::string values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const json::value* value = rows.front().if_contains(fmt::format("c{}", i));
    values += values.empty() ? "" : ", ";
    // What comes of the backup goes to the live database as quoted text, whatever it is.
    values += value != nullptr && value->is_string() ? QuoteText(value->get_string()) : "NULL";
  }
  const postgres::Cluster& cluster = live.cluster;
  ASSIGN_OR_RETURN(const std::string sequence,
                   cluster.QueryValue(ctx, database,
                                      "SELECT pg_catalog.pg_get_serial_sequence("
                                      "'public.ir_attachment', 'id');"));
  // An id that the sequence has yet to give is not free: Odoo would meet it again.
  ASSIGN_OR_RETURN(
      const std::string given,
      cluster.QueryValue(
          ctx, database,
          fmt::format("INSERT INTO public.ir_attachment (id, {0}) VALUES ((SELECT CASE WHEN EXISTS"
                      " (SELECT 1 FROM public.ir_attachment WHERE id = {2})"
                      " OR {2} > (SELECT last_value FROM {3})"
                      " THEN nextval({4}) ELSE {2} END), {1}) RETURNING id;",
                      names, values, id, sequence, QuoteText(sequence))));
  std::int64_t live_id = 0;
  std::from_chars(given.data(), given.data() + given.size(), live_id);
  return live_id;
}

}  // namespace reprise::rescue
