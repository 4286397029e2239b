#include "postgres/foreign_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "archive/sql_filter.hpp"
#include "archive/sql_scanner.hpp"
#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

using archive::SqlEventKind;
using archive::SqlStatement;

bool IsSetting(const SqlStatement& statement) {
  return statement.IsWord(0, "SET") || statement.AreWords(0, {"SELECT", "PG_CATALOG"});
}

// "ALTER TABLE ONLY … ADD CONSTRAINT … FOREIGN KEY …", as pg_dump writes it of a plain table; of a
// partitioned one it leaves ONLY out.
bool CanWaitForValidation(const SqlStatement& statement) {
  if (!statement.AreWords(0, {"ALTER", "TABLE", "ONLY"})) return false;
  bool is_key = false;
  for (std::size_t at = 3; at < statement.tokens.size(); ++at) {
    if (statement.AreWords(at, {"FOREIGN", "KEY"})) is_key = true;
    const bool says_so =
        statement.AreWords(at, {"NOT", "VALID"}) || statement.AreWords(at, {"NOT", "ENFORCED"});
    if (is_key && says_so) return false;
  }
  return is_key && statement.text.ends_with(';');
}

}  // namespace

Result<ForeignKeySql> SplitForeignKeys(const Context& ctx, ByteReader& sql, KeysOf tables) {
  archive::SqlFilter filtered(sql);
  archive::SqlScanner scanner(filtered);
  ForeignKeySql split;
  bool has_rest = false;
  bool has_keys_left = false;
  while (true) {
    ASSIGN_OR_RETURN(const archive::SqlEvent event, scanner.Next(ctx));
    if (event.kind == SqlEventKind::kEnd) break;
    if (event.kind != SqlEventKind::kStatement) {
      has_rest |= event.kind != SqlEventKind::kText;
      split.rest += event.text;
      continue;
    }
    const SqlStatement& statement = scanner.statement();
    if (tables == KeysOf::kPlainTables && CanWaitForValidation(statement)) {
      split.keys += statement.text.substr(0, statement.text.size() - 1);
      split.keys += " NOT VALID;";
      ++split.number;
      continue;
    }
    if (IsSetting(statement)) {
      split.keys += statement.text;
    } else {
      has_rest = true;
      has_keys_left |= statement.AreWords(0, {"ALTER"});
    }
    split.rest += statement.text;
  }
  if (has_rest && !has_keys_left) split.keys += split.rest;
  if (!has_keys_left) split.rest.clear();
  return split;
}

std::string UnvalidatedKeysQuery() {
  return "SELECT n.nspname, c.relname, k.conname, pg_catalog.pg_relation_size(c.oid), k.oid "
         "FROM pg_catalog.pg_constraint k "
         "JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
         "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
         "WHERE k.contype = 'f' AND NOT k.convalidated ORDER BY c.oid, k.oid";
}

Status AddValidation(const std::vector<std::vector<std::string>>& rows,
                     const std::vector<std::string>& left_not_valid, SqlOfTables& work) {
  std::map<std::string, std::string> parts;
  for (const std::vector<std::string>& row : rows) {
    if (row.size() != kOidOfKey + 1) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of foreign keys");
    }
    ASSIGN_OR_RETURN(const std::uint64_t bytes, ParseNumber(row[3]));
    const std::string& oid = row[kOidOfKey];
    if (std::find(left_not_valid.begin(), left_not_valid.end(), oid) != left_not_valid.end()) {
      continue;
    }
    const std::string table = fmt::format("{}.{}", QuoteName(row[0]), QuoteName(row[1]));
    std::string& of_table = parts[table];
    of_table +=
        fmt::format("{} VALIDATE CONSTRAINT {}", of_table.empty() ? "" : ",", QuoteName(row[2]));
    work[table].weight += bytes + kBesideBytes;
  }
  for (const auto& [table, of_table] : parts) {
    work[table].sql += fmt::format("ALTER TABLE ONLY {}{};\n", table, of_table);
  }
  return {};
}

}  // namespace reprise::postgres
