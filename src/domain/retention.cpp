#include "domain/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

namespace chrono = std::chrono;
using chrono::local_days;

constexpr int kMost = 1000;

constexpr auto kReasonNames = MakeNameTable<KeepReason>({
    {KeepReason::kKeepForever, "keep_forever"},
    {KeepReason::kLastVerified, "last_verified"},
    {KeepReason::kInUse, "in_use"},
    {KeepReason::kNotVerified, "not_verified"},
    {KeepReason::kByHand, "by_hand"},
    {KeepReason::kDaily, "daily"},
    {KeepReason::kWeekly, "weekly"},
    {KeepReason::kMonthly, "monthly"},
    {KeepReason::kYearly, "yearly"},
    {KeepReason::kAge, "age"},
});

constexpr auto kReasonWords = MakeNameTable<KeepReason>({
    {KeepReason::kKeepForever, "marked to be kept forever"},
    {KeepReason::kLastVerified, "the last verified backup of its environment"},
    {KeepReason::kInUse, "a restore reads it, or an undo may need it"},
    {KeepReason::kNotVerified, "not verified, so no rule may delete it"},
    {KeepReason::kByHand, "made by a person, and kept until one deletes it"},
    {KeepReason::kDaily, "the newest of its day"},
    {KeepReason::kWeekly, "the newest of its week"},
    {KeepReason::kMonthly, "the newest of its month"},
    {KeepReason::kYearly, "the newest of its year"},
    {KeepReason::kAge, "not old enough yet"},
});

// One kind of period: when the one that holds a day begins, and the one `count` later.
struct Tier {
  KeepReason reason;
  int RetentionPolicy::*count;
  local_days (*begin)(local_days day);
  local_days (*later)(local_days begin, int count);
};

local_days DayItself(local_days day) { return day; }
local_days DaysLater(local_days begin, int count) { return begin + chrono::days(count); }
local_days MondayOf(local_days day) { return day - (chrono::weekday(day) - chrono::Monday); }
local_days WeeksLater(local_days begin, int count) { return begin + chrono::weeks(count); }
local_days FirstOfMonth(local_days day) {
  const chrono::year_month_day date(day);
  return local_days(date.year() / date.month() / 1);
}
local_days MonthsLater(local_days begin, int count) {
  return local_days(chrono::year_month_day(begin) + chrono::months(count));
}
local_days FirstOfYear(local_days day) {
  return local_days(chrono::year_month_day(day).year() / 1 / 1);
}
local_days YearsLater(local_days begin, int count) {
  return local_days(chrono::year_month_day(begin) + chrono::years(count));
}

constexpr std::array kTiers = {
    Tier{KeepReason::kDaily, &RetentionPolicy::daily, DayItself, DaysLater},
    Tier{KeepReason::kWeekly, &RetentionPolicy::weekly, MondayOf, WeeksLater},
    Tier{KeepReason::kMonthly, &RetentionPolicy::monthly, FirstOfMonth, MonthsLater},
    Tier{KeepReason::kYearly, &RetentionPolicy::yearly, FirstOfYear, YearsLater},
};

// The days after which a backup of that type goes; 0: it stays.
int DaysOf(const RetentionPolicy& policy, BackupType type) {
  switch (type) {
    case BackupType::kManual:
      return policy.manual_days;
    case BackupType::kImported:
    case BackupType::kScheduled:
      return 0;
    default:
      return policy.before_changes_days;
  }
}

class Planner {
 public:
  Planner(const RetentionPolicy& policy, const std::vector<RetainedBackup>& backups, Instant now)
      : policy_(policy),
        backups_(backups),
        now_(now),
        zone_(TimeZone::Find(policy.time_zone).value_or(TimeZone::Utc())),
        newest_first_(backups.size()),
        decisions_(backups.size()) {
    std::iota(newest_first_.begin(), newest_first_.end(), std::size_t{0});
    std::stable_sort(newest_first_.begin(), newest_first_.end(), [&](std::size_t a, std::size_t b) {
      return backups_[a].created_at > backups_[b].created_at;
    });
  }

