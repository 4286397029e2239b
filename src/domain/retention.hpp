#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/backup.hpp"
#include "domain/time_zone.hpp"

namespace reprise::domain {

// How long backups of an environment are kept. Of the scheduled ones that are verified: the newest
// of each of the last `daily` days that have one, and likewise of weeks, months and years.
struct RetentionPolicy {
  int daily = 7;
  int weekly = 4;
  int monthly = 12;
  int yearly = 2;
  int before_changes_days = 30;   // those taken before a restore, an upgrade, …; 0: until deleted
  int manual_days = 0;            // those that a person asked for; 0: until deleted
  std::string time_zone = "UTC";  // whose days, weeks, months and years

  bool operator==(const RetentionPolicy&) const = default;
};

// kInvalidArgument when it would keep no scheduled backup, or a number is out of its limits.
[[nodiscard]] Status CheckPolicy(const RetentionPolicy& policy);

// A completed backup, as far as the rule looks at it.
struct RetainedBackup {
  BackupId id;
  BackupType type = BackupType::kScheduled;
  bool is_verified = true;
  bool keep_forever = false;
  bool in_use = false;  // a restore reads it, or an undo may need it
  Instant created_at;
};

// Why a backup is kept.
enum class KeepReason {
  kKeepForever,   // a person said so
  kLastVerified,  // the newest one of the environment that is verified: never deleted
  kInUse,
  kNotVerified,  // no other is known to replace it: left for a person
  kByHand,       // made or imported by a person, whose policy sets no time
  kDaily,
  kWeekly,
  kMonthly,
  kYearly,
  kAge,  // younger than its type's days
};

struct RetentionDecision {
  BackupId id;
  std::vector<KeepReason> reasons;    // empty: to be deleted
  std::optional<Instant> expires_at;  // when its last reason ends, as things stand now

  [[nodiscard]] bool is_kept() const { return !reasons.empty(); }
};

// What becomes of each of the completed backups of one environment, in their order. Pure.
[[nodiscard]] std::vector<RetentionDecision> PlanRetention(
    const RetentionPolicy& policy, const std::vector<RetainedBackup>& backups, Instant now);

[[nodiscard]] std::string_view NameOf(KeepReason reason);
[[nodiscard]] std::optional<KeepReason> ParseKeepReason(std::string_view text);
// "the newest of its week"
[[nodiscard]] std::string_view InWords(KeepReason reason);

}  // namespace reprise::domain
