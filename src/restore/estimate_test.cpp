#include "restore/estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreMode;
using domain::RestoreStrategy;
using ::testing::HasSubstr;

// A restore of so many megabytes of database whose load took so long; everything else a second.
PastRestore Past(double megabytes, double load_seconds) {
  PastRestore past;
  past.backup.database_size = static_cast<ByteCount>(megabytes * 1e6);
  past.backup.include_filestore = false;
  past.restore.downtime_seconds = 6;
  const Instant start = FromMicros(1'700'000'000'000'000);
  for (const std::string_view name :
       {step::kValidate, step::kLoadDatabase, step::kProve, step::kSwap, step::kStart}) {
    domain::TaskStep taken;
    taken.name = name;
    taken.state = domain::StepState::kDone;
    taken.started_at = start;
    const double seconds = name == step::kLoadDatabase ? load_seconds : 1;
    taken.completed_at = start + std::chrono::microseconds(static_cast<long>(seconds * 1e6));
    past.steps.push_back(taken);
  }
  return past;
}

domain::Backup OfMegabytes(double megabytes) { return Past(megabytes, 0).backup; }

Estimate Of(const std::vector<PastRestore>& past, double megabytes,
            RestoreMode mode = RestoreMode::kOriginal) {
  domain::RestoreRequest request;
  request.mode = mode;
  return EstimateRestore(past, OfMegabytes(megabytes), request, RestoreStrategy::kSideBySide);
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
  EXPECT_NEAR(*estimate.seconds, 26, 0.01) << "with four steps of a second";
  EXPECT_EQ(estimate.downtime_seconds, 6);
  EXPECT_EQ(estimate.measured, 3U);
}

TEST(Estimate, OneSizeAloneScalesUpAndNeverDown) {
  EXPECT_NEAR(Of({Past(10, 4)}, 20).steps.at("load_database"), 8, 0.01);
  EXPECT_NEAR(Of({Past(10, 4)}, 1).steps.at("load_database"), 4, 0.01);
}

TEST(Estimate, ALineThatWouldFallIsTakenForLevel) {
  const Estimate estimate = Of({Past(10, 8), Past(40, 4)}, 4000);
  EXPECT_NEAR(estimate.steps.at("load_database"), 6, 0.01);
}

TEST(Estimate, ANewEnvironmentStopsNothing) {
  EXPECT_EQ(Of({Past(10, 4)}, 10, RestoreMode::kNew).downtime_seconds, 0);
}

}  // namespace
}  // namespace reprise::restore
