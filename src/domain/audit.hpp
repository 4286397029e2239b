#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

// The audit log's rows and the chain that holds them together (docs/audit.md): no I/O, so that an
// export can be verified on any machine.
namespace reprise::domain {

enum class AuditActor {
  kNobody,        // has not signed in
  kUser,          // a person with a session
  kToken,         // a person's API token
  kInstallation,  // the installation's own key
  kSystem,        // Reprise itself
};
enum class AuditResult {
  kDone,     // the change was made, or the bytes were given out
  kRefused,  // not allowed, wrong, or in the way of something
  kFailed,   // something broke
};

[[nodiscard]] std::string_view NameOf(AuditActor value);
[[nodiscard]] std::string_view NameOf(AuditResult value);
[[nodiscard]] std::optional<AuditActor> ParseAuditActor(std::string_view text);
[[nodiscard]] std::optional<AuditResult> ParseAuditResult(std::string_view text);

// One row: who did what, to what, from where, and what came of it. Texts are "" when absent.
struct AuditEntry {
  std::int64_t number = 0;  // 1, 2, 3 … without a gap
  Instant at;
  AuditActor actor = AuditActor::kNobody;
  std::string actor_id;    // of the person
  std::string actor_name;  // as it was then
  std::string token_id;
  std::string address;
  std::string request_id;
  std::string action;  // "startRestore": the call, as openapi.yaml names it
  std::string object_kind;
  std::string object_id;
  std::string organization_id;
  std::string project_id;
  AuditResult result = AuditResult::kDone;
  int status = 0;       // of the answer; 0 when it was not known yet
  std::string details;  // a JSON object of names and ids that the call gave; never a secret
  std::string previous_hash;
  std::string hash;
};

// What the first row comes after.
[[nodiscard]] std::string AuditGenesis();
// SHA-256 over the previous row's hash and every field of this one, each with its length before it.
[[nodiscard]] std::string HashOf(const AuditEntry& entry);

// Reads rows one after the other and finds the first that does not fit.
class AuditChain {
 public:
  // A whole log begins with row 1. An organization's part of one has gaps: there each row is held
  // against its own hash only.
  enum class Extent { kWhole, kPart };
  explicit AuditChain(Extent extent) : extent_(extent) {}

  // kArchiveCorrupt with the row and how it is wrong.
  [[nodiscard]] Status Add(const AuditEntry& entry);
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::int64_t last_number() const { return last_number_; }
  [[nodiscard]] const std::string& head() const { return head_; }

 private:
  Extent extent_;
  std::int64_t count_ = 0;
  std::int64_t last_number_ = 0;
  std::string head_ = AuditGenesis();
};

}  // namespace reprise::domain
