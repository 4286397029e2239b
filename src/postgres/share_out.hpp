#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/context.hpp"

namespace reprise::postgres {

// What a statement takes beside the bytes that it goes through, as bytes.
inline constexpr std::uint64_t kBesideBytes = 100'000;

// A statement and what it takes, in any unit.
struct WeighedSql {
  std::string sql;
  std::uint64_t weight = 0;
};

// What is to be done with each table, by its quoted name: two sessions would wait for each other on
// the same.
using SqlOfTables = std::map<std::string, WeighedSql>;
[[nodiscard]] std::vector<WeighedSql> StatementsOf(SqlOfTables work);

// Statements that do not depend on each other, as at most `sessions` scripts that take about the
// same time, the heaviest first in each. No script is empty.
[[nodiscard]] std::vector<std::string> ShareOut(std::vector<WeighedSql> statements,
                                                std::size_t sessions);

// Runs all scripts at once, a thread for each. The first failure stops the others.
[[nodiscard]] Status RunSideBySide(
    const Context& ctx, const std::vector<std::string>& scripts,
    const std::function<Status(const Context&, const std::string& script)>& run);

}  // namespace reprise::postgres
