#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::catalog {

// What a PostgreSQL server said of a statement that it refused.
struct PostgresRefusal {
  std::string state;  // SQLSTATE
  std::string message;
  std::string detail;
  std::string table;
  std::string constraint;
};

// In our codes, and in the words that SQLite has for it: a taken unique key names its columns as
// "environment.project_id, environment.name". Tells no values.
[[nodiscard]] Error ErrorOfRefusal(const PostgresRefusal& refusal, std::string_view where);

// The server rolled the transaction back for the sake of others, or since it is ending: the same
// transaction may succeed if run again.
[[nodiscard]] bool IsTransient(std::string_view state);
// The connection cannot be used any more, or no longer leads to a server that takes writes.
[[nodiscard]] bool MeansConnectionLost(std::string_view state);

}  // namespace reprise::catalog
