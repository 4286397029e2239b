#include "base/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace reprise {
namespace {

struct Row {
  ErrorCode code;
  ErrorTraits traits;
};

// Exit codes: 1 failed, 2 usage, 3 not found, 4 refused (permission, confirmation), 5 conflict,
// 6 bad backup, 7 no space, 8 the server or engine cannot be reached, 9 cancelled.
constexpr std::array kTable = {
    Row{ErrorCode::kInvalidArgument, {"invalid_argument", 422, 2}},
    Row{ErrorCode::kMalformedRequest, {"malformed_request", 400, 2}},
    Row{ErrorCode::kUnauthenticated, {"unauthenticated", 401, 4}},
    Row{ErrorCode::kSecondFactorRequired, {"second_factor_required", 401, 4}},
    Row{ErrorCode::kTooManyRequests, {"too_many_requests", 429, 4}},
    Row{ErrorCode::kPermissionDenied, {"permission_denied", 403, 4}},
    Row{ErrorCode::kNotFound, {"not_found", 404, 3}},
    Row{ErrorCode::kConflict, {"conflict", 409, 5}},
    Row{ErrorCode::kTargetBusy, {"target_busy", 409, 5}},
    Row{ErrorCode::kNameTaken, {"name_taken", 409, 5}},
    Row{ErrorCode::kConfirmationMissing, {"confirmation_missing", 412, 4}},
    Row{ErrorCode::kBackupNotAvailable, {"backup_not_available", 400, 6}},
    Row{ErrorCode::kPayloadTooLarge, {"payload_too_large", 413, 2}},
    Row{ErrorCode::kNoSpace, {"no_space", 507, 7}},
    Row{ErrorCode::kQuotaExceeded, {"quota_exceeded", 409, 5}},
    Row{ErrorCode::kArchiveCorrupt, {"archive_corrupt", 422, 6}},
    Row{ErrorCode::kArchiveHostile, {"archive_hostile", 422, 6}},
    Row{ErrorCode::kFormatUnsupported, {"format_unsupported", 422, 6}},
    Row{ErrorCode::kDumpFailed, {"dump_failed", 500, 1}},
    Row{ErrorCode::kLoadFailed, {"load_failed", 500, 6}},
    Row{ErrorCode::kProofFailed, {"proof_failed", 500, 6}},
    Row{ErrorCode::kIncompatible, {"incompatible", 409, 6}},
    Row{ErrorCode::kContainerMissing, {"container_missing", 409, 1}},
    Row{ErrorCode::kContainerFailed, {"container_failed", 500, 1}},
    Row{ErrorCode::kUnhealthy, {"unhealthy", 500, 1}},
    Row{ErrorCode::kEngineUnavailable, {"engine_unavailable", 503, 8}},
    Row{ErrorCode::kDatabaseFailed, {"database_failed", 500, 1}},
    Row{ErrorCode::kUnavailable, {"unavailable", 503, 8}},
    Row{ErrorCode::kStorageFailed, {"storage_failed", 503, 8}},
    Row{ErrorCode::kIo, {"io_error", 500, 1}},
    Row{ErrorCode::kTimeout, {"timeout", 504, 8}},
    Row{ErrorCode::kCancelled, {"cancelled", 409, 9}},
    Row{ErrorCode::kLeaseLost, {"lease_lost", 409, 1}},
    Row{ErrorCode::kInternal, {"internal", 500, 1}},
};

}  // namespace

ErrorTraits TraitsOf(ErrorCode code) {
  for (const Row& row : kTable) {
    if (row.code == code) return row.traits;
  }
  return {"internal", 500, 1};
}

std::string_view NameOf(ErrorCode code) { return TraitsOf(code).name; }

ErrorCode ErrorCodeFromName(std::string_view name) {
  for (const Row& row : kTable) {
    if (row.traits.name == name) return row.code;
  }
  return ErrorCode::kInternal;
}

std::string Error::Sentence() const {
  if (context.empty()) return message;
  return fmt::format("{} ({})", message, fmt::join(context, ", "));
}

Error ErrnoError(int number, std::string_view what) {
  const std::string reason = std::generic_category().message(number);
  if (number == ENOSPC || number == EDQUOT) {
    return Error{ErrorCode::kNoSpace, fmt::format("no space left for {}", what),
                 "free space on that disk, then try again"};
  }
  const ErrorCode code = number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error{code, fmt::format("{}: {}", what, reason)};
}

}  // namespace reprise
