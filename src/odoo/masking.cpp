#include "odoo/masking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "odoo/mask_fields.hpp"
#include "odoo/mask_sql.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

using domain::MaskPreset;
using postgres::QuoteName;
using postgres::QuoteText;

constexpr std::string_view kMarkKey = "reprise.masked";
constexpr std::string_view kProjectRule = "project";

// Gathers the statements of one script, each of which counts its rows.
class Script {
 public:
  void Add(std::string_view rule, std::string_view table, const std::string& columns,
           const std::string& statement) {
    text_ += fmt::format(
        "WITH done AS ({}) INSERT INTO pg_temp.reprise_masked SELECT {}, {}, {}, {}, count(*) FROM "
        "done;\n",
        statement, ++count_, QuoteText(rule), QuoteText(table), QuoteText(columns));
  }
  void AddUpdate(std::string_view rule, std::string_view table, std::string_view rows,
                 const std::vector<MaskOfColumn>& changes,
                 const std::map<std::string, MaskColumn>& columns) {
    std::string sets;
    std::string names;
    for (const MaskOfColumn& change : changes) {
      const auto column = columns.find(std::string(change.column));
      if (column == columns.end()) continue;
      if (!change.of.empty() && !columns.contains(std::string(change.of))) continue;
      const auto set = MaskSetSql(change, column->second);
      if (!set) continue;
      sets += (sets.empty() ? "" : ", ") + *set;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", change.column);
    }
    if (sets.empty()) return;
    Add(rule, table, names,
        fmt::format("UPDATE public.{} SET {} WHERE {} RETURNING 1", QuoteName(table), sets, rows));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  int count_ = 0;
};

// The fields of one preset by table, in the order in which they stand; without those that the
// project has a rule of its own for.
std::vector<std::pair<std::string, std::vector<MaskOfColumn>>> ChangesOf(
    MaskPreset preset, const std::vector<domain::MaskRule>& rules) {
  std::vector<std::pair<std::string, std::vector<MaskOfColumn>>> tables;
  for (const MaskField& field : MaskFields()) {
    if (field.preset != preset) continue;
    if (std::any_of(rules.begin(), rules.end(), [&](const domain::MaskRule& rule) {
          return rule.table == field.table && rule.column == field.column;
        })) {
      continue;
    }
    if (tables.empty() || tables.back().first != field.table) tables.emplace_back(field.table, 0);
    tables.back().second.push_back({field.column, field.how, field.of, field.put});
  }
  return tables;
}

void AddPreset(Script& script, const MaskColumns& columns, MaskPreset preset,
               const domain::SafeCopySettings& settings) {
  for (const auto& [table, changes] : ChangesOf(preset, settings.rules)) {
    const auto found = columns.find(table);
    if (found == columns.end()) continue;
    script.AddUpdate(NameOf(preset), table, MaskedRows(table), changes, found->second);
  }
  for (const MaskedAway& away : TablesMaskedAway()) {
    if (away.preset != preset || !columns.contains(std::string(away.table))) continue;
    script.Add(NameOf(preset), away.table, "",
               fmt::format("DELETE FROM public.{} RETURNING 1", QuoteName(away.table)));
  }
  if (preset != MaskPreset::kAttachments) return;
  const std::string statement = MaskAttachmentsSql(columns);
  if (statement.empty()) return;
  script.Add(NameOf(preset), "ir_attachment", "store_fname, db_datas, name", statement);
}

void AddPresets(Script& script, const MaskColumns& columns,
                const domain::SafeCopySettings& settings) {
  for (const MaskPreset preset : settings.mask) AddPreset(script, columns, preset, settings);
  const auto partners = columns.find("res_partner");
  const bool all_partners = settings.mask.contains(MaskPreset::kPartners);
  if (all_partners || !settings.mask.contains(MaskPreset::kUsers) || partners == columns.end()) {
    return;
  }
  // A user's name and address stand in a partner.
  for (const auto& [table, changes] : ChangesOf(MaskPreset::kPartners, settings.rules)) {
    if (table != "res_partner") continue;
    script.AddUpdate(NameOf(MaskPreset::kUsers), table,
                     fmt::format("{} AND id IN (SELECT partner_id FROM public.res_users WHERE {})",
                                 MaskedRows(table), MaskedRows("res_users")),
                     changes, partners->second);
  }
}

// Those of the project's own that the database does not have.
std::vector<std::string> AddRules(Script& script, const MaskColumns& columns,
                                  const std::vector<domain::MaskRule>& rules) {
  std::vector<std::string> not_there;
  for (const domain::MaskRule& rule : rules) {
    const auto found = columns.find(rule.table);
    if (found == columns.end() || !found->second.contains(rule.column)) {
      not_there.push_back(rule.table + "." + rule.column);
      continue;
    }
    script.AddUpdate(kProjectRule, rule.table, "true", {{rule.column, rule.how, {}, {}}},
                     found->second);
  }
  return not_there;
}

Result<MaskColumns> LookUp(const Context& ctx, const postgres::Cluster& cluster,
                           const std::string& database, const domain::SafeCopySettings& settings) {
  std::set<std::string> tables{"ir_attachment"};
  for (const MaskField& field : MaskFields()) tables.emplace(field.table);
  for (const MaskedAway& away : TablesMaskedAway()) tables.emplace(away.table);
  for (const domain::MaskRule& rule : settings.rules) tables.insert(rule.table);
  std::string names;
  for (const std::string& table : tables) names += (names.empty() ? "" : ", ") + QuoteText(table);
  ASSIGN_OR_RETURN(
      const auto rows,
      cluster.Query(ctx, database,
                    fmt::format("SELECT c.table_name, c.column_name, c.data_type, c.is_nullable, "
                                "c.character_maximum_length FROM information_schema.columns c JOIN "
                                "information_schema.tables t USING (table_schema, table_name) "
                                "WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' "
                                "AND t.table_name IN ({})",
                                names)));
  MaskColumns columns;
  for (const auto& row : rows) {
    if (row.size() != 5) return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of columns");
    columns[row[0]][row[1]] = {row[2], row[3] == "YES", row[4]};
  }
  return columns;
}

// What a former call noted; nullopt: it was not done.
Result<std::optional<std::vector<MaskChange>>> ReadMark(const Context& ctx,
                                                        const postgres::Cluster& cluster,
                                                        const std::string& database,
                                                        const std::string& mark) {
  ASSIGN_OR_RETURN(
      const auto rows,
      cluster.Query(ctx, database,
                    fmt::format("SELECT value FROM public.ir_config_parameter WHERE key = {}",
                                QuoteText(kMarkKey))));
  if (rows.empty() || !rows[0][0].starts_with(mark + " ")) return std::nullopt;
  ASSIGN_OR_RETURN(const boost::json::value noted, ParseJson(rows[0][0].substr(mark.size() + 1)));
  std::vector<MaskChange> changes;
  if (!noted.is_array()) return Fail(ErrorCode::kInternal, "an unreadable note of what was masked");
  for (const boost::json::value& one : noted.get_array()) {
    const boost::json::object& change = one.as_object();
    const auto text = [&](const char* name) { return std::string(change.at(name).as_string()); };
    changes.push_back({text("rule"), text("tables"), text("columns"),
                       static_cast<std::uint64_t>(change.at("touched").as_int64())});
  }
  return changes;
}

}  // namespace

