#include "catalog/quota_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/access_stores.hpp"
#include "catalog/drill_store.hpp"
#include "catalog/stores.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::BackupStatus;
using domain::Quota;
using domain::QuotaUse;

class QuotaStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  QuotaStoreTest() {
    EXPECT_TRUE(organizations_.Insert({acme_, "acme", clock_.Now()}));
    EXPECT_TRUE(organizations_.Insert({other_, "other", clock_.Now()}));
    EXPECT_TRUE(tenancy_.InsertProject({project_, acme_, "shop", clock_.Now()}));
    EXPECT_TRUE(tenancy_.InsertProject({{"p2"}, acme_, "blog", clock_.Now()}));
    EXPECT_TRUE(tenancy_.InsertProject({{"p3"}, other_, "shop", clock_.Now()}));
  }

  void AddBackup(const std::string& id, const domain::ProjectId& project, BackupStatus status,
                 ByteCount bytes, const std::string& key = "") {
    domain::Backup backup;
    backup.id = {id};
    backup.project_id = project;
    backup.status = status;
    backup.compressed_size = bytes;
    backup.storage_key = key.empty() ? "backups/e/" + id + ".zip" : key;
    EXPECT_TRUE(backups_.Insert(backup));
  }
  domain::Environment MakeEnvironment(const std::string& id, const domain::ProjectId& project) {
    domain::Environment environment;
    environment.id = {id};
    environment.project_id = project;
    environment.server_id = catalog_.server();
    environment.name = id;
    environment.status = domain::EnvironmentStatus::kRunning;
    return environment;
  }
  void AddTask(const std::string& id, const domain::ProjectId& project, const std::string& status) {
    EXPECT_TRUE(catalog_.database().Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute(
          "INSERT INTO task (id, project_id, kind, status, subject_id, target, idempotency_key,"
          " percent, step, error_code, error_message, error_hint, error_step, attempts,"
          " cancel_requested, compensating, owner, epoch, created_at)"
          " VALUES ($1, $2, 'backup', $3, '', '', '', 0, '', '', '', '', '', 0, 0, 0, '', 0, 0)",
          {id, project.value, status}));
      return {};
    }));
  }
  Status InWrite(const std::function<Status(Transaction&)>& work) {
    return catalog_.database().Write(work);
  }
  Status AskToStore(const std::string& id, const domain::ProjectId& project, ByteCount bytes) {
    domain::Backup backup;
    backup.id = {id};
    backup.project_id = project;
    return InWrite([&](Transaction& tx) { return CheckStoredBytes(tx, backup, bytes); });
  }

  testing::TemporaryCatalog catalog_{GetParam()};
  SystemClock clock_;
  OrganizationStore organizations_{catalog_.database()};
  TenancyStore tenancy_{catalog_.database()};
  BackupStore backups_{catalog_.database(), clock_};
  EnvironmentStore environments_{catalog_.database(), clock_};
  QuotaStore quotas_{catalog_.database(), clock_};
  const domain::OrganizationId acme_{"o1"};
  const domain::OrganizationId other_{"o2"};
  const domain::ProjectId project_{"p1"};
};

