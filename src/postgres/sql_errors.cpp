#include "postgres/sql_errors.hpp"

#include <fmt/format.h>

#include "base/lines.hpp"

namespace reprise::postgres {
namespace {

bool Has(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

}  // namespace

std::string FirstComplaint(std::string_view standard_error) {
  const std::vector<std::string> lines = SplitLines(standard_error);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (!Has(line, "ERROR:") && !Has(line, "FATAL:") && !Has(line, "error:")) continue;
    std::string sentence(TrimSpace(line));
    // "psql:<stdin>:812: ERROR: …" and "pg_restore: error: …" say where; DETAIL says why.
    for (std::size_t next = i + 1; next < lines.size() && next <= i + 4; ++next) {
      if (lines[next].starts_with("DETAIL:") || lines[next].starts_with("CONTEXT:")) {
        sentence += fmt::format(" ({})", TrimSpace(lines[next]));
      }
    }
    return sentence;
  }
  return lines.empty() ? std::string() : std::string(TrimSpace(lines.back()));
}

Error PsqlError(std::string_view standard_error, std::string_view container) {
  const std::string line = FirstComplaint(standard_error);
  if (Has(line, "No space left on device")) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("the disk of PostgreSQL in {} is full: {}", container, line),
                 "free space on the volume of that container, then try again"};
  }
  if (line.empty()) {
    return Error{ErrorCode::kDatabaseFailed,
                 fmt::format("PostgreSQL in {} refused: it gave no reason", container),
                 fmt::format("see whether its server's disk is full, and what its log says: "
                             "docker logs {} --tail 100",
                             container)};
  }
  return Error{ErrorCode::kDatabaseFailed,
               fmt::format("PostgreSQL in {} refused: {}", container, line)};
}

Error LoadError(std::string_view program, std::string_view standard_error) {
  const std::string complaint = FirstComplaint(standard_error);
  if (Has(standard_error, "No space left on device")) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("the disk filled up while the dump was loaded: {}", complaint),
                 "free space on the volume of the database container, then try again"};
  }
  if (Has(standard_error, "unsupported version")) {
    return Error{
        ErrorCode::kIncompatible,
        fmt::format("the dump was made by a newer pg_dump than the target can read: {}", complaint),
        "restore into an environment with the same or a newer PostgreSQL"};
  }
  return Error{ErrorCode::kLoadFailed,
               fmt::format("{} stopped at the first error of the dump: {}", program,
                           complaint.empty() ? "it gave no reason" : complaint),
               "the dump does not load as it is; use another backup, or mend the dump and import "
               "it again"};
}

}  // namespace reprise::postgres
