#include "odoo/mask_sql.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/hex.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

using domain::MaskHow;
using postgres::QuoteName;
using postgres::QuoteText;

bool IsText(const MaskColumn& column) {
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

}  // namespace

std::optional<std::string> MaskSetSql(const MaskOfColumn& change, const MaskColumn& column) {
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

std::string MaskAttachmentsSql(const MaskColumns& columns) {
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

}  // namespace reprise::odoo
