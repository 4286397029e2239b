#include "domain/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace reprise::domain {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::Contains;
using ::testing::ElementsAre;

const Instant kNow = ParseInstant("2026-06-30T12:00:00Z").value();

RetainedBackup Scheduled(std::string id, Instant created_at) {
  return {{std::move(id)}, BackupType::kScheduled, true, false, false, created_at};
}

// One a day at 02:00 UTC, the newest first.
std::vector<RetainedBackup> Daily(int count) {
  std::vector<RetainedBackup> backups;
  for (int i = 0; i < count; ++i) {
    backups.push_back(Scheduled(std::to_string(i), kNow - hours(10) - days(i)));
  }
  return backups;
}

std::vector<std::string> KeptOf(const std::vector<RetentionDecision>& decisions) {
  std::vector<std::string> kept;
  for (const RetentionDecision& one : decisions) {
    if (one.is_kept()) kept.push_back(one.id.value);
  }
  return kept;
}

TEST(Retention, KeepsDaysWeeksMonthsAndYears) {
  const RetentionPolicy policy{.daily = 3, .weekly = 2, .monthly = 2, .yearly = 2};
  const auto decisions = PlanRetention(policy, Daily(400), kNow);
  // 30 June 2026 is a Tuesday: its week began yesterday, the week before ended on Sunday 28 June.
  // May ended 30 days ago, 2025 ended 181 days ago.
  EXPECT_THAT(KeptOf(decisions), ElementsAre("0", "1", "2", "30", "181"));
  EXPECT_THAT(decisions[0].reasons,
              ElementsAre(KeepReason::kLastVerified, KeepReason::kDaily, KeepReason::kWeekly,
                          KeepReason::kMonthly, KeepReason::kYearly));
  EXPECT_THAT(decisions[2].reasons, ElementsAre(KeepReason::kDaily, KeepReason::kWeekly));
  EXPECT_EQ(decisions[1].expires_at, ParseInstant("2026-07-02T00:00:00Z").value());
  EXPECT_EQ(decisions[181].expires_at, ParseInstant("2027-01-01T00:00:00Z").value());
  EXPECT_FALSE(decisions[0].expires_at) << "the last verified one has no end";
}

TEST(Retention, CountsPeriodsThatHaveABackupSoThatAPauseLosesNothing) {
  std::vector<RetainedBackup> backups = Daily(3);
  for (RetainedBackup& backup : backups) backup.created_at -= days(700);
  EXPECT_EQ(KeptOf(PlanRetention({}, backups, kNow)).size(), 3U);
}

TEST(Retention, DaysAreThoseOfItsTimeZone) {
  // 23:30 UTC is the next day in Madrid: two backups of one day in UTC, of two days there.
  const std::vector<RetainedBackup> backups = {
      Scheduled("evening", ParseInstant("2026-06-10T23:30:00Z").value()),
      Scheduled("noon", ParseInstant("2026-06-10T12:00:00Z").value())};
  RetentionPolicy policy{.daily = 2, .weekly = 0, .monthly = 0, .yearly = 0};
  EXPECT_THAT(KeptOf(PlanRetention(policy, backups, kNow)), ElementsAre("evening"));
  policy.time_zone = "Europe/Madrid";
  EXPECT_THAT(KeptOf(PlanRetention(policy, backups, kNow)), ElementsAre("evening", "noon"));
}

TEST(Retention, BackupsBeforeChangesGoByAgeAndThoseOfPeopleStay) {
  const auto of = [](BackupType type, int age) {
    return RetainedBackup{{"x"}, type, true, false, false, kNow - days(age)};
  };
  std::vector<RetainedBackup> backups = Daily(1);
  backups.push_back(of(BackupType::kPreRestore, 29));
  backups.push_back(of(BackupType::kPreRestore, 31));
  backups.push_back(of(BackupType::kPreUpgrade, 31));
  backups.push_back(of(BackupType::kManual, 3000));
  backups.push_back(of(BackupType::kImported, 3000));
  const auto decisions = PlanRetention({}, backups, kNow);
  EXPECT_THAT(decisions[1].reasons, ElementsAre(KeepReason::kAge));
  EXPECT_EQ(decisions[1].expires_at, kNow + days(1));
  EXPECT_FALSE(decisions[2].is_kept());
  EXPECT_FALSE(decisions[3].is_kept());
  EXPECT_THAT(decisions[4].reasons, ElementsAre(KeepReason::kByHand));
  EXPECT_THAT(decisions[5].reasons, ElementsAre(KeepReason::kByHand));
  EXPECT_FALSE(PlanRetention({.manual_days = 10}, backups, kNow)[4].is_kept());
}

