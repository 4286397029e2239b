#include "restore/restore_workflow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "jobs/plan.hpp"
#include "restore/undo_workflow.hpp"
#include "storage/memory_store.hpp"

namespace reprise::restore {
namespace {

using domain::Environment;
using domain::EnvironmentStatus;
using domain::RestoreMode;
using domain::RestoreOutcome;
using domain::RestorePoint;
using domain::RestoreStatus;
using ::testing::ElementsAre;

class WorkflowTest : public ::testing::Test {
 protected:
  WorkflowTest() {
    Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.status = EnvironmentStatus::kRunning;
    shop.db_name = "shop-db";
    shop.containers = {"shop_odoo", "shop_db", ""};
    EXPECT_TRUE(environments_.Insert(shop));
    backup_.id = {"b1"};
    backup_.project_id = shop.project_id;
    backup_.status = domain::BackupStatus::kCompleted;
    restore_.id = {"r1"};
    restore_.project_id = shop.project_id;
    restore_.backup_id = backup_.id;
    restore_.target_environment_id = shop.id;
    restore_.target_server_id = shop.server_id;
    task_.id = {"0193b5a0-1234-7abc-8def-01231a2b3c4d"};
    task_.subject_id = "r1";
  }

  RestoreParts Parts() {
    return {restores_, backups_, environments_, store_,    engines_, maker_, clock_,
            {},        {},       space_,        snapshots_};
  }
  void Insert() {
    ASSERT_TRUE(backups_.Insert(backup_));
    ASSERT_TRUE(restores_.Insert(restore_));
  }
  std::unique_ptr<jobs::Workflow> Restore() {
    Insert();
    return MakeRestoreWorkflow(Parts(), task_).value();
  }
  std::unique_ptr<jobs::Workflow> Undo() {
    restore_.outcome = RestoreOutcome::kSwapped;
    restore_.previous_db_name = "shop-db__old_1";
    Insert();
    return MakeUndoWorkflow(Parts(), task_).value();
  }
  [[nodiscard]] RestorePoint Row() { return restores_.Get({"r1"}).value(); }
  [[nodiscard]] Environment Shop() { return environments_.Get({"e1"}).value(); }

