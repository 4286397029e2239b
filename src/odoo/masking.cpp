#include "odoo/masking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "odoo/mask_fields.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

using domain::MaskHow;
using domain::MaskPreset;
using postgres::QuoteName;
using postgres::QuoteText;

constexpr std::string_view kMarkKey = "reprise.masked";
constexpr std::string_view kProjectRule = "project";

struct Column {
  std::string type;  // "character varying", "text", "jsonb", …
  bool nullable = true;
  std::string most;  // characters; empty: no limit
};
using Columns = std::map<std::string, std::map<std::string, Column>>;  // by table, then name

bool IsText(const Column& column) {
  return column.type == "character varying" || column.type == "text" || column.type == "character";
}

// A text that is the same for the same `value`, and says nothing of it.
std::string HashSql(const std::string& value) {
  return fmt::format("md5(current_setting('reprise.salt') || lower(btrim({})))", value);
}

std::string NameSql(const std::string& value) {
  const std::string hash = HashSql(value);
  const auto pick = [&](std::string_view names, int byte) {
    return fmt::format("(ARRAY[{}])[1 + get_byte(decode({}, 'hex'), {}) % 16]", names, hash, byte);
  };
  return fmt::format(
      "{} || ' ' || {} || ' ' || upper(substr({}, 5, 6))",
      pick("'Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gia', 'Hugo', 'Ida', 'Jan', 'Kim', "
           "'Leo', 'Mia', 'Noa', 'Olaf', 'Pia'",
           0),
      pick("'Alder', 'Birch', 'Cedar', 'Dale', 'Elm', 'Field', 'Grove', 'Hill', 'Iris', "
           "'Juniper', 'Knoll', 'Lake', 'Moss', 'North', 'Oak', 'Pine'",
           1),
      hash);
}

std::string EmailSql(const std::string& value) {
  // "Ann <ann@shop.test>" and "ann@shop.test" are the same person.
  const std::string address = fmt::format(
      "coalesce(substring({0} from '[^<>[:space:]\",;]+@[^<>[:space:]\",;]+'), {0})", value);
  return fmt::format("'m' || substr({}, 1, 16) || '@masked.invalid'", HashSql(address));
}

std::string PhoneSql(const std::string& value) {
  // However it is written: only its digits count.
  const std::string digits = fmt::format("regexp_replace({}, '[^0-9]', '', 'g')", value);
  return fmt::format("'+00 ' || translate(substr({}, 1, 10), 'abcdef', '012345')", HashSql(digits));
}

std::string FakeSql(MaskHow how, const std::string& value) {
  switch (how) {
    case MaskHow::kName:
      return NameSql(value);
    case MaskHow::kEmail:
      return EmailSql(value);
    case MaskHow::kPhone:
      return PhoneSql(value);
    case MaskHow::kHash:
    case MaskHow::kBlank:
      break;
  }
  return fmt::format("substr({}, 1, 20)", HashSql(value));
}

struct Change {
  std::string_view column;
  MaskHow how = MaskHow::kBlank;
  std::string_view of;
  std::string_view put;
};

// `"name" = …`; nullopt where the column is of a kind that cannot be changed so.
std::optional<std::string> SetSql(const Change& change, const Column& column) {
  const std::string name = QuoteName(change.column);
  if (change.how == MaskHow::kBlank && change.put.empty()) {
    if (column.nullable) return name + " = NULL";
    if (IsText(column)) return name + " = ''";
    return std::nullopt;
  }
  const std::string value = change.of.empty() ? name : QuoteName(change.of);
  if (column.type == "jsonb") {  // a translated text
    return fmt::format(
        "{0} = CASE WHEN {0} IS NULL THEN NULL ELSE jsonb_build_object('en_US', {1}) END", name,
        change.put.empty() ? FakeSql(change.how, value + "::text")
                           : QuoteText(change.put) + "::text");
  }
  if (!IsText(column)) {
    return column.nullable ? std::optional(name + " = NULL") : std::nullopt;
  }
  std::string fake = change.put.empty() ? FakeSql(change.how, value) : QuoteText(change.put);
  if (!column.most.empty()) fake = fmt::format("left({}, {})", fake, column.most);
  return fmt::format("{0} = CASE WHEN coalesce({0}, '') = '' THEN {0} ELSE {1} END", name, fake);
}