Result<MaskReport> Mask(const Context& ctx, const postgres::Cluster& cluster,
                        const std::string& database, const domain::SafeCopySettings& settings,
                        const std::string& mark) {
  MaskReport report;
  ASSIGN_OR_RETURN(const MaskColumns columns, LookUp(ctx, cluster, database, settings));
  Script script;
  report.not_there = AddRules(script, columns, settings.rules);
  AddPresets(script, columns, settings);
  ASSIGN_OR_RETURN(auto done, ReadMark(ctx, cluster, database, mark));
  if (!done) {
    RETURN_IF_ERROR(cluster.Execute(
        ctx, database,
        fmt::format(
            "BEGIN;\nSET LOCAL reprise.salt = {};\n"
            "CREATE TEMP TABLE reprise_masked (n integer, rule text, tables text, columns text, "
            "touched bigint);\n{}"
            "DELETE FROM public.ir_config_parameter WHERE key = {};\n"
            "INSERT INTO public.ir_config_parameter (key, value) SELECT {}, {} || "
            "coalesce(json_agg(json_build_object('rule', rule, 'tables', tables, 'columns', "
            "columns, 'touched', touched) ORDER BY n)::text, '[]') FROM pg_temp.reprise_masked;\n"
            "COMMIT;\n",
            QuoteText(RandomHex(16)), script.text(), QuoteText(kMarkKey), QuoteText(kMarkKey),
            QuoteText(mark + " "))));
    ASSIGN_OR_RETURN(done, ReadMark(ctx, cluster, database, mark));
  }
  if (!done) return Fail(ErrorCode::kDatabaseFailed, "what was masked was not noted");
  report.changes = *std::move(done);
  return report;
}

Result<std::set<std::string>> FilesNamed(const Context& ctx, const postgres::Cluster& cluster,
                                         const std::string& database) {
  ASSIGN_OR_RETURN(const auto rows,
                   cluster.Query(ctx, database,
                                 "SELECT DISTINCT store_fname, file_size FROM ONLY "
                                 "public.ir_attachment WHERE store_fname IS NOT NULL"));
  std::set<std::string> files;
  for (const auto& row : rows) files.insert(row.front());
  return files;
}

}  // namespace reprise::odoo
