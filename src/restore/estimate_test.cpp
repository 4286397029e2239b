#include "restore/estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreMode;
using domain::RestoreStrategy;
using domain::TaskKind;
using ::testing::HasSubstr;

domain::TaskStep Taken(std::string_view name, double seconds) {
  domain::TaskStep taken;
  taken.name = name;
  taken.state = domain::StepState::kDone;
  taken.started_at = FromMicros(1'700'000'000'000'000);
  taken.completed_at =
      *taken.started_at + std::chrono::microseconds(static_cast<long>(seconds * 1e6));
  return taken;
}

domain::Backup OfMegabytes(double megabytes) {
  domain::Backup backup;
  backup.database_size = static_cast<ByteCount>(megabytes * 1e6);
  backup.total_size = backup.database_size;
  backup.include_filestore = false;
  backup.manifest_sha256 = "vouched for";
  return backup;
}

// A restore of so many megabytes of database whose load took so long; everything else a second.
PastTask Past(double megabytes, double load_seconds) {
  PastTask past;
  past.sizes = SizesOfRestoring(OfMegabytes(megabytes), {}, RestoreStrategy::kSideBySide);
  past.strategy = RestoreStrategy::kSideBySide;
  past.downtime_seconds = 6;
  for (const std::string_view name : {step::kValidate, step::kDownload, step::kProve, step::kSwap,
                                      step::kStart, step::kVerify, step::kFinish}) {
    past.steps.push_back(Taken(name, 1));
  }
  past.steps.push_back(Taken(step::kLoadDatabase, load_seconds));
  return past;
}

// A backup of so many megabytes, and what it took.
PastTask PastBackup(double megabytes, double archive_seconds, double verify_seconds) {
  domain::Backup backup = OfMegabytes(megabytes);
  backup.compressed_size = backup.total_size / 2;
  return {.kind = TaskKind::kBackup,
          .server = {},
          .sizes = SizesOfTaking(backup),
          .steps = {Taken("archive", archive_seconds), Taken("verify", verify_seconds)}};
}

Estimate Of(const std::vector<PastTask>& past, double megabytes,
            RestoreMode mode = RestoreMode::kOriginal, bool safety_backup = false) {
  Order order;
  order.request.mode = mode;
  order.request.create_pre_restore_backup = safety_backup;
  order.backup = OfMegabytes(megabytes);
  TaskAhead ahead;
  ahead.sizes = SizesOfRestoring(order.backup, order.request, order.strategy);
  ahead.sizes.taken = megabytes;
  ahead.sizes.read_back = megabytes / 2;
  return EstimateRestore(past, ahead, order);
}

TEST(Estimate, WithoutHistoryNothingIsMadeUp) {
  const Estimate estimate = Of({}, 100);
  EXPECT_FALSE(estimate.seconds);
  EXPECT_FALSE(estimate.downtime_seconds);
  EXPECT_THAT(SentenceOf(estimate), HasSubstr("nothing to estimate"));
}

TEST(Estimate, ALoadGoesWithItsMegabytesOverAFixedPart) {
  const Estimate estimate = Of({Past(10, 4), Past(20, 6), Past(40, 10)}, 100);
  ASSERT_TRUE(estimate.seconds);
  EXPECT_NEAR(estimate.steps.at("load_database"), 22, 0.01);
  EXPECT_NEAR(*estimate.seconds, 29, 0.01) << "with seven steps of a second";
  EXPECT_EQ(estimate.downtime_seconds, 6);
  EXPECT_EQ(estimate.measured, 3U);
}

TEST(Estimate, AStepThatWasNeverMeasuredLeavesTheWholeUnknown) {
  const Estimate estimate = Of({Past(10, 4)}, 10, RestoreMode::kNew);
  EXPECT_EQ(estimate.seconds, std::nullopt);
  EXPECT_EQ(estimate.unknown_step, "deploy");
  EXPECT_THAT(SentenceOf(estimate), HasSubstr("no step deploy"));
  EXPECT_EQ(estimate.steps.count("load_database"), 1U) << "what is known is told";
}

TEST(Estimate, ASafetyBackupThatNoRestoreHasMadeTakesWhatABackupTakes) {
  EXPECT_EQ(Of({Past(10, 4)}, 10, RestoreMode::kOriginal, true).unknown_step, "safety_backup");
  const Estimate estimate =
      Of({Past(10, 4), PastBackup(10, 30, 20)}, 10, RestoreMode::kOriginal, true);
  EXPECT_NEAR(estimate.steps.at("safety_backup"), 50, 0.01);
  EXPECT_NEAR(estimate.seconds.value(), 55, 0.01) << "it runs beside load and proof";
  EXPECT_EQ(estimate.measured, 1U);
}

TEST(Estimate, InPlaceTheSafetyBackupComesFirst) {
  Order order;
  order.backup = OfMegabytes(10);
  order.strategy = RestoreStrategy::kInPlace;
  TaskAhead ahead;
  ahead.sizes = SizesOfRestoring(order.backup, order.request, order.strategy);
  ahead.sizes.taken = 10;
  ahead.sizes.read_back = 5;
  const Estimate estimate = EstimateRestore({Past(10, 4), PastBackup(10, 30, 20)}, ahead, order);
  EXPECT_NEAR(estimate.seconds.value(), 61, 0.01);
  EXPECT_EQ(estimate.downtime_seconds, std::nullopt) << "none was done in place";
}

TEST(Estimate, TheVerifyOfABackupIsNotThatOfARestore) {
  const TaskAhead ahead{.kind = TaskKind::kVerify, .server = {}, .sizes = {.read_back = 5}};
  const auto expected = ExpectSteps({Past(10, 4), PastBackup(10, 30, 20)}, ahead);
  EXPECT_NEAR(expected.at("verify"), 20, 0.01);
}

TEST(Estimate, WhatHasNoKnownSizeIsNotGuessed) {
  EXPECT_EQ(ExpectSteps({PastBackup(10, 30, 20)}, {.kind = TaskKind::kBackup}).size(), 0U);
}

TEST(Estimate, ANewEnvironmentStopsNothing) {
  EXPECT_EQ(Of({Past(10, 4)}, 10, RestoreMode::kNew).downtime_seconds, 0);
}

}  // namespace
}  // namespace reprise::restore
