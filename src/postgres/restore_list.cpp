#include "postgres/restore_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/lines.hpp"

namespace reprise::postgres {
namespace {

// "215; 1259 16386 TABLE public res_users odoo" → "TABLE public res_users odoo"
std::string_view WithoutNumbers(std::string_view line) {
  const auto is_number = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == ';' || c == ' ';
  };
  const auto* start = std::find_if_not(line.begin(), line.end(), is_number);
  return line.substr(static_cast<std::size_t>(start - line.begin()));
}

// Type, and what stands in the schema's place where that matters.
constexpr std::array<std::string_view, 8> kLeftOut = {
    "EXTENSION ",   "ACL ",          "DEFAULT ACL ",     "EVENT TRIGGER ",
    "PUBLICATION ", "SUBSCRIPTION ", "SCHEMA - public ", "SCHEMA public "};

bool IsLeftOut(std::string_view entry) {
  // "COMMENT - EXTENSION pg_trgm": what it is on decides.
  for (const std::string_view about : {"COMMENT - ", "SECURITY LABEL - "}) {
    if (entry.starts_with(about)) entry.remove_prefix(about.size());
  }
  return std::any_of(kLeftOut.begin(), kLeftOut.end(),
                     [&](std::string_view kind) { return entry.starts_with(kind); });
}

// "FK CONSTRAINT public …", and "COMMENT public CONSTRAINT …", which does not say of which kind.
bool IsAboutForeignKeys(std::string_view entry) {
  if (entry.starts_with("FK CONSTRAINT ")) return true;
  // Anywhere, since a schema's name may have spaces: any comment may come last.
  return entry.starts_with("COMMENT ") && entry.find(" CONSTRAINT ") != std::string_view::npos;
}

struct EntryType {
  std::string_view name;
  std::string_view but = {};  // not this one, which begins alike
};
constexpr std::array<EntryType, 7> kSeen = {{{"TABLE ", "TABLE DATA "},
                                             {"VIEW "},
                                             {"MATERIALIZED VIEW ", "MATERIALIZED VIEW DATA "},
                                             {"SEQUENCE ", "SEQUENCE SET "},
                                             {"INDEX ", "INDEX ATTACH "},
                                             {"CONSTRAINT "},
                                             {"DEFAULT "}}};

// "EXTENSION - pg_trgm " → "pg_trgm"
std::string ExtensionOf(std::string_view entry) {
  constexpr std::string_view kMark = "EXTENSION - ";
  if (!entry.starts_with(kMark)) return {};
  const std::string_view rest = TrimSpace(entry.substr(kMark.size()));
  return std::string(rest.substr(0, rest.find(' ')));
}

}  // namespace

bool IsSeenInCatalog(std::string_view entry) {
  if (entry.starts_with("SEQUENCE OWNED BY ")) return false;
  return std::any_of(kSeen.begin(), kSeen.end(), [&](const EntryType& type) {
    return entry.starts_with(type.name) && (type.but.empty() || !entry.starts_with(type.but));
  });
}

RestoreList ChooseEntries(std::string_view listing) {
  RestoreList chosen;
  std::size_t comments = 0;
  for (const std::string& line : SplitLines(listing)) {
    if (line.empty() || line.front() == ';') continue;
    const std::string_view entry = WithoutNumbers(line);
    if (std::string name = ExtensionOf(entry); !name.empty()) {
      chosen.extensions.push_back(std::move(name));
    }
    if (IsLeftOut(entry)) continue;
    if (IsAboutForeignKeys(entry)) {
      chosen.foreign_keys += line + "\n";
      ++chosen.foreign_key_entries;
    } else if (entry.starts_with("COMMENT ")) {
      if (comments++ % kMostCommentsAtOnce == 0) chosen.comments.emplace_back();
      chosen.comments.back() += line + "\n";
    } else {
      chosen.list += line + "\n";
      ++chosen.entries;
      if (IsSeenInCatalog(entry)) ++chosen.seen;
    }
  }
  return chosen;
}

}  // namespace reprise::postgres
