#include "domain/server_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kGb = 1'000'000'000;

Backup Of(std::uint64_t dump, std::uint64_t files) {
  Backup backup;
  backup.database_size = dump;
  backup.filestore_size = files;
  return backup;
}

TEST(ServerFitTest, ThePagesTwoServersAreJudgedAsThere) {
  const ServerNeeds needs = NeedsOf(Of(100'000'000, kGb));
  EXPECT_EQ(JudgeServer(needs, {4, 8 * kGb, 50 * kGb}).fit, ServerFit::kRecommended);
  EXPECT_THAT(JudgeServer(needs, {4, 8 * kGb, 50 * kGb}).short_of, IsEmpty());
  const ServerVerdict low = JudgeServer(needs, {1, 2 * kGb, 10 * kGb});
  EXPECT_EQ(low.fit, ServerFit::kLowResources);
  EXPECT_THAT(low.short_of, ElementsAre("CPU: 1.0 are free, 2 are needed",
                                        "memory: 2.0 GB are free, 4.0 GB are needed",
                                        "disk: 10.0 GB are free, 20.0 GB are needed"));
}

TEST(ServerFitTest, AServerThatCannotHoldTheDataIsTooSmall) {
  const ServerVerdict verdict =
      JudgeServer(NeedsOf(Of(5 * kGb, 10 * kGb)), {8, 16 * kGb, 40 * kGb});
  EXPECT_EQ(verdict.fit, ServerFit::kTooSmall);
  EXPECT_THAT(verdict.short_of, ElementsAre("disk: 40.0 GB are free, 55.5 GB are needed"));
}

TEST(ServerFitTest, ABusyServerIsToldButNotRefused) {
  EXPECT_EQ(JudgeServer(NeedsOf(Of(1, 1)), {0, 8 * kGb, 50 * kGb}).fit, ServerFit::kLowResources);
}

}  // namespace
}  // namespace reprise::domain
