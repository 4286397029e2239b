#include "restore/step_history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "jobs/progress_board.hpp"
#include "restore/testing/restore_house.hpp"

namespace reprise::restore {
namespace {

using domain::StepState;
using domain::TaskKind;
using std::chrono::microseconds;
using std::chrono::seconds;
using testing::RestoreHouse;

constexpr seconds kLease{3600};

// An installation that has made backups, on a machine whose speed goes up and down.
class StepHistoryTest : public ::testing::Test {
 protected:
  StepHistoryTest() { EXPECT_TRUE(house_.environments.Insert(house_.trio.shop)); }

  [[nodiscard]] StepHistory History() const {
    return StepHistory({house_.journal, house_.restores, house_.backups, house_.environments});
  }
  static microseconds Micros(double howlong) {
    return microseconds(static_cast<std::int64_t>(howlong * 1e6));
  }
  // Within a tenth of what it takes on a usual day.
  double Noisy(double usual) {
    return usual * std::uniform_real_distribution<double>(0.9, 1.1)(random_);
  }
  double ArchiveSeconds(double megabytes) { return Noisy(4 + 0.05 * megabytes); }
  double VerifySeconds(double megabytes) { return Noisy(0.5 + 0.01 * megabytes); }

  domain::Task Submit(const std::string& id, const std::string& key = "a.zip") {
    domain::Backup backup;
    backup.id = {id};
    backup.project_id = house_.trio.shop.project_id;
    backup.environment_id = house_.trio.shop.id;
    backup.name = id;
    backup.storage_key = key;
    EXPECT_TRUE(house_.backups.Insert(backup));
    const auto task = house_.journal.Submit(
        {.kind = TaskKind::kBackup, .project_id = backup.project_id, .subject_id = id});
    EXPECT_TRUE(task);
    return *task;
  }
  void Run(const jobs::Claim& claim, const std::string& step, double took) {
    EXPECT_TRUE(house_.journal.SetStep(claim, step, StepState::kRunning, ""));
    house_.clock.Advance(Micros(took));
    EXPECT_TRUE(house_.journal.SetStep(claim, step, StepState::kDone, ""));
  }
  void Past(double megabytes, double archive, double verify, const std::string& key = "a.zip") {
    const std::string id = fmt::format("past-{}", ++made_);
    Submit(id, key);
    const jobs::Claim claim = house_.journal.ClaimNext("w", kLease).value().value();
    EXPECT_TRUE(house_.journal.DeclareSteps(claim, {"archive", "verify"}));
    Run(claim, "archive", archive);
    Run(claim, "verify", verify);
    EXPECT_TRUE(house_.backups.Update({id}, [&](domain::Backup& row) -> Status {
      row.status = domain::BackupStatus::kCompleted;
      row.total_size = static_cast<ByteCount>(megabytes * 1e6);
      row.compressed_size = row.total_size;
      return {};
    }));
    EXPECT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCompleted));
    house_.clock.Advance(seconds(3600));
  }

  mutable RestoreHouse house_;
  std::mt19937 random_{5};
  int made_ = 0;
};

TEST_F(StepHistoryTest, AnInstallationThatHasDoneNothingKnowsNothing) {
  const auto expected = History().Expect(Submit("first"));
  ASSERT_TRUE(expected);
  EXPECT_TRUE(expected->empty());
}

TEST_F(StepHistoryTest, ATaskThatWasGoneOnWithByAnotherWorkerTellsNothing) {
  Submit("resumed");
  const jobs::Claim first = house_.journal.ClaimNext("w", kLease).value().value();
  EXPECT_TRUE(house_.journal.DeclareSteps(first, {"archive", "verify"}));
  EXPECT_TRUE(house_.journal.Release(first));
  const jobs::Claim claim = house_.journal.ClaimNext("w", kLease).value().value();
  Run(claim, "archive", 5);
  Run(claim, "verify", 5);
  EXPECT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCompleted));
  EXPECT_TRUE(History().Expect(Submit("next"))->empty());
}

