#include "storage/ftp_listing.hpp"

#include <charconv>
#include <optional>

namespace reprise::storage {
namespace {

template <class Take>
void EachLine(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) take(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  return words;
}

std::optional<ByteCount> Number(std::string_view text) {
  ByteCount number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool SameText(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// "type=file;size=5;modify=20261126150000; name"
std::optional<FtpEntry> EntryOfFacts(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  FtpEntry entry{std::string(line.substr(space + 1))};
  std::string_view facts = line.substr(0, space);
  std::optional<ByteCount> size;
  std::string_view type;
  while (!facts.empty()) {
    const std::size_t end = std::min(facts.find(';'), facts.size());
    const std::string_view fact = facts.substr(0, end);
    const std::size_t equals = std::min(fact.find('='), fact.size());
    const std::string_view value = fact.substr(std::min(equals + 1, fact.size()));
    if (SameText(fact.substr(0, equals), "type")) type = value;
    if (SameText(fact.substr(0, equals), "size")) size = Number(value);
    facts.remove_prefix(std::min(end + 1, facts.size()));
  }
  entry.is_folder = SameText(type, "dir");
  if (!entry.is_folder && !(SameText(type, "file") && size)) return std::nullopt;
  if (!entry.is_folder) entry.size = *size;
  return entry;
}

// "-rw-r--r-- 1 owner group 5 Nov 26 15:00 name", or without the group.
std::optional<FtpEntry> EntryOfUnix(const std::vector<std::string_view>& words) {
  if (words.size() != 8 && words.size() != 9) return std::nullopt;
  const char kind = words.front().front();
  if (kind != 'd' && kind != '-') return std::nullopt;
  const std::optional<ByteCount> size = Number(words[words.size() - 5]);
  if (!size || !Number(words[words.size() - 3])) return std::nullopt;
  return FtpEntry{std::string(words.back()), kind == 'd', kind == 'd' ? 0 : *size};
}

// "11-26-26  03:00PM  <DIR>  name", or with the size.
std::optional<FtpEntry> EntryOfWindows(const std::vector<std::string_view>& words) {
  if (words.size() != 4 || words[0].find('-') == std::string_view::npos) return std::nullopt;
  const bool is_folder = words[2] == "<DIR>";
  const std::optional<ByteCount> size = Number(words[2]);
  if (!is_folder && !size) return std::nullopt;
  return FtpEntry{std::string(words[3]), is_folder, size.value_or(0)};
}

void Add(std::optional<FtpEntry> entry, std::vector<FtpEntry>& entries) {
  if (!entry || entry->name.empty() || entry->name == "." || entry->name == "..") return;
  entries.push_back(std::move(*entry));
}

}  // namespace

std::vector<FtpEntry> ParseMlsd(std::string_view text) {
  std::vector<FtpEntry> entries;
  EachLine(text, [&](std::string_view line) { Add(EntryOfFacts(line), entries); });
  return entries;
}

std::vector<FtpEntry> ParseList(std::string_view text) {
  std::vector<FtpEntry> entries;
  EachLine(text, [&](std::string_view line) {
    const std::vector<std::string_view> words = Words(line);
    if (words.empty()) return;
    std::optional<FtpEntry> entry = EntryOfUnix(words);
    Add(entry ? std::move(entry) : EntryOfWindows(words), entries);
  });
  return entries;
}

}  // namespace reprise::storage
