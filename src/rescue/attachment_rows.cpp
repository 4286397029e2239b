#include "rescue/attachment_rows.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "archive/filestore_path.hpp"
#include "postgres/quote.hpp"

namespace reprise::rescue {
namespace {

namespace json = boost::json;
using postgres::QuoteText;

constexpr int kMostText = 1000;
constexpr std::int64_t kMostCandidates = 2000;

std::int64_t NumberIn(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string IdList(const std::vector<std::int64_t>& ids) {
  return fmt::format("{}", fmt::join(ids, ", "));
}

std::string WhereOf(const AttachmentQuery& query, const std::vector<std::int64_t>& ids) {
  std::string where = fmt::format(
      "id > {} AND {} = 'binary'"
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
  one.names_no_file = !store_name.empty() && one.store_name.empty();
  const json::value* in_row = row.if_contains("in_row");
  one.is_in_row = store_name.empty() && in_row != nullptr && *in_row == true;
  one.has_live_file = one.store_name.empty();
  return one;
}

// What is read of a row, of either database: a stranger's text may be as long as it likes.
Result<std::vector<Attachment>> ReadWhere(const Context& ctx, const FencedTables& tables,
                                          const std::string& where, std::int64_t limit) {
  const auto cut = [](std::string_view column) {
    return fmt::format("left({}, {})", AsText(column), kMostText);
  };
  ASSIGN_OR_RETURN(
      const auto rows,
      tables.Select(ctx,
                    fmt::format("SELECT id, {} AS name, {} AS model, {} AS field,"
                                " res_id AS record_id, file_size AS size, {} AS mimetype,"
                                " {} AS checksum, {} AS store_name,"
                                " db_datas IS NOT NULL AS in_row"
                                " FROM ONLY public.ir_attachment WHERE {} ORDER BY id"
                                " LIMIT {}",
                                cut("name"), cut("res_model"), cut("res_field"), cut("mimetype"),
                                cut("checksum"), cut("store_fname"), where, limit)));
  std::vector<Attachment> found;
  for (const json::object& row : rows) found.push_back(FromRow(row));
  return found;
}

// What makes a document the same under whatever id; empty for one whose content is told by nothing.
using Identity = std::tuple<std::string, std::string, std::string, std::int64_t, std::string>;
std::optional<Identity> IdentityOf(const Attachment& one) {
  const std::string& content = one.checksum.empty() ? one.store_name : one.checksum;
  if (content.empty()) return std::nullopt;
  return Identity{content, one.model, one.field, one.record_id, one.name};
}

// That a live row may be this one. By plain columns, which Odoo has indexes on.
std::string MayBe(const Attachment& one) {
  return fmt::format("({} = {} AND coalesce(res_id, 0) = {} AND id <> {})",
                     one.checksum.empty() ? "store_fname" : "checksum",
                     QuoteText(one.checksum.empty() ? one.store_name : one.checksum), one.record_id,
                     one.id);
}

}  // namespace

Result<std::vector<Attachment>> ReadAttachments(const Context& ctx, const FencedTables& side,
                                                const AttachmentQuery& query,
                                                const std::vector<std::int64_t>& ids,
                                                std::int64_t limit) {
  RETURN_IF_ERROR(side.Columns(ctx, "ir_attachment"));
  return ReadWhere(ctx, side, WhereOf(query, ids), limit);
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

Result<std::map<std::int64_t, std::int64_t>> FindUnderOtherIds(
    const Context& ctx, const FencedTables& side, const LiveOdoo& live,
    const std::vector<Attachment>& attachments) {
  std::map<std::int64_t, std::int64_t> ids;
  std::string where;
  for (const Attachment& one : attachments) {
    if (IdentityOf(one)) where += (where.empty() ? "" : " OR ") + MayBe(one);
  }
  if (where.empty()) return ids;
  ASSIGN_OR_RETURN(const auto candidates, ReadWhere(ctx, live.tables, where, kMostCandidates));
  if (candidates.empty()) return ids;
  std::vector<std::int64_t> live_ids;
  for (const Attachment& one : candidates) live_ids.push_back(one.id);
  ASSIGN_OR_RETURN(const auto own, ReadAttachments(ctx, side, {}, live_ids,
                                                   static_cast<std::int64_t>(live_ids.size())));
  std::set<std::pair<std::int64_t, std::string>> of_backup;
  for (const Attachment& one : own) of_backup.emplace(one.id, one.checksum);
  std::multimap<Identity, std::int64_t> free;
  for (const Attachment& one : candidates) {
    const auto identity = IdentityOf(one);
    if (identity && !of_backup.contains({one.id, one.checksum})) free.emplace(*identity, one.id);
  }
  for (const Attachment& one : attachments) {
    const auto identity = IdentityOf(one);
    const auto match = identity ? free.find(*identity) : free.end();
    if (match == free.end()) continue;
    ids.emplace(one.id, match->second);
    free.erase(match);
  }
  return ids;
}

}  // namespace reprise::rescue
