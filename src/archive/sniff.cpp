#include "archive/sniff.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace reprise::archive {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

bool LooksLikeText(std::string_view first) {
  return std::none_of(first.begin(), first.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\b';
  });
}

// Past blank space and "--" comments.
std::string_view FirstStatement(std::string_view text) {
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  while (true) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    if (!text.starts_with("--")) return text;
    const std::size_t line_end = text.find('\n');
    if (line_end == std::string_view::npos) return {};
    text.remove_prefix(line_end);
  }
}

bool LooksLikeSql(std::string_view first) {
  if (first.empty() || !LooksLikeText(first)) return false;
  if (first.find("PostgreSQL database dump") != std::string_view::npos) return true;
  const std::string_view statement = FirstStatement(first);
  const std::size_t word_end = statement.find_first_of(" \t\r\n;(");
  std::string word(statement.substr(0, word_end));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::array<std::string_view, 12> kFirstWords = {
      "SET",  "SELECT", "CREATE", "ALTER",   "COPY",       "INSERT",
      "DROP", "BEGIN",  "START",  "COMMENT", "\\RESTRICT", "\\CONNECT"};
  return std::find(kFirstWords.begin(), kFirstWords.end(), word) != kFirstWords.end();
}

}  // namespace

Content Sniff(std::string_view first) {
  if (first.starts_with("PK\x03\x04") || first.starts_with("PK\x05\x06")) return Content::kZip;
  if (first.starts_with("PGDMP")) return Content::kCustomDump;
  if (first.starts_with("\x1f\x8b")) return Content::kGzip;
  if (first.starts_with("\x28\xb5\x2f\xfd")) return Content::kZstd;
  if (LooksLikeSql(first)) return Content::kSql;
  return Content::kUnknown;
}

std::string_view DescribeUnknown(std::string_view first) {
  constexpr std::size_t kTarMagic = 257;
  if (first.empty()) return "an empty file";
  if (first.size() > kTarMagic + 5 && first.substr(kTarMagic, 5) == "ustar") {
    return "a tar archive";
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kKnown = {{
      {"BZh", "bzip2 data"},
      {"\xFD\x37zXZ", "xz data"},
      {"7z\xBC\xAF\x27\x1C", "a 7z archive"},
      {"Rar!", "a rar archive"},
      {"SQLite format 3", "an SQLite database"},
      {"%PDF", "a PDF"},
      {"PK\x07\x08", "a zip in several volumes"},
  }};
  for (const auto& [magic, what] : kKnown) {
    if (first.starts_with(magic)) return what;
  }
  if (first.starts_with("<") && LooksLikeText(first)) {
    return "a web page or XML (an error page saved in its place?)";
  }
  if (std::all_of(first.begin(), first.end(), [](char c) { return c == '\0'; })) {
    return "nothing but zero bytes";
  }
  return LooksLikeText(first) ? "text, but not SQL" : "unknown binary data";
}

}  // namespace reprise::archive
