#include "archive/printable.hpp"

namespace reprise::archive {

std::string Printable(std::string_view name) {
  constexpr std::size_t kMost = 120;
  std::string text = "\"";
  for (const char c : name.substr(0, kMost)) {
    const auto octet = static_cast<unsigned char>(c);
    text.push_back(octet < 0x20 || octet >= 0x7F || c == '"' ? '?' : c);
  }
  text += name.size() > kMost ? "…\"" : "\"";
  return text;
}

}  // namespace reprise::archive
