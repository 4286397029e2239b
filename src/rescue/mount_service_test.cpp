#include "rescue/mount_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"
#include "storage/memory_store.hpp"

namespace reprise::rescue {
namespace {

using domain::Mount;
using domain::MountStatus;
using ::testing::HasSubstr;

class MountServiceTest : public ::testing::Test {
 protected:
  MountServiceTest() {
    shop_.id = {"e1"};
    shop_.project_id = catalog_.project();
    shop_.server_id = catalog_.server();
    shop_.name = "shop";
    shop_.db_name = "shop";
    shop_.odoo_version = "14.0";
    shop_.status = domain::EnvironmentStatus::kRunning;
    EXPECT_TRUE(environments_.Insert(shop_));
    backup_.id = {"b1"};
    backup_.project_id = catalog_.project();
    backup_.environment_id = {"e1"};
    backup_.name = "nightly";
    backup_.status = domain::BackupStatus::kCompleted;
    backup_.is_verified = true;
    backup_.storage_key = "b1.zip";
    backup_.snapshot.odoo_version = "14.0";
    EXPECT_TRUE(backups_.Insert(backup_));
    auto object = store_.Create(Context(), "b1.zip").value();
    EXPECT_TRUE(object->Write(Context(), BytesOf("archive")));
    EXPECT_TRUE(object->Close(Context()));
  }
  Mount Order(std::chrono::hours lifetime = std::chrono::hours(4)) {
    return service_.Order(Context(), {.backup_id = {"b1"}, .lifetime = lifetime}).value();
  }
  // As the workflow leaves it.
  Mount Mounted() {
    const Mount mount = Order();
    EndTask(mount.task_id);
    Change(mount, [](Mount& row) {
      row.status = MountStatus::kMounted;
      row.database_name = "shop__r1_1";
      row.role_name = "reprise_r1_1";
    });
    return mounts_.Get(mount.id).value();
  }
  void Change(const Mount& mount, const std::function<void(Mount&)>& change) {
    EXPECT_TRUE(mounts_.Update(mount.id, {}, [&](Mount& row) -> Status {
      change(row);
      return {};
    }));
  }
  void EndTask(const domain::TaskId& task) {
    EXPECT_TRUE(journal_.RequestCancel(
        task, [](catalog::Transaction&, const domain::Task&) { return Status(); }));
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::MountStore mounts_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  domain::Environment shop_;
  domain::Backup backup_;
  MountService service_{{.mounts = mounts_,
                         .backups = backups_,
                         .environments = environments_,
                         .journal = journal_,
                         .store = store_,
                         .clock = clock_,
                         .sealer = {[](auto text, auto whose) {
                                      return std::string(whose) + "/" + std::string(text);
                                    },
                                    [](auto sealed, auto whose) -> Result<std::string> {
                                      return std::string(sealed.substr(whose.size() + 1));
                                    }}}};
};

TEST_F(MountServiceTest, OrdersATaskAndKeepsWhatIsOfIt) {
  const Mount mount = Order(std::chrono::hours(2));
  const Mount read = mounts_.Get(mount.id).value();
  EXPECT_EQ(read.status, MountStatus::kMounting);
  EXPECT_EQ(read.environment_id.value, "e1");
  EXPECT_EQ(read.expires_at, clock_.Now() + std::chrono::hours(2));
  EXPECT_EQ(read.database_name, "");
  EXPECT_EQ(service_.LoginOf(read)->size(), 48U);
  EXPECT_EQ(journal_.Get(mount.task_id)->kind, domain::TaskKind::kMount);
  EXPECT_EQ(service_.Unmount(mount.id).error().code, ErrorCode::kTargetBusy);
}

TEST_F(MountServiceTest, RefusesWhatCannotBeMounted) {
  const auto code = [&](const MountOrder& order) {
    return service_.Order(Context(), order).error().code;
  };
  EXPECT_EQ(code({.backup_id = {"b2"}}), ErrorCode::kNotFound);
  EXPECT_EQ(code({.backup_id = {"b1"}, .lifetime = std::chrono::hours(73)}),
            ErrorCode::kInvalidArgument);
  domain::Environment other = shop_;
  other.id = {"e2"};
  other.name = "newer";
  other.odoo_version = "16.0";
  ASSERT_TRUE(environments_.Insert(other));
  EXPECT_EQ(code({.backup_id = {"b1"}, .environment_id = {"e2"}}), ErrorCode::kIncompatible);
  ASSERT_TRUE(store_.Delete(Context(), "b1.zip"));
  EXPECT_EQ(code({.backup_id = {"b1"}}), ErrorCode::kBackupNotAvailable);
  EXPECT_EQ(mounts_.List({}, {})->total, 0U);
}

TEST_F(MountServiceTest, UnmountsWhatIsOverAndWhatAFailureHasLeft) {
  const Mount over = Mounted();
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(over.id)->status, MountStatus::kMounted) << "its time is not over";
  const Mount failed = Mounted();
  Change(failed, [](Mount& row) { row.status = MountStatus::kFailed; });
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(failed.id)->status, MountStatus::kUnmounting);
  EXPECT_EQ(mounts_.Get(over.id)->status, MountStatus::kMounted);
  clock_.Advance(std::chrono::hours(5));
  ASSERT_TRUE(service_.UnmountOver());
  const Mount read = mounts_.Get(over.id).value();
  EXPECT_EQ(read.status, MountStatus::kUnmounting);
  EXPECT_EQ(journal_.Get(read.task_id)->kind, domain::TaskKind::kUnmount);
  EXPECT_TRUE(service_.UnmountOver()) << "they are being unmounted";
}

TEST_F(MountServiceTest, AFailedUnmountIsOrderedAgainAfterAPause) {
  const Mount failed = Mounted();
  Change(failed, [&](Mount& row) {
    row.status = MountStatus::kFailed;
    row.ended_at = clock_.Now() + std::chrono::hours(5);
  });
  clock_.Advance(std::chrono::hours(5) + std::chrono::minutes(14));
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(failed.id)->status, MountStatus::kFailed);
  clock_.Advance(std::chrono::minutes(1));
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(failed.id)->status, MountStatus::kUnmounting);
}

