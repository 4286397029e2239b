#include "catalog/postgres_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace reprise::catalog {
namespace {

// "Key (project_id, name)=(…) already exists.", whatever the language: "t.project_id, t.name". The
// constraint's name where there is no such detail.
std::string TakenKey(const PostgresRefusal& refusal) {
  const std::size_t begin = refusal.detail.find('(');
  const std::size_t end = refusal.detail.find(")=(");
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return refusal.constraint;
  }
  std::string_view columns = std::string_view(refusal.detail).substr(begin + 1, end - begin - 1);
  std::string key;
  while (!columns.empty()) {
    const std::size_t comma = std::min(columns.find(", "), columns.size());
    key += fmt::format("{}{}.{}", key.empty() ? "" : ", ", refusal.table, columns.substr(0, comma));
    columns.remove_prefix(std::min(comma + 2, columns.size()));
  }
  return fmt::format("{} ({})", key, refusal.constraint);
}

}  // namespace

bool IsTransient(std::string_view state) {
  return state == "40001" || state == "40P01";  // serialization failure, deadlock
}

bool MeansConnectionLost(std::string_view state) {
  // Shut down, crashed, starting, its session ended for being idle, too many connections.
  constexpr std::array<std::string_view, 6> kStates = {"57P01", "57P02", "57P03",
                                                       "57P05", "25P03", "53300"};
  constexpr std::string_view kOfUs = "08P01";  // a protocol violation: too few values, mostly
  return (state.starts_with("08") && state != kOfUs) ||
         std::find(kStates.begin(), kStates.end(), state) != kStates.end();
}

Error ErrorOfRefusal(const PostgresRefusal& refusal, std::string_view where) {
  const std::string& state = refusal.state;
  if (state == "23505") {
    return {ErrorCode::kConflict, fmt::format("already taken: {}", TakenKey(refusal))};
  }
  if (state == "23503") {
    return {ErrorCode::kConflict,
            "refers to a project, server, environment or backup that the catalog does not know"};
  }
  if (state == "53100") {
    return {ErrorCode::kNoSpace, fmt::format("no space left for the {}", where),
            "free space on the disk of its server; nothing was changed"};
  }
  if (state == "55P03" || state == "57014") {
    return {ErrorCode::kTimeout, fmt::format("the {} took too long: {}", where, refusal.message),
            "look for what holds it in pg_stat_activity on its server"};
  }
  if (state.starts_with("28") || state == "42501") {
    return {ErrorCode::kPermissionDenied, fmt::format("the {} refused: {}", where, refusal.message),
            "check user and password of the catalog's URL, and that the user owns its tables"};
  }
  return {ErrorCode::kInternal,
          fmt::format("the catalog refused a statement: {} ({})", refusal.message, state)};
}

}  // namespace reprise::catalog
