#include "rescue/mount_workflow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/restore_house.hpp"

namespace reprise::rescue {
namespace {

using domain::Mount;
using domain::MountStatus;
using restore::testing::RestoreHouse;
using restore::testing::Sight;
using ::testing::HasSubstr;

constexpr const char* kMountId = "0193b5a0-1234-7abc-8def-0123cccc1111";
constexpr const char* kSide = "shop-db__rcccc1111_";

// A shop that runs, a verified backup of it, and a mount whose steps can be run one by one.
class MountHouse : public RestoreHouse {
 public:
  MountHouse() {
    Stock();
    mount.id = {kMountId};
    mount.project_id = trio.shop.project_id;
    mount.backup_id = backup.id;
    mount.environment_id = trio.shop.id;
    mount.task_id = task.id;
    mount.expires_at = clock.Now() + std::chrono::hours(4);
    task.kind = domain::TaskKind::kMount;
    task.subject_id = kMountId;
    EXPECT_TRUE(database().Write([&](catalog::Transaction& transaction) {
      return catalog::MountStore::InsertIn(transaction, mount);
    }));
    trio.engine.OnCall([this](std::string_view) { return fuse.Burn(); });
    before = Look();
    ClaimMount();
  }
  MountParts MountMadeWith() {
    return {mounts, backups, environments, store, trio.engines, clock, settings, space};
  }
  void ClaimMount() {
    ++epoch;
    workflow = MakeMountWorkflow(MountMadeWith(), task).value();
  }
  void ClaimUnmount() {
    begun.clear();
    done.clear();
    ++epoch;
    workflow = MakeUnmountWorkflow(MountMadeWith(), task).value();
  }
  Mount MountRow() { return mounts.Get(mount.id).value(); }
  // The databases that stand for it, and the roles.
  std::vector<std::string> Standing() {
    std::vector<std::string> names;
    const auto world = trio.databases.world();
    for (const auto& [name, database] : world.databases) {
      if (name.starts_with(kSide)) names.push_back(name);
    }
    for (const auto& [name, role] : world.roles) {
      if (name.starts_with("reprise_rcccc1111")) names.push_back(name);
    }
    return names;
  }