// The environment grows; the newest backup says how large the next one will be.
TEST_F(StepHistoryTest, ABackupEndsWithinAFifthOfWhatItsHistorySays) {
  for (int round = 0; round < 10; ++round) {
    for (const double megabytes : {300.0, 420.0, 560.0, 700.0}) {
      const double odd = made_ % 7 == 3 ? 5 : 1;  // something else had the machine
      Past(megabytes, odd * ArchiveSeconds(megabytes), VerifySeconds(megabytes));
    }
    const auto expected = History().Expect(Submit(fmt::format("ahead-{}", round)));
    ASSERT_TRUE(expected);
    jobs::ProgressBoard board(
        {{75, false, {}, expected->at("archive")}, {25, false, {0}, expected->at("verify")}}, 0,
        house_.clock);
    const double archive = ArchiveSeconds(720);
    const double verify = VerifySeconds(720);
    const Instant began = house_.clock.Now();
    const Instant end = began + Micros(archive + verify);
    const auto check = [&](const jobs::ProgressReport& report) {
      ASSERT_TRUE(report.eta_seconds);
      const double left = std::chrono::duration<double>(end - house_.clock.Now()).count();
      EXPECT_NEAR(*report.eta_seconds, left, 0.2 * (archive + verify)) << round;
    };
    board.Begin(0);
    for (int i = 0; i < 20; ++i) {
      board.Report(0, 0.05 * i, "");
      check(board.TakeDue().value());
      house_.clock.Advance(Micros(archive / 20));
    }
    check(board.Finish(0));
    house_.clock.Advance(Micros(verify));
    EXPECT_EQ(board.Finish(1).eta_seconds, 0);
    const auto claim = house_.journal.ClaimNext("w", kLease).value().value();
    ASSERT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCancelled));
  }
}

TEST_F(StepHistoryTest, AnIncrementalBackupKnowsItsOwnAndAWholeOneTheOthers) {
  for (int i = 0; i < 3; ++i) Past(500, 60, 12);
  EXPECT_NEAR(History().Expect(Submit("first", "a.recipe"))->at("archive"), 60, 0.1)
      << "better than nothing";
  const auto first = house_.journal.ClaimNext("w", kLease).value().value();
  ASSERT_TRUE(house_.journal.End(first, domain::TaskStatus::kCancelled));
  Past(500, 60, 12, "b.recipe");  // stores everything
  for (int i = 0; i < 3; ++i) Past(500, 4, 1, "b.recipe");
  const auto next = History().Expect(Submit("next", "c.recipe"));
  EXPECT_NEAR(next->at("archive"), 4, 0.1);
  EXPECT_NEAR(next->at("verify"), 1, 0.1);
  EXPECT_NEAR(History().Expect(Submit("whole"))->at("archive"), 60, 0.1);
}

TEST_F(StepHistoryTest, ABackupIsReadBackFasterThanItIsMadeAndAVerifyKnowsThat) {
  for (const double megabytes : {100.0, 200.0, 300.0}) Past(megabytes, 40, 2 + 0.01 * megabytes);
  domain::Task verify;
  verify.kind = TaskKind::kVerify;
  verify.subject_id = "past-3";
  EXPECT_NEAR(History().Expect(verify)->at("verify"), 5, 0.01);
}

TEST_F(StepHistoryTest, ARestoreAheadTakesItsTimesFromRestoresAndItsSafetyBackupFromBackups) {
  Past(100, 9, 1);
  house_.backup.database_size = 50'000'000;
  house_.backup.total_size = 100'000'000;
  house_.backup.compressed_size = 100'000'000;
  house_.backup.manifest_sha256 = "vouched for";
  ASSERT_TRUE(house_.backups.Insert(house_.backup));
  house_.restore.request.create_pre_restore_backup = false;
  house_.restore.downtime_seconds = 7;
  ASSERT_TRUE(house_.restores.Insert(house_.restore));
  ASSERT_TRUE(house_.journal.Submit({.kind = TaskKind::kRestore,
                                     .project_id = house_.restore.project_id,
                                     .subject_id = house_.restore.id.value}));
  const jobs::Claim claim = house_.journal.ClaimNext("w", kLease).value().value();
  const std::vector<std::string> steps{"validate",        "download", "load_database",
                                       "stage_filestore", "prove",    "swap",
                                       "start",           "verify",   "finish"};
  ASSERT_TRUE(house_.journal.DeclareSteps(claim, steps));
  for (const std::string& step : steps) Run(claim, step, 2);
  ASSERT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCompleted));

  Order order{.request = {.backup_id = house_.backup.id},
              .backup = house_.backup,
              .target = house_.trio.shop};
  const auto estimate = History().EstimateOf(order);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->measured, 1U);
  EXPECT_EQ(estimate->downtime_seconds, 7);
  EXPECT_NEAR(estimate->steps.at("safety_backup"), 10, 0.01);
  EXPECT_NEAR(estimate->seconds.value(), 2 + 10 + 8, 0.01) << "the load runs beside it";
  // The task itself expects the same.
  domain::Task again;
  again.kind = TaskKind::kRestore;
  again.subject_id = house_.restore.id.value;
  const auto expected = History().Expect(again);
  ASSERT_TRUE(expected);
  for (const auto& [name, each] : estimate->steps) {
    EXPECT_NEAR(expected->at(name), each, 0.01) << name;
  }
}

}  // namespace
}  // namespace reprise::restore
