#include "storage/xml_text.hpp"

#include <array>
#include <utility>

namespace reprise::storage {
namespace {

using Pair = std::pair<std::string_view, char>;
constexpr std::array kEntities = {Pair{"&lt;", '<'},   Pair{"&gt;", '>'},    Pair{"&quot;", '"'},
                                  Pair{"&#34;", '"'},  Pair{"&apos;", '\''}, Pair{"&#39;", '\''},
                                  Pair{"&#x2F;", '/'}, Pair{"&#47;", '/'},   Pair{"&#xD;", '\r'},
                                  Pair{"&amp;", '&'}};

}  // namespace

std::vector<std::string_view> XmlElements(std::string_view xml, std::string_view name) {
  std::vector<std::string_view> found;
  const std::string open = "<" + std::string(name);
  const std::string close = "</" + std::string(name) + ">";
  std::size_t at = 0;
  while ((at = xml.find(open, at)) != std::string_view::npos) {
    const std::size_t after = at + open.size();
    at = after;
    if (after >= xml.size() || (xml[after] != '>' && xml[after] != ' ')) continue;  // <name…
    const std::size_t begin = xml.find('>', after);
    if (begin == std::string_view::npos) break;
    const std::size_t end = xml.find(close, begin);
    if (end == std::string_view::npos) break;
    found.push_back(xml.substr(begin + 1, end - begin - 1));
    at = end + close.size();
  }
  return found;
}

std::string XmlText(std::string_view xml, std::string_view name) {
  const auto found = XmlElements(xml, name);
  if (found.empty()) return {};
  std::string_view raw = found.front();
  std::string text;
  while (!raw.empty()) {
    std::size_t taken = 1;
    char c = raw.front();
    for (const auto& [entity, meant] : kEntities) {
      if (!raw.starts_with(entity)) continue;
      c = meant;
      taken = entity.size();
      break;
    }
    text += c;
    raw.remove_prefix(taken);
  }
  return text;
}

std::string XmlEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace reprise::storage