TEST(Retention, WhatAnUndoNeedsOrAPersonMarkedStays) {
  std::vector<RetainedBackup> backups = Daily(1);
  RetainedBackup old{{"old"}, BackupType::kPreRestore, true, false, false, kNow - days(400)};
  backups.push_back(old);
  EXPECT_FALSE(PlanRetention({}, backups, kNow)[1].is_kept());
  backups[1].in_use = true;
  EXPECT_THAT(PlanRetention({}, backups, kNow)[1].reasons, ElementsAre(KeepReason::kInUse));
  backups[1].in_use = false;
  backups[1].keep_forever = true;
  EXPECT_THAT(PlanRetention({}, backups, kNow)[1].reasons, ElementsAre(KeepReason::kKeepForever));
}

TEST(Retention, OneThatIsNotVerifiedNeitherGoesNorTakesAnothersPlace) {
  std::vector<RetainedBackup> backups = Daily(2);
  backups.push_back(Scheduled("bad", kNow - hours(9)));
  backups[2].is_verified = false;
  const RetentionPolicy policy{.daily = 1, .weekly = 0, .monthly = 0, .yearly = 0};
  EXPECT_THAT(KeptOf(PlanRetention(policy, backups, kNow)), ElementsAre("0", "bad"));
}

TEST(Retention, APolicyThatKeepsNothingIsRefused) {
  EXPECT_TRUE(CheckPolicy({}));
  EXPECT_FALSE(CheckPolicy({.daily = 0, .weekly = 0, .monthly = 0, .yearly = 0}));
  EXPECT_EQ(CheckPolicy({.weekly = -1}).error().field, "/weekly");
  EXPECT_EQ(CheckPolicy({.time_zone = "Nowhere"}).error().field, "/time_zone");
}

std::vector<RetainedBackup> AnyBackups() {
  const int count = *rc::gen::inRange(0, 60);
  std::vector<RetainedBackup> backups;
  for (int i = 0; i < count; ++i) {
    RetainedBackup backup =
        Scheduled(std::to_string(i), kNow - minutes(*rc::gen::inRange(0, 2'000'000)));
    backup.type = static_cast<BackupType>(*rc::gen::inRange(0, 7));
    if (*rc::gen::inRange(0, 3) > 0) backup.type = BackupType::kScheduled;
    backup.is_verified = *rc::gen::inRange(0, 4) > 0;
    backup.keep_forever = *rc::gen::inRange(0, 20) == 0;
    backup.in_use = *rc::gen::inRange(0, 20) == 0;
    backups.push_back(backup);
  }
  return backups;
}

RetentionPolicy AnyPolicy() {
  return {.daily = *rc::gen::inRange(0, 10),
          .weekly = *rc::gen::inRange(0, 6),
          .monthly = *rc::gen::inRange(0, 6),
          .yearly = *rc::gen::inRange(0, 3),
          .before_changes_days = *rc::gen::inRange(0, 60),
          .manual_days = *rc::gen::inRange(0, 60),
          .time_zone = *rc::gen::element<std::string>("UTC", "Asia/Tokyo", "America/New_York")};
}

RC_GTEST_PROP(Retention, NeverDeletesWhatMustStay, ()) {
  const std::vector<RetainedBackup> backups = AnyBackups();
  const auto decisions = PlanRetention(AnyPolicy(), backups, kNow);
  RC_ASSERT(decisions.size() == backups.size());
  const RetainedBackup* newest = nullptr;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    const RetainedBackup& one = backups[i];
    RC_ASSERT(decisions[i].id == one.id);
    if (one.keep_forever || one.in_use || !one.is_verified || one.type == BackupType::kImported) {
      RC_ASSERT(decisions[i].is_kept());
    }
    if (one.is_verified && (newest == nullptr || one.created_at > newest->created_at))
      newest = &one;
  }
  if (newest == nullptr) return;
  RC_ASSERT(decisions[static_cast<std::size_t>(newest - backups.data())].is_kept());
}

// Deleting what one plan says and planning again deletes nothing more: the order of sweeps and
// their number do not matter.
RC_GTEST_PROP(Retention, ASecondPlanRightAfterTheFirstDeletesNothing, ()) {
  const RetentionPolicy policy = AnyPolicy();
  const std::vector<RetainedBackup> backups = AnyBackups();
  const auto first = PlanRetention(policy, backups, kNow);
  std::vector<RetainedBackup> left;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    if (first[i].is_kept()) left.push_back(backups[i]);
  }
  for (const RetentionDecision& one : PlanRetention(policy, left, kNow)) RC_ASSERT(one.is_kept());
}

RC_GTEST_PROP(Retention, KeepsAtMostWhatItsNumbersSay, ()) {
  const RetentionPolicy policy = AnyPolicy();
  std::vector<RetainedBackup> backups = AnyBackups();
  for (RetainedBackup& one : backups) {
    one.type = BackupType::kScheduled;
    one.is_verified = true;
    one.keep_forever = one.in_use = false;
  }
  const auto kept = KeptOf(PlanRetention(policy, backups, kNow)).size();
  const auto most = policy.daily + policy.weekly + policy.monthly + policy.yearly;
  RC_ASSERT(kept <= static_cast<std::size_t>(std::max(1, most)));
}

}  // namespace
}  // namespace reprise::domain