  catalog::MountStore mounts{database()};
  Mount mount;
};

TEST(MountWorkflow, TheBackupStandsBesideTheLiveDatabaseWhichIsNotTouched) {
  MountHouse house;
  const Status ran = house.RunTo("load_database");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  const Mount row = house.MountRow();
  EXPECT_EQ(row.status, MountStatus::kMounted);
  EXPECT_EQ(row.database_name, std::string(kSide) + "1");
  const auto side = house.trio.databases.world().databases.at(row.database_name);
  EXPECT_EQ(side.content, "backup");
  EXPECT_EQ(side.owner, row.role_name) << "or the running Odoo would open it";
  EXPECT_EQ(side.objects, row.role_name);
  EXPECT_EQ(house.Live(), "live");
  Sight sight = house.Look();
  EXPECT_TRUE(sight.helpers.empty());
  sight.databases = house.before.databases;
  EXPECT_EQ(sight, house.before);
}

TEST(MountWorkflow, ADumpThatDoesNotLoadLeavesNothing) {
  MountHouse house;
  house.trio.databases.load_complaint = "relation \"x\" does not exist";
  ASSERT_FALSE(house.RunTo("load_database"));
  ASSERT_TRUE(house.UndoAll());
  EXPECT_EQ(house.Look(), house.before);
  const jobs::Failure failure{{ErrorCode::kLoadFailed, "it does not load"}, "load_database"};
  ASSERT_TRUE(house.workflow->Ended(Context(), failure));
  EXPECT_EQ(house.MountRow().status, MountStatus::kFailed);
  EXPECT_EQ(house.MountRow().database_name, "") << "nothing for the janitor to come for";
}

TEST(MountWorkflow, AFullDiskIsToldWhateverPostgresqlSaysOfIt) {
  MountHouse house;
  house.trio.databases.load_complaint = "connection to server was lost";
  ASSERT_TRUE(house.RunTo("validate"));
  house.trio.programs.OnProgram("stat", {"2000 4096 61000000\n2049\n"});
  const Status ran = house.Run("load_database");
  EXPECT_EQ(ran.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(ran.error().message, HasSubstr("the disk of shop_db is full"));
}

TEST(MountWorkflow, RoomIsReservedForIt) {
  MountHouse house;
  ASSERT_TRUE(house.RunTo("validate"));
  EXPECT_GT(house.space.Count().value(), 0);
  ASSERT_TRUE(house.RunTo("load_database"));
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.space.Count().value(), 0);
}

TEST(MountWorkflow, WhatOthersHaveReservedIsNotFree) {
  MountHouse house;
  const domain::Task other =
      house.journal
          .Submit({.kind = domain::TaskKind::kRestore, .project_id = house.mount.project_id})
          .value();
  ASSERT_TRUE(house.space.Reserve(
      {other.id, std::nullopt, "the restore of \"old\" into \"lab\""}, house.trio.shop.server_id,
      {{"database", "101 101", 42'300'000'000}}, [](const auto&) { return Status(); }));
  const Status ran = house.Run("validate");
  EXPECT_EQ(ran.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(ran.error().message, HasSubstr("the restore of \"old\""));
  EXPECT_THAT(ran.error().hint, HasSubstr("wait until that has ended"));
  EXPECT_EQ(house.space.Count().value(), 1) << "who is refused keeps nothing";
}

TEST(MountWorkflow, AMountThatDoesNotFitIsNotToldToBeInPlace) {
  MountHouse house;
  house.trio.programs.OnProgram("stat", {"2000 4096 61000000\n2049\n"});
  const Status ran = house.Run("validate");
  EXPECT_EQ(ran.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(ran.error().hint, "free space on it, then try again");
}

TEST(MountWorkflow, WhoLostTheTaskLoadsNothing) {
  MountHouse house;
  ASSERT_TRUE(house.RunTo("validate"));
  house.is_owner = false;
  EXPECT_EQ(house.Run("load_database").error().code, ErrorCode::kLeaseLost);
  EXPECT_TRUE(house.Standing().empty());
}

TEST(MountWorkflow, AProcessThatDiesAtAnyActLeavesWhatTheNextEndsOrTakesBack) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    MountHouse house;
    house.fuse.DieAt(act);
    const Status ran = house.RunTo("load_database");
    house.fuse.Revive();
    if (ran) break;
    house.ClaimMount();
    if (act % 2 == 0) {
      ASSERT_TRUE(house.UndoAll());
      ASSERT_EQ(house.Look(), house.before);
      continue;
    }
    ASSERT_TRUE(house.RunTo("load_database"));
    ASSERT_EQ(house.Standing().size(), 2U) << "one database and its role";
    ASSERT_TRUE(house.Look().helpers.empty());
  }
}

TEST(MountWorkflow, UnmountingAtAnyActEndsWithNothingLeft) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    MountHouse house;
    ASSERT_TRUE(house.RunTo("load_database"));
    house.ClaimUnmount();
    house.fuse.DieAt(act);
    const Status ran = house.RunTo("unmount");
    house.fuse.Revive();
    house.ClaimUnmount();
    ASSERT_TRUE(house.RunTo("unmount")) << "also when it was done before";
    ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
    ASSERT_EQ(house.Look(), house.before);
    ASSERT_EQ(house.MountRow().status, MountStatus::kEnded);
    ASSERT_EQ(house.MountRow().database_name, "");
    if (ran) break;
  }
}

TEST(MountWorkflow, ADatabaseWhoseContainerIsAwayIsNotForgotten) {
  MountHouse house;
  ASSERT_TRUE(house.RunTo("load_database"));
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  const auto container = house.trio.shop.containers.db;
  ASSERT_TRUE(house.trio.engine.Remove(Context(), container));
  house.ClaimUnmount();
  const Status ran = house.RunTo("unmount");
  ASSERT_FALSE(ran) << "it may come back, on the same volume";
  EXPECT_EQ(ran.error().code, ErrorCode::kContainerMissing);
  EXPECT_THAT(ran.error().hint, HasSubstr("unmount it again"));
  ASSERT_TRUE(house.workflow->Ended(Context(), jobs::Failure{ran.error(), "unmount"}));
  EXPECT_EQ(house.MountRow().status, MountStatus::kFailed);
  EXPECT_EQ(house.MountRow().database_name, std::string(kSide) + "1");
}

TEST(MountWorkflow, WhatWentWithItsEnvironmentIsUnmounted) {
  MountHouse house;
  ASSERT_TRUE(house.RunTo("load_database"));
  ASSERT_TRUE(house.trio.engine.Remove(Context(), house.trio.shop.containers.db));
  ASSERT_TRUE(house.environments.Update(house.trio.shop.id, [](auto& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  house.ClaimUnmount();
  ASSERT_TRUE(house.RunTo("unmount"));
  EXPECT_EQ(house.MountRow().database_name, "");
}

// Of an installation whose server was removed.
class NoServers final : public docker::Engines {
 public:
  Result<std::shared_ptr<docker::Engine>> Of(const domain::ServerId&) override {
    return Fail(ErrorCode::kNotFound, "there is no such server");
  }
  Result<std::vector<OfServer>> All() override { return std::vector<OfServer>(); }
  Result<docker::MachineLoad> Load(const Context&, const domain::ServerId&) override {
    return Fail(ErrorCode::kNotFound, "there is no such server");
  }
};

TEST(MountWorkflow, WhatWentWithItsServerIsUnmountedOnceTheEnvironmentIsRemoved) {
  MountHouse house;
  ASSERT_TRUE(house.RunTo("load_database"));
  NoServers none;
  MountParts parts{house.mounts, house.backups, house.environments, house.store,
                   none,         house.clock,   house.settings,     house.space};
  EXPECT_EQ(MakeUnmountWorkflow(parts, house.task).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(house.environments.Update(house.trio.shop.id, [](auto& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  house.begun.clear();
  house.done.clear();
  house.workflow = MakeUnmountWorkflow(parts, house.task).value();
  ASSERT_TRUE(house.RunTo("unmount"));
  EXPECT_EQ(house.MountRow().database_name, "");
  EXPECT_TRUE(RemoveWhatStands(Context(), parts, house.mount));
}

}  // namespace
}  // namespace reprise::rescue