  std::vector<RetentionDecision> Plan() {
    for (std::size_t i = 0; i < backups_.size(); ++i) {
      decisions_[i].id = backups_[i].id;
      KeepWhatIsSpecial(i);
    }
    for (const std::size_t i : newest_first_) {
      if (!backups_[i].is_verified) continue;
      Keep(i, KeepReason::kLastVerified, std::nullopt);
      break;
    }
    for (const Tier& tier : kTiers) KeepNewestOf(tier);
    return std::move(decisions_);
  }

 private:
  // Without `until` it is kept without end; that is then all that can be said of its time.
  void Keep(std::size_t i, KeepReason reason, std::optional<Instant> until) {
    RetentionDecision& decision = decisions_[i];
    const bool endless = decision.is_kept() && !decision.expires_at;
    decision.reasons.push_back(reason);
    if (!until || endless) {
      decision.expires_at.reset();
    } else {
      decision.expires_at = std::max(decision.expires_at.value_or(*until), *until);
    }
  }

  void KeepWhatIsSpecial(std::size_t i) {
    const RetainedBackup& backup = backups_[i];
    if (backup.keep_forever) Keep(i, KeepReason::kKeepForever, std::nullopt);
    if (backup.in_use) Keep(i, KeepReason::kInUse, std::nullopt);
    if (!backup.is_verified) Keep(i, KeepReason::kNotVerified, std::nullopt);
    if (backup.type == BackupType::kScheduled) return;
    const int days = DaysOf(policy_, backup.type);
    const Instant until = backup.created_at + chrono::days(days);
    if (days == 0) {
      Keep(i, KeepReason::kByHand, std::nullopt);
    } else if (until > now_) {
      Keep(i, KeepReason::kAge, until);
    }
  }

  void KeepNewestOf(const Tier& tier) {
    const int most = policy_.*tier.count;
    int periods = 0;
    std::optional<local_days> last;
    for (const std::size_t i : newest_first_) {
      const RetainedBackup& backup = backups_[i];
      if (backup.type != BackupType::kScheduled || !backup.is_verified) continue;
      const local_days day = chrono::floor<chrono::days>(zone_.WallAt(backup.created_at));
      const local_days begin = tier.begin(day);
      if (last == begin) continue;
      if (periods == most) return;
      ++periods;
      last = begin;
      Keep(i, tier.reason, zone_.MomentsOf(tier.later(begin, most)).first);
    }
  }

  const RetentionPolicy& policy_;
  const std::vector<RetainedBackup>& backups_;
  const Instant now_;
  const TimeZone zone_;
  std::vector<std::size_t> newest_first_;
  std::vector<RetentionDecision> decisions_;
};

}  // namespace

Status CheckPolicy(const RetentionPolicy& policy) {
  const auto refuse = [](std::string field, std::string message) {
    Error error{ErrorCode::kInvalidArgument, std::move(message)};
    error.field = std::move(field);
    return Fail(std::move(error));
  };
  for (const auto& [name, value] : {std::pair("daily", policy.daily),
                                    {"weekly", policy.weekly},
                                    {"monthly", policy.monthly},
                                    {"yearly", policy.yearly},
                                    {"before_changes_days", policy.before_changes_days},
                                    {"manual_days", policy.manual_days}}) {
    const int most = std::string_view(name).ends_with("_days") ? 36'500 : kMost;
    if (value >= 0 && value <= most) continue;
    return refuse(fmt::format("/{}", name), fmt::format("must be between 0 and {}", most));
  }
  if (policy.daily + policy.weekly + policy.monthly + policy.yearly == 0) {
    return refuse("/daily", "a policy keeps at least one of daily, weekly, monthly and yearly");
  }
  RETURN_IF_ERROR(TimeZone::Find(policy.time_zone));
  return {};
}

std::vector<RetentionDecision> PlanRetention(const RetentionPolicy& policy,
                                             const std::vector<RetainedBackup>& backups,
                                             Instant now) {
  return Planner(policy, backups, now).Plan();
}

std::string_view NameOf(KeepReason value) { return kReasonNames.Name(value); }
std::optional<KeepReason> ParseKeepReason(std::string_view text) {
  return kReasonNames.Parse(text);
}
std::string_view InWords(KeepReason reason) { return kReasonWords.Name(reason); }

}  // namespace reprise::domain
