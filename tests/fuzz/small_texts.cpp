// The parsers of short texts: the first byte says which one.

#include "archive/attachment_scanner.hpp"
#include "archive/filestore_index.hpp"
#include "archive/manifest.hpp"
#include "archive/sniff.hpp"
#include "base/clock.hpp"
#include "base/hex.hpp"
#include "base/json_fields.hpp"
#include "catalog/postgres_text.hpp"
#include "domain/cron_expression.hpp"
#include "input.hpp"
#include "postgres/restore_list.hpp"
#include "postgres/sql_errors.hpp"
#include "storage/object_key.hpp"
#include "storage/recipe.hpp"
#include "storage/xml_text.hpp"

namespace {

using namespace reprise;

void Index(const std::string& text) {
  const auto files = archive::ParseFilestoreIndex(text);
  if (files) fuzz::Require(archive::WriteFilestoreIndex(*files) == text);
}

void ManifestText(const std::string& text) {
  const auto manifest = archive::ParseManifest(text);
  if (!manifest) return;
  const std::string written = archive::WriteManifest(*manifest);
  const auto again = archive::ParseManifest(written);
  fuzz::Require(again && archive::WriteManifest(*again) == written);
}

void Cron(const std::string& text) {
  const auto expression = domain::CronExpression::Parse(text);
  if (!expression) return;
  fuzz::Require(!expression->Sentence().empty());
  const Instant now = FromMicros(1'700'000'000'000'000);
  const auto next = expression->NextAfter(now, domain::TimeZone::Utc());
  if (next) fuzz::Require(*next > now);
}

void Attachments(const std::string& text) {
  const std::size_t line = text.find('\n');
  if (line == std::string::npos) return;
  archive::AttachmentScanner scanner;
  if (scanner.Begin(text.substr(0, line))) scanner.Feed(std::string_view(text).substr(line + 1));
}

void TableOfContents(const std::string& text) {
  const postgres::RestoreList chosen = postgres::ChooseEntries(text);
  // What was chosen stays chosen.
  fuzz::Require(postgres::ChooseEntries(chosen.list).list == chosen.list);
  static_cast<void>(postgres::LoadError("pg_restore", text));
  static_cast<void>(postgres::FirstComplaint(text));
}

void Xml(const std::string& text) {
  for (const std::string_view element : storage::XmlElements(text, "Contents")) {
    static_cast<void>(storage::XmlText(element, "Key"));
  }
  static_cast<void>(storage::XmlEscape(text));
}

void Plain(const std::string& text) {
  static_cast<void>(ParseInstant(text));
  static_cast<void>(ParseJson(text));
  static_cast<void>(FromHex(text));
  static_cast<void>(archive::Sniff(text));
  static_cast<void>(archive::DescribeUnknown(text));
  const std::string storable = catalog::StorableText(text);
  fuzz::Require(catalog::StorableText(storable) == storable);
  // No part of a key leads upwards.
  if (storage::CheckKey(text)) fuzz::Require(("/" + text + "/").find("/../") == std::string::npos);
}

void Recipe(const std::string& text) {
  const auto recipe = storage::ParseRecipe("a.recipe", text);
  if (!recipe) return;
  for (const storage::RecipeRange& range : recipe->ranges) {
    fuzz::Require(range.offset + range.length <= recipe->parts.at(range.part).size);
  }
  const auto again = storage::ParseRecipe("a.recipe", storage::WriteRecipe(*recipe));
  fuzz::Require(again && *again == *recipe);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array kParsers = {Index,           ManifestText, Cron,  Attachments,
                                   TableOfContents, Xml,          Plain, Recipe};
  kParsers.at(data[0] % kParsers.size())(fuzz::TextOf(data + 1, size - 1));
  return 0;
}
