#include "postgres/share_out.hpp"

#include <algorithm>

namespace reprise::postgres {

std::vector<std::string> ShareOut(std::vector<WeighedSql> statements, std::size_t sessions) {
  std::stable_sort(statements.begin(), statements.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  std::vector<WeighedSql> scripts(std::min(std::max<std::size_t>(sessions, 1), statements.size()));
  for (WeighedSql& statement : statements) {
    const auto least =
        std::min_element(scripts.begin(), scripts.end(),
                         [](const auto& a, const auto& b) { return a.weight < b.weight; });
    least->sql += statement.sql + '\n';
    least->weight += std::max<std::uint64_t>(statement.weight, 1);
  }
  std::vector<std::string> texts;
  texts.reserve(scripts.size());
  for (WeighedSql& script : scripts) texts.push_back(std::move(script.sql));
  return texts;
}

}  // namespace reprise::postgres