INSTANTIATE_TEST_SUITE_P(, QuotaStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(QuotaStoreTest, NothingIsLimitedUntilItIsSaid) {
  EXPECT_EQ(quotas_.Get(acme_).value(), Quota());
  ASSERT_TRUE(quotas_.Put(acme_, {.stored_bytes = 0, .active_tasks = 7}));
  EXPECT_EQ(quotas_.Get(acme_).value(), (Quota{.stored_bytes = 0, .active_tasks = 7}));
  EXPECT_EQ(quotas_.Get(other_).value(), Quota());
  ASSERT_TRUE(quotas_.Put(acme_, {.environments = 5'000'000'000}));
  EXPECT_EQ(quotas_.Get(acme_).value(), (Quota{.environments = 5'000'000'000}));
  ASSERT_TRUE(quotas_.Put(acme_, {}));
  EXPECT_EQ(quotas_.Get(acme_).value(), Quota());
}

TEST_P(QuotaStoreTest, CountsWhatTheOrganizationHasInAllItsProjectsAndNobodyElses) {
  AddBackup("b1", project_, BackupStatus::kCompleted, 3'000'000'000);
  AddBackup("b2", {"p2"}, BackupStatus::kRunning, 4'000'000'000);
  AddBackup("b3", {"p3"}, BackupStatus::kCompleted, 50);
  for (const auto& [id, status] :
       {std::pair{"b4", BackupStatus::kDeleted}, std::pair{"b5", BackupStatus::kFailed},
        std::pair{"b6", BackupStatus::kCancelled}}) {
    AddBackup(id, project_, status, 100);
  }
  AddBackup("b7", project_, BackupStatus::kCompleted, 100, "somebody/elses.zip");
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1", project_)));
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e2", {"p2"})));
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e3", {"p3"})));
  domain::Environment gone = MakeEnvironment("e4", project_);
  gone.status = domain::EnvironmentStatus::kDeleted;
  ASSERT_TRUE(environments_.Insert(gone));
  AddTask("t1", project_, "queued");
  AddTask("t2", {"p2"}, "running");
  AddTask("t3", {"p3"}, "running");
  AddTask("t4", project_, "completed");

  EXPECT_EQ(quotas_.UseOf(acme_).value(), (QuotaUse{7'000'000'000, 2, 2}));
  EXPECT_EQ(quotas_.UseOf(other_).value(), (QuotaUse{50, 1, 1}));
}

TEST_P(QuotaStoreTest, TheThrowawayEnvironmentOfADrillDoesNotCount) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1", project_)));
  domain::Drill drill;
  drill.id = {"d1"};
  drill.project_id = project_;
  drill.throwaway_id = {"e1"};
  ASSERT_TRUE(InWrite([&](Transaction& tx) { return DrillStore::InsertIn(tx, clock_, drill); }));
  EXPECT_EQ(quotas_.UseOf(acme_).value().environments, 0U);
}

TEST_P(QuotaStoreTest, BytesAreRefusedByTheSumOfAllProjects) {
  AddBackup("b1", project_, BackupStatus::kCompleted, 60);
  AddBackup("b2", {"p2"}, BackupStatus::kRunning, 30);
  EXPECT_TRUE(AskToStore("new", project_, 1'000));
  ASSERT_TRUE(quotas_.Put(acme_, {.stored_bytes = 100}));
  EXPECT_TRUE(AskToStore("new", project_, 10));
  EXPECT_EQ(AskToStore("new", project_, 11).error().code, ErrorCode::kQuotaExceeded);
  // Its own former size is not counted twice.
  EXPECT_TRUE(AskToStore("b1", project_, 70));
  EXPECT_FALSE(AskToStore("b1", project_, 71));
  EXPECT_TRUE(AskToStore("new", {"p3"}, 1'000)) << "another organization's";
}

TEST_P(QuotaStoreTest, EnvironmentsAreRefusedAndNamedWithTheirOrganization) {
  ASSERT_TRUE(quotas_.Put(acme_, {.environments = 1}));
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1", project_)));
  const Status second = environments_.Insert(MakeEnvironment("e2", {"p2"}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(second.error().message, "the organization \"acme\" may have 1 environments and has 1");
  EXPECT_TRUE(environments_.Insert(MakeEnvironment("e3", {"p3"})));
  ASSERT_TRUE(environments_.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_TRUE(environments_.Insert(MakeEnvironment("e2", {"p2"})));
}

TEST_P(QuotaStoreTest, TasksAreRefusedOfItsOrganizationOnly) {
  ASSERT_TRUE(quotas_.Put(acme_, {.active_tasks = 1}));
  const auto ask = [&](const domain::ProjectId& project) {
    return InWrite([&](Transaction& tx) { return CheckOneTaskMore(tx, project); });
  };
  EXPECT_TRUE(ask(project_));
  AddTask("t1", {"p2"}, "queued");
  EXPECT_EQ(ask(project_).error().code, ErrorCode::kQuotaExceeded);
  EXPECT_TRUE(ask({"p3"}));
}

TEST_P(QuotaStoreTest, GoesWithItsOrganization) {
  ASSERT_TRUE(organizations_.Insert({{"o3"}, "empty", clock_.Now()}));
  ASSERT_TRUE(quotas_.Put({"o3"}, {.environments = 1}));
  ASSERT_TRUE(organizations_.Delete({"o3"}));
  EXPECT_EQ(quotas_.Get({"o3"}).value(), Quota());
}

}  // namespace
}  // namespace reprise::catalog
