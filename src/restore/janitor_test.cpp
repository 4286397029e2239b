#include "restore/janitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "odoo/labels.hpp"
#include "storage/memory_store.hpp"

namespace reprise::restore {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JanitorTest : public ::testing::Test {
 protected:
  JanitorTest() {
    engine_.AddImage({.tags = {"odoo:14"}});
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.containers = {"shop_odoo", "shop_db", ""};
    EXPECT_TRUE(environments_.Insert(shop));
    domain::Backup backup;
    backup.id = {"b1"};
    backup.project_id = shop.project_id;
    EXPECT_TRUE(backups_.Insert(backup));
  }
  void Helper(const std::string& name, const docker::Labels& labels) {
    docker::ContainerSpec spec;
    spec.name = name;
    spec.image = "odoo:14";
    spec.labels = labels;
    ASSERT_TRUE(engine_.Create(Context(), spec));
  }
  domain::TaskId Task(const std::string& target) {
    return journal_
        .Submit(
            {.kind = domain::TaskKind::kBackup, .project_id = catalog_.project(), .target = target})
        .value()
        .id;
  }
  docker::Labels Of(const domain::TaskId& task, const std::string& installation = "here") {
    return {{odoo::kInstallationLabel, installation}, {odoo::kTaskLabel, task.value}};
  }
  void Restore(const std::string& id, const std::string& previous, std::optional<Instant> until) {
    domain::RestorePoint restore;
    restore.id = {id};
    restore.backup_id = {"b1"};
    restore.project_id = catalog_.project();
    restore.target_environment_id = {"e1"};
    restore.target_server_id = catalog_.server();
    restore.outcome = domain::RestoreOutcome::kSwapped;
    restore.previous_db_name = previous;
    restore.undo_expires_at = until;
    ASSERT_TRUE(restores_.Insert(restore));
  }
  [[nodiscard]] std::vector<std::string> Left() {
    std::vector<std::string> names;
    const auto containers = engine_.List(Context(), {}).value();
    names.reserve(containers.size());
    for (const auto& container : containers) names.push_back(container.name);
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::vector<std::string> Releases() {
    std::vector<std::string> subjects;
    const auto tasks = journal_.List({.kind = domain::TaskKind::kRelease}, {}).value();
    subjects.reserve(tasks.items.size());
    for (const auto& task : tasks.items) subjects.push_back(task.subject_id);
    return subjects;
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::RestoreStore restores_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  jobs::Journal journal_{catalog_.database(), clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  RestoreService service_{{restores_, backups_, environments_, tenancy_, journal_, store_, clock_}};
  catalog::DrillStore drills_{catalog_.database()};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  Janitor janitor_{
      {restores_, environments_, drills_, service_, journal_, engines_, clock_, "here", space_}};
};

TEST_F(JanitorTest, RemovesWhatADrillHasLeftOnceItsTaskHasEnded) {
  const domain::TaskId task = Task("drill:e1");
  domain::Environment drill;
  drill.id = {"d1"};
  drill.project_id = catalog_.project();
  drill.server_id = catalog_.server();
  drill.name = "drill";
  ASSERT_TRUE(environments_.Insert(drill));
  domain::Drill row;
  row.id = {"x1"};
  row.project_id = catalog_.project();
  row.task_id = task;
  row.throwaway_id = drill.id;
  ASSERT_TRUE(catalog_.database().Write([&](catalog::Transaction& transaction) {
    return catalog::DrillStore::InsertIn(transaction, clock_, row);
  }));
  Helper("d1_odoo", {{odoo::kEnvironmentLabel, "d1"}, {odoo::kInstallationLabel, "here"}});
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Left(), ElementsAre("d1_odoo")) << "its task has not ended";
  ASSERT_TRUE(journal_.RequestCancel(task));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_EQ(environments_.Get({"d1"}).value().status, domain::EnvironmentStatus::kDeleted);
}

TEST_F(JanitorTest, RemovesHelpersOfTasksThatHaveEndedAndNoOthers) {
  const domain::TaskId runs = Task("e1");
  const domain::TaskId ended = Task("e2");
  ASSERT_TRUE(journal_.RequestCancel(ended));
  Helper("of_a_task_that_runs", Of(runs));
  Helper("of_an_ended_task", Of(ended));
  Helper("of_an_unknown_task", Of({"gone"}));
  Helper("of_another_installation", Of(ended, "there"));
  Helper("part_of_an_environment",
         {{odoo::kInstallationLabel, "here"}, {odoo::kEnvironmentLabel, "e1"}});
  Helper("of_somebody_else", {});
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Left(), ElementsAre("of_a_task_that_runs", "of_another_installation",
                                  "of_somebody_else", "part_of_an_environment"));
}

TEST_F(JanitorTest, RemovesWhatIsReservedForTasksThatHaveEndedAndNoOthers) {
  const domain::TaskId ended = Task("e1");
  const domain::TaskId active = Task("e2");
  for (const domain::TaskId& task : {ended, active, domain::TaskId{"not yet"}}) {
    ASSERT_TRUE(space_.Reserve({task, std::nullopt, "the restore"}, catalog_.server(),
                               {{"database", "2049", 5}}, [](const auto&) { return Status(); }));
  }
  ASSERT_TRUE(journal_.RequestCancel(ended));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_EQ(space_.Count().value(), 2);
  clock_.Advance(catalog::SpaceStore::kArrivalKept);
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_EQ(space_.Count().value(), 1) << "nobody takes it in any more";
  EXPECT_EQ(space_.OnServer(catalog_.server()).value().at(0).task, active);
}

TEST_F(JanitorTest, RemovesNetworksWithTheDatabaseStillInThem) {
  Helper("shop_db", {});
  const domain::TaskId ended = Task("e1");
  ASSERT_TRUE(journal_.RequestCancel(ended));
  const domain::TaskId runs = Task("e1");
  ASSERT_TRUE(engine_.CreateNetwork(Context(), {.name = "ended", .labels = Of(ended)}));
  ASSERT_TRUE(engine_.CreateNetwork(Context(), {.name = "runs", .labels = Of(runs)}));
  ASSERT_TRUE(engine_.Connect(Context(), "ended", "shop_db", {}));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  const auto networks = engine_.ListNetworks(Context(), {}).value();
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks.front().name, "runs");
}

TEST_F(JanitorTest, RemovesWhatIsLeftOfAnEnvironmentThatIsGone) {
  for (const char* id : {"e1", "unknown"}) {
    ASSERT_TRUE(
        engine_.CreateVolume(Context(), std::string(id) + "_db_data",
                             {{odoo::kInstallationLabel, "here"}, {odoo::kEnvironmentLabel, id}}));
  }
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_EQ(engine_.ListVolumes(Context(), {})->size(), 2U) << "it is alive";
  ASSERT_TRUE(environments_.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  const auto left = engine_.ListVolumes(Context(), {}).value();
  ASSERT_EQ(left.size(), 1U) << "what another catalog may know is not touched";
  EXPECT_EQ(left.front().name, "unknown_db_data");
}

TEST_F(JanitorTest, OneSilentServerDoesNotKeepTheOthersFromBeingSwept) {
  docker::FakeEngine silent;
  engines_.Add({"s2"}, silent);
  silent.OnCall(
      [](std::string_view) -> Status { return Fail(ErrorCode::kEngineUnavailable, "no answer"); });
  const domain::TaskId ended = Task("e1");
  ASSERT_TRUE(journal_.RequestCancel(ended));
  Helper("of_an_ended_task", Of(ended));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(JanitorTest, ReleasesAPreviousStateOnlyWhenItsTimeIsOver) {
  Restore("r1", "shop-db__old_1", clock_.Now() + hours(24));
  clock_.Advance(hours(24) - std::chrono::seconds(1));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Releases(), IsEmpty());
  clock_.Advance(std::chrono::seconds(1));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Releases(), ElementsAre("r1"));
}

TEST_F(JanitorTest, ABusyTargetIsReleasedAtALaterSweepAndHoldsNothingElseUp) {
  Restore("r1", "shop-db__old_1", clock_.Now());
  const domain::TaskId busy = Task("e1");
  Helper("of_an_unknown_task", Of({"gone"}));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Releases(), IsEmpty());
  EXPECT_THAT(Left(), IsEmpty());
  ASSERT_TRUE(journal_.RequestCancel(busy));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_THAT(Releases(), ElementsAre("r1"));
}

TEST_F(JanitorTest, NeverReleasesTwiceAtOnce) {
  Restore("r1", "shop-db__old_1", clock_.Now());
  ASSERT_TRUE(janitor_.Sweep(Context()));
  ASSERT_TRUE(janitor_.Sweep(Context()));
  EXPECT_EQ(Releases().size(), 1U);
}

}  // namespace
}  // namespace reprise::restore
