#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::postgres {

// The one sentence that matters out of psql's, pg_dump's or pg_restore's standard error: the first
// "ERROR:" with its DETAIL and where it stood, else the last line. Empty when there is none.
[[nodiscard]] std::string FirstComplaint(std::string_view standard_error);

// The failure of a psql that was asked in a container: kNoSpace or kDatabaseFailed.
[[nodiscard]] Error PsqlError(std::string_view standard_error, std::string_view container);

// The failure of a program that loads a dump: kNoSpace, kIncompatible (a dump newer than the tools)
// or kLoadFailed, with a hint.
[[nodiscard]] Error LoadError(std::string_view program, std::string_view standard_error);

}  // namespace reprise::postgres
