#include "postgres/share_out.hpp"

#include <algorithm>

#include "base/task_group.hpp"

namespace reprise::postgres {

std::vector<WeighedSql> StatementsOf(SqlOfTables work) {
  std::vector<WeighedSql> statements;
  statements.reserve(work.size());
  for (auto& [table, statement] : work) statements.push_back(std::move(statement));
  return statements;
}

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

Status RunSideBySide(const Context& ctx, const std::vector<std::string>& scripts,
                     const std::function<Status(const Context&, const std::string& script)>& run) {
  TaskGroup sessions(ctx);
  for (const std::string& script : scripts) {
    sessions.Spawn([&](const Context& inner) { return run(inner, script); });
  }
  return sessions.Join();
}

}  // namespace reprise::postgres