TEST_F(MountServiceTest, WhatIsStillBeingMountedAfterItsTimeIsUnmountedOnceNoTaskWorksOnIt) {
  const Mount stuck = Order();
  clock_.Advance(std::chrono::hours(5));
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(stuck.id)->status, MountStatus::kMounting) << "its task may still come";
  EndTask(stuck.task_id);
  ASSERT_TRUE(service_.UnmountOver());
  EXPECT_EQ(mounts_.Get(stuck.id)->status, MountStatus::kUnmounting);
}

TEST_F(MountServiceTest, ACancelledTaskLeavesThemAsTheyWere) {
  const auto cancel = [&](const domain::TaskId& id) {
    EXPECT_TRUE(journal_.RequestCancel(id, [&](auto& transaction, const domain::Task& task) {
      return MountService::EndCancelledIn(transaction, clock_, task);
    }));
  };
  const Mount never = Order();
  cancel(never.task_id);
  EXPECT_EQ(mounts_.Get(never.id)->status, MountStatus::kFailed);
  EXPECT_EQ(service_.Unmount(never.id).error().code, ErrorCode::kConflict);
  const Mount stands = Mounted();
  cancel(service_.Unmount(stands.id)->id);
  EXPECT_EQ(mounts_.Get(stands.id)->status, MountStatus::kMounted);
}

TEST_F(MountServiceTest, AnEnvironmentWithAMountIsNotRemoved) {
  const auto check = [&] {
    return catalog_.database().Write([&](catalog::Transaction& transaction) {
      return catalog::MountStore::CheckNoneIn(transaction, shop_.id);
    });
  };
  EXPECT_TRUE(check());
  const Mount mount = Mounted();
  const Status refused = check();
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().hint, HasSubstr(mount.id.value));
  Change(mount, [](Mount& row) { row.status = MountStatus::kFailed; });
  EXPECT_TRUE(check()) << "what cannot be unmounted must not keep its environment for ever";
  Change(mount, [](Mount& row) {
    row.status = MountStatus::kEnded;
    row.database_name.clear();
  });
  EXPECT_TRUE(check());
  Order();
  EXPECT_EQ(check().error().code, ErrorCode::kConflict) << "it is about to stand there";
}

TEST_F(MountServiceTest, AMountedBackupIsNotDeleted) {
  const auto check = [&](const char* id) {
    return catalog_.database().Write([&](catalog::Transaction& transaction) {
      return catalog::MountStore::CheckNoneOfIn(transaction, {id});
    });
  };
  EXPECT_TRUE(check("b1"));
  const Mount ordered = Order();
  EXPECT_EQ(check("b1").error().code, ErrorCode::kConflict) << "it is about to be mounted";
  EXPECT_THAT(check("b1").error().hint, HasSubstr(ordered.id.value));
  EXPECT_TRUE(check("b2"));
  Change(ordered, [](Mount& row) {
    row.status = MountStatus::kFailed;
    row.database_name = "shop__r1_1";
  });
  EXPECT_TRUE(check("b1")) << "what is left of it reads no backup";
}

}  // namespace
}  // namespace reprise::rescue
