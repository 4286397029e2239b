#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace reprise {

// What went wrong, as the API, the CLI and the journal name it. The name, the HTTP status and the
// exit code of each stand in one table (error.cpp); names are stable, clients may depend on them.
enum class ErrorCode {
  kInvalidArgument,   // a field of a request is wrong; Error::field says which
  kMalformedRequest,  // not even readable as a request
  kUnauthenticated,
  kSecondFactorRequired,  // the password was right, the code of the second factor is missing
  kTooManyRequests,
  kPermissionDenied,
  kNotFound,
  kConflict,    // the state changed, or does not allow this
  kTargetBusy,  // another task runs on the same target
  kNameTaken,
  kConfirmationMissing,
  kBackupNotAvailable,  // not completed, not verified, or its file is gone
  kPayloadTooLarge,
  kNoSpace,            // a disk or volume is too small
  kQuotaExceeded,      // the organization has as much as it may have
  kArchiveCorrupt,     // truncated, altered, or internally inconsistent
  kArchiveHostile,     // holds something that no backup holds: links, "..", commands
  kFormatUnsupported,  // not a backup that we know
  kDumpFailed,         // pg_dump
  kLoadFailed,         // an SQL error while loading a dump
  kProofFailed,        // loaded, but not what the backup promised
  kIncompatible,       // versions, modules or extensions do not fit
  kContainerMissing,
  kContainerFailed,
  kUnhealthy,          // Odoo did not come up
  kEngineUnavailable,  // the Docker Engine does not answer
  kDatabaseFailed,     // PostgreSQL refused a statement of ours
  kUnavailable,        // the catalog's server cannot be reached just now: try again
  kStorageFailed,
  kIo,
  kTimeout,
  kCancelled,
  kLeaseLost,  // another worker owns the task by now
  kInternal,
};

struct ErrorTraits {
  std::string_view name;  // "no_space"
  int http_status;
  int exit_code;
};
[[nodiscard]] ErrorTraits TraitsOf(ErrorCode code);
[[nodiscard]] std::string_view NameOf(ErrorCode code);
// The code with this name; kInternal for a name that we do not know.
[[nodiscard]] ErrorCode ErrorCodeFromName(std::string_view name);

// A failure, told to a person: `message` says what and where, `hint` what to do, `context` where it
// happened from the inside out ("while loading dump.sql"). Never holds secrets.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string hint = {};
  std::vector<std::string> context = {};
  std::string field = {};  // JSON pointer into the request, for kInvalidArgument

  Error&& While(std::string what) && {
    context.push_back(std::move(what));
    return std::move(*this);
  }
  Error&& WithHint(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
  }
  // "message (while loading dump.sql, while restoring shop)", without the hint.
  [[nodiscard]] std::string Sentence() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
[[nodiscard]] inline tl::unexpected<Error> Fail(ErrorCode code, std::string message,
                                                std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint)});
}
// The failure of errno `number` on `what`: ENOSPC is kNoSpace, ENOENT kNotFound, the rest kIo.
[[nodiscard]] Error ErrnoError(int number, std::string_view what);

}  // namespace reprise

#define REPRISE_CONCAT_INNER(a, b) a##b
#define REPRISE_CONCAT(a, b) REPRISE_CONCAT_INNER(a, b)

// Returns the failure of `expression` (a Status or Result) from the enclosing function.
#define RETURN_IF_ERROR(expression)                                   \
  do {                                                                \
    auto status_ = (expression);                                      \
    if (!status_) return ::reprise::Fail(std::move(status_.error())); \
  } while (false)

// ASSIGN_OR_RETURN(auto value, Compute()): the value, or the failure is returned.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_IMPL(REPRISE_CONCAT(result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_IMPL(result, target, expression)         \
  auto result = (expression);                                     \
  if (!result) return ::reprise::Fail(std::move(result.error())); \
  target = std::move(*result)
