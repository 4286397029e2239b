#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::postgres {

// A statement and what it takes, in any unit.
struct WeighedSql {
  std::string sql;
  std::uint64_t weight = 0;
};

// Statements that do not depend on each other, as at most `sessions` scripts that take about the
// same time, the heaviest first in each. No script is empty.
[[nodiscard]] std::vector<std::string> ShareOut(std::vector<WeighedSql> statements,
                                                std::size_t sessions);

}  // namespace reprise::postgres