// What becomes of attachments: the row stays with a placeholder in it, of the kind that was there,
// so that no page breaks. Files of the shop itself (assets, products, logos) are no person's.
constexpr std::string_view kAttachmentRows =
    "type = 'binary' AND (store_fname IS NOT NULL OR db_datas IS NOT NULL)"
    " AND coalesce(url, '') NOT LIKE '/web/%' AND coalesce(url, '') NOT LIKE '/website/%'"
    " AND coalesce(res_model, '') NOT IN ('ir.ui.view', 'ir.ui.menu', 'ir.module.module',"
    " 'ir.module.category', 'ir.asset', 'ir.actions.report', 'ir.attachment', 'res.company',"
    " 'res.lang', 'res.country', 'res.currency', 'payment.acquirer', 'payment.provider',"
    " 'payment.icon', 'payment.method', 'product.template', 'product.product', 'product.image',"
    " 'product.category', 'product.public.category', 'pos.category', 'pos.config', 'website',"
    " 'website.menu', 'theme.ir.attachment', 'report.layout')";
// A grey pixel, and a page with a sentence.
constexpr std::string_view kPixel =
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441"
    "54789c6338010000ca00c999ca5d7e0000000049454e44ae426082";
constexpr std::string_view kPage =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]>>endobj\n"
    "trailer<</Root 1 0 R>>\n";
constexpr std::string_view kSentence = "This file was masked when the copy was made.\n";

std::string AttachmentSql(const Columns& columns) {
  const auto found = columns.find("ir_attachment");
  if (found == columns.end()) return {};
  const auto has = [&](const char* name) { return found->second.contains(name); };
  const auto choose = [](std::string_view image, std::string_view pdf, std::string_view other) {
    return fmt::format(
        "CASE WHEN mimetype LIKE 'image/%' THEN {} WHEN mimetype = 'application/pdf' THEN {} "
        "ELSE {} END",
        image, pdf, other);
  };
  const auto bytes = [](std::string_view text) {
    return fmt::format("convert_to({}, 'UTF8')", QuoteText(text));
  };
  const std::string content =
      choose(fmt::format("decode({}, 'hex')", QuoteText(kPixel)), bytes(kPage), bytes(kSentence));
  const auto sha1 = [](const std::string& text) {
    return QuoteText(HashOf(HashKind::kSha1, text));
  };
  // Held by the database itself: Odoo reads both, and a copy without files has them too.
  std::string sets =
      fmt::format("store_fname = NULL, db_datas = {0}, file_size = length({0}), mimetype = {1}",
                  content, choose("'image/png'", "'application/pdf'", "'text/plain'"));
  if (has("checksum")) {
    sets += ", checksum = " +
            choose(sha1(FromHex(kPixel)), sha1(std::string(kPage)), sha1(std::string(kSentence)));
  }
  if (has("index_content")) sets += ", index_content = NULL";
  if (has("description")) sets += ", description = NULL";
  sets += ", name = CASE WHEN res_field IS NOT NULL THEN name ELSE 'attachment-' || id || " +
          choose("'.png'", "'.pdf'", "'.txt'") + " END";
  return fmt::format("UPDATE public.ir_attachment SET {} WHERE {} RETURNING 1", sets,
                     kAttachmentRows);
}

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
                 const std::vector<Change>& changes, const std::map<std::string, Column>& columns) {
    std::string sets;
    std::string names;
    for (const Change& change : changes) {
      const auto column = columns.find(std::string(change.column));
      if (column == columns.end()) continue;
      if (!change.of.empty() && !columns.contains(std::string(change.of))) continue;
      const auto set = SetSql(change, column->second);
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
std::vector<std::pair<std::string, std::vector<Change>>> ChangesOf(
    MaskPreset preset, const std::vector<domain::MaskRule>& rules) {
  std::vector<std::pair<std::string, std::vector<Change>>> tables;
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

void AddPreset(Script& script, const Columns& columns, MaskPreset preset,
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
  const std::string statement = AttachmentSql(columns);
  if (statement.empty()) return;
  script.Add(NameOf(preset), "ir_attachment", "store_fname, db_datas, name", statement);
}

void AddPresets(Script& script, const Columns& columns, const domain::SafeCopySettings& settings) {
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
std::vector<std::string> AddRules(Script& script, const Columns& columns,
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

Result<Columns> LookUp(const Context& ctx, const postgres::Cluster& cluster,
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
  Columns columns;
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
  ASSIGN_OR_RETURN(const Columns columns, LookUp(ctx, cluster, database, settings));
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
