#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

std::string Doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == '\0') continue;  // PostgreSQL has no text with a zero byte
    if (c == quote) out.push_back(c);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

std::string QuoteName(std::string_view name) { return Doubled(name, '"'); }

std::string QuoteText(std::string_view text) {
  std::string out = Doubled(text, '\'');
  if (out.find('\\') == std::string::npos) return out;
  std::string escaped = "E";
  for (const char c : out) {
    if (c == '\\') escaped.push_back(c);
    escaped.push_back(c);
  }
  return escaped;
}

}  // namespace reprise::postgres