  static std::vector<std::string> NamesOf(const jobs::Workflow& workflow) {
    std::vector<std::string> names;
    for (const auto& step : workflow.steps()) names.emplace_back(step->name());
    return names;
  }
  static const jobs::Step& StepOf(const jobs::Workflow& workflow, std::string_view name) {
    for (const auto& step : workflow.steps()) {
      if (step->name() == name) return *step;
    }
    ADD_FAILURE() << "no step " << name;
    return *workflow.steps().front();
  }
  static std::set<std::string_view> NamesBefore(const jobs::Workflow& workflow,
                                                std::string_view end) {
    std::set<std::string_view> names;
    for (const auto& step : workflow.steps()) {
      if (step->name() == end) break;
      names.insert(step->name());
    }
    return names;
  }
  // Those of `names` that `step` waits for, itself or through others.
  static std::set<std::string_view> AwaitedBy(const jobs::Workflow& workflow, std::string_view step,
                                              const std::set<std::string_view>& names) {
    std::set<std::string_view> awaited;
    std::vector<std::string_view> open = StepOf(workflow, step).after();
    while (!open.empty()) {
      const std::string_view name = open.back();
      open.pop_back();
      if (!names.contains(name) || !awaited.insert(name).second) continue;
      for (const std::string_view needed : StepOf(workflow, name).after()) open.push_back(needed);
    }
    return awaited;
  }
  static jobs::Failure FailureOf(ErrorCode code) {
    return {Error{code, "it went wrong"}, "load_database"};
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::RestoreStore restores_{catalog_.database(), clock_};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  catalog::SnapshotStore snapshots_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  backup::BackupMaker maker_{{backups_, environments_, store_, engines_, clock_}};
  domain::Backup backup_;
  RestorePoint restore_;
  domain::Task task_;
};

TEST_F(WorkflowTest, StepsOfARestoreIntoAnExistingEnvironment) {
  EXPECT_THAT(NamesOf(*Restore()),
              ElementsAre("validate", "safety_backup", "download", "load_database",
                          "stage_filestore", "prove", "swap", "start", "verify", "finish"));
}

TEST_F(WorkflowTest, StepsOfARestoreIntoANewEnvironment) {
  restore_.request.mode = RestoreMode::kNew;
  EXPECT_THAT(NamesOf(*Restore()),
              ElementsAre("validate", "deploy", "download", "load_database", "stage_filestore",
                          "prove", "swap", "start", "verify", "finish"));
}

TEST_F(WorkflowTest, NoSafetyBackupWhenItIsNotWanted) {
  restore_.request.create_pre_restore_backup = false;
  EXPECT_THAT(NamesOf(*Restore()), ::testing::Not(::testing::Contains("safety_backup")));
}

TEST_F(WorkflowTest, NoFilestoreWhenItIsNotWanted) {
  restore_.request.include_filestore = false;
  EXPECT_THAT(NamesOf(*Restore()), ::testing::Not(::testing::Contains("stage_filestore")));
}

TEST_F(WorkflowTest, NoFilestoreWhenTheBackupHasNone) {
  backup_.include_filestore = false;
  EXPECT_THAT(NamesOf(*Restore()), ::testing::Not(::testing::Contains("stage_filestore")));
}

// Every choice of steps, with what must come before what: nothing of the live side is touched
// before all that was asked for is done and proven.
TEST_F(WorkflowTest, EverythingIsBeforeTheSwapAndNothingCanBeCancelledFromItOn) {
  int number = 0;
  for (const RestoreMode mode :
       {RestoreMode::kOriginal, RestoreMode::kExisting, RestoreMode::kNew}) {
    for (const bool safety : {true, false}) {
      for (const bool files : {true, false}) {
        restore_.id = {"r" + std::to_string(++number)};
        backup_.id = {"b" + std::to_string(number)};
        restore_.backup_id = backup_.id;
        restore_.request.mode = mode;
        restore_.request.create_pre_restore_backup = safety;
        restore_.request.include_filestore = files;
        task_.subject_id = restore_.id.value;
        const auto workflow = Restore();
        ASSERT_TRUE(jobs::MakePlan(*workflow));
        const auto before = NamesBefore(*workflow, "swap");
        for (const auto& step : workflow->steps()) {
          EXPECT_EQ(step->cancellable(), before.contains(step->name())) << step->name();
          EXPECT_GT(step->weight(), 0) << step->name();
        }
        EXPECT_EQ(AwaitedBy(*workflow, "swap", before), before)
            << "the swap of mode " << domain::NameOf(mode);
      }
    }
  }
}

TEST_F(WorkflowTest, TheStatusFollowsTheStepsAndNeverGoesBack) {
  const auto workflow = Restore();
  const auto begin = [&](std::string_view step) {
    workflow->StepChanged(step, domain::StepState::kRunning);
    return Row().status;
  };
  EXPECT_EQ(begin("validate"), RestoreStatus::kPending);
  EXPECT_EQ(begin("download"), RestoreStatus::kDownloading);
  EXPECT_EQ(begin("stage_filestore"), RestoreStatus::kRestoringFiles);
  EXPECT_EQ(begin("load_database"), RestoreStatus::kRestoringFiles);
  EXPECT_EQ(begin("prove"), RestoreStatus::kVerifying);
  EXPECT_EQ(begin("download"), RestoreStatus::kVerifying);
}

TEST_F(WorkflowTest, OnlyAStepThatRunsChangesTheStatus) {
  const auto workflow = Restore();
  workflow->StepChanged("load_database", domain::StepState::kFailed);
  EXPECT_EQ(Row().status, RestoreStatus::kPending);
}

TEST_F(WorkflowTest, AGoodEndIsWrittenDown) {
  const auto workflow = Restore();
  ASSERT_TRUE(workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().status, RestoreStatus::kCompleted);
  EXPECT_EQ(Row().outcome, RestoreOutcome::kSwapped);
  EXPECT_EQ(Row().completed_at, clock_.Now());
  EXPECT_EQ(Shop().status, EnvironmentStatus::kRunning);
  const Instant ended = clock_.Now();
  clock_.Advance(std::chrono::minutes(5));
  ASSERT_TRUE(workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().completed_at, ended) << "a second call after a crash is no second end";
}

TEST_F(WorkflowTest, AFailureSaysWhatWhereAndThatTheTargetIsUntouched) {
  const auto workflow = Restore();
  ASSERT_TRUE(workflow->Ended(Context(), FailureOf(ErrorCode::kLoadFailed)));
  EXPECT_EQ(Row().status, RestoreStatus::kFailed);
  EXPECT_EQ(Row().outcome, RestoreOutcome::kTargetUntouched);
  EXPECT_EQ(Row().error_code, "load_failed");
  EXPECT_EQ(Row().error_step, "load_database");
  EXPECT_EQ(Row().error_message, "it went wrong");
  EXPECT_EQ(Shop().status, EnvironmentStatus::kRunning);
}

TEST_F(WorkflowTest, ACancelIsNoFailure) {
  const auto workflow = Restore();
  ASSERT_TRUE(workflow->Ended(Context(), FailureOf(ErrorCode::kCancelled)));
  EXPECT_EQ(Row().status, RestoreStatus::kCancelled);
}

TEST_F(WorkflowTest, ARollbackThatWasRecordedStays) {
  restore_.outcome = RestoreOutcome::kRolledBack;
  const auto workflow = Restore();
  ASSERT_TRUE(workflow->Ended(Context(), FailureOf(ErrorCode::kUnhealthy)));
  EXPECT_EQ(Row().outcome, RestoreOutcome::kRolledBack);
}

TEST_F(WorkflowTest, ANewEnvironmentOfAFailedRestoreIsRemoved) {
  restore_.request.mode = RestoreMode::kNew;
  const auto workflow = Restore();
  ASSERT_TRUE(workflow->Ended(Context(), FailureOf(ErrorCode::kLoadFailed)));
  EXPECT_EQ(Shop().status, EnvironmentStatus::kDeleted);
}

TEST_F(WorkflowTest, ATaskWithoutItsRowsMakesNoWorkflow) {
  EXPECT_EQ(MakeRestoreWorkflow(Parts(), task_).error().code, ErrorCode::kNotFound);
}

TEST_F(WorkflowTest, AnUndoKeepsWhatItReplacedSoThatItCanBeUndone) {
  const auto undo = Undo();
  EXPECT_THAT(NamesOf(*undo), ElementsAre("validate", "swap", "start", "verify"));
  ASSERT_TRUE(undo->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().outcome, RestoreOutcome::kUndone);
  EXPECT_EQ(Row().previous_db_name, "shop-db__old_1a2b3c4d");
  ASSERT_TRUE(undo->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().outcome, RestoreOutcome::kUndone) << "a second call after a crash";
  EXPECT_EQ(Row().undo_expires_at, clock_.Now() + restore_.request.keep_previous)
      << "what was live until now is kept as long as what a restore replaces";
  task_.id = {"0193b5a0-1234-7abc-8def-01231a2b3c4e"};
  const auto again = MakeUndoWorkflow(Parts(), task_).value();
  ASSERT_TRUE(again->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().outcome, RestoreOutcome::kSwapped);
  EXPECT_EQ(Row().previous_db_name, "shop-db__old_1a2b3c4e");
}

TEST_F(WorkflowTest, AnUndoThatFailedChangesNoRow) {
  const auto undo = Undo();
  ASSERT_TRUE(undo->Ended(Context(), FailureOf(ErrorCode::kUnhealthy)));
  EXPECT_EQ(Row().outcome, RestoreOutcome::kSwapped);
  EXPECT_EQ(Row().previous_db_name, "shop-db__old_1");
}

TEST_F(WorkflowTest, ReleaseForgetsThePreviousStateOnceItIsGone) {
  restore_.previous_db_name = "shop-db__old_1";
  restore_.undo_expires_at = clock_.Now();
  Insert();
  const auto release = MakeReleaseWorkflow(Parts(), task_).value();
  ASSERT_TRUE(release->Ended(Context(), FailureOf(ErrorCode::kDatabaseFailed)));
  EXPECT_EQ(Row().previous_db_name, "shop-db__old_1");
  ASSERT_TRUE(release->Ended(Context(), std::nullopt));
  EXPECT_EQ(Row().previous_db_name, "");
  EXPECT_FALSE(Row().undo_expires_at);
}

}  // namespace
}  // namespace reprise::restore
