#include "upkeep/expiry_service.hpp"

#include <gmock/gmock.h>

#include "catalog/mount_store.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "upkeep/testing/upkeep_bench.hpp"

namespace reprise::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

class ExpiryServiceTest : public testing::UpkeepBench {
 protected:
  ExpiryServiceTest() {
    domain::Environment copy;
    copy.id = {"e2"};
    copy.project_id = catalog_.project();
    copy.server_id = catalog_.server();
    copy.name = "copy";
    copy.type = domain::EnvironmentType::kStaging;
    copy.status = domain::EnvironmentStatus::kRunning;
    copy.origin = domain::EnvironmentOrigin::kDeployed;
    copy.containers.odoo = "copy_odoo";
    EXPECT_TRUE(node_.environments.Insert(copy));
  }
  [[nodiscard]] std::vector<domain::Task> Removals() {
    std::vector<domain::Task> removals;
    auto tasks = node_.journal.List({}, {1, 100}).value();
    for (domain::Task& task : tasks.items) {
      if (task.kind == domain::TaskKind::kRemove) removals.push_back(std::move(task));
    }
    return removals;
  }

  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  odoo::EnvironmentService service_{
      {node_.environments, node_.tenancy, node_.journal, engines_, {}, clock_}};
  ExpiryService expiry_{{.environments = node_.environments, .service = service_, .clock = clock_}};
};

TEST_F(ExpiryServiceTest, RemovesOneWhoseTimeIsOverOnceAndNoneBefore) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, hours(4)));
  clock_.Advance(hours(4) - minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_TRUE(Removals().empty());
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  ASSERT_EQ(Removals().size(), 1U);
  EXPECT_EQ(Removals().front().target, "e2");
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_EQ(Removals().size(), 1U);
}

TEST_F(ExpiryServiceTest, ARemovalThatFailedIsTriedAgainAfterAnHour) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  EndTasks();  // without having removed anything
  clock_.Advance(minutes(59));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_EQ(Removals().size(), 1U);
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_EQ(Removals().size(), 2U);
}

TEST_F(ExpiryServiceTest, OneInWhichABackupIsMountedStaysAsLong) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  domain::Mount mount;
  mount.id = {"m1"};
  mount.project_id = catalog_.project();
  mount.backup_id = {"b1"};
  mount.environment_id = {"e2"};
  mount.status = domain::MountStatus::kMounting;
  ASSERT_TRUE(catalog_.database().Write([&](catalog::Transaction& transaction) {
    return catalog::MountStore::InsertIn(transaction, mount);
  }));
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_TRUE(Removals().empty());
  ASSERT_TRUE(catalog::MountStore(catalog_.database())
                  .Update(mount.id, std::nullopt, [](domain::Mount& row) -> Status {
                    row.status = domain::MountStatus::kEnded;
                    return {};
                  }));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_EQ(Removals().size(), 1U);
}

TEST_F(ExpiryServiceTest, OneThatIsBusyWaitsForTheNextLook) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  ASSERT_TRUE(node_.journal.Submit({.kind = domain::TaskKind::kBackup,
                                    .project_id = catalog_.project(),
                                    .subject_id = "b1",
                                    .target = "e2"}));
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_TRUE(Removals().empty());
  EndTasks();
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_EQ(Removals().size(), 1U);
}

TEST_F(ExpiryServiceTest, NobodyIsPromisedThatItStaysWhileItsRemovalIsOnItsWay) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  clock_.Advance(minutes(1));
  ASSERT_TRUE(expiry_.Tick());
  const auto promised = service_.SetLifetime({"e2"}, std::nullopt);
  ASSERT_FALSE(promised);
  EXPECT_EQ(promised.error().code, ErrorCode::kTargetBusy);
  EXPECT_THAT(promised.error().message, HasSubstr("(remove)"));
  EndTasks();  // cancelled, say
  EXPECT_TRUE(service_.SetLifetime({"e2"}, std::nullopt));
}

TEST_F(ExpiryServiceTest, OneThatIsToStayAfterAllStays) {
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  ASSERT_TRUE(service_.SetLifetime({"e2"}, std::nullopt));
  clock_.Advance(hours(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_TRUE(Removals().empty());
  EXPECT_FALSE(service_.RemoveExpired({"e2"}).value());
}

TEST_F(ExpiryServiceTest, NeitherAProductionNorAnAdoptedOneIsEverRemoved) {
  const auto adopted = service_.SetLifetime({"e1"}, hours(1));
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(adopted.error().message, HasSubstr("was adopted"));
  ASSERT_TRUE(service_.SetLifetime({"e2"}, minutes(1)));
  ASSERT_TRUE(node_.environments.Update({"e2"}, [](domain::Environment& row) -> Status {
    row.type = domain::EnvironmentType::kProduction;
    return {};
  }));
  EXPECT_THAT(service_.SetLifetime({"e2"}, hours(1)).error().message, HasSubstr("production"));
  clock_.Advance(hours(1));
  ASSERT_TRUE(expiry_.Tick());
  EXPECT_TRUE(Removals().empty());
}

TEST_F(ExpiryServiceTest, OneThatIsRemovedAlreadyCannotBeGivenATime) {
  ASSERT_TRUE(node_.environments.Update({"e2"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_EQ(service_.SetLifetime({"e2"}, hours(1)).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace reprise::upkeep
