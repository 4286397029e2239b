#include "restore/server_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/server_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "jobs/journal.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreMode;
using ::testing::HasSubstr;

constexpr ByteCount kGb = 1'000'000'000;

class ServerChoiceTest : public ::testing::Test {
 protected:
  ServerChoiceTest() {
    EXPECT_TRUE(servers_.Insert({.id = {"s2"}, .name = "second", .address = "203.0.113.2"},
                                {.server_id = {"s2"}, .host = "203.0.113.2"}));
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = {"s2"};
    shop.name = "shop";
    EXPECT_TRUE(environments_.Insert(shop));
    backup_.environment_id = shop.id;
    backup_.database_size = kGb;
    backup_.filestore_size = 2 * kGb;
  }
  Result<catalog::Server> Choose(RestoreMode mode, const std::string& server) {
    domain::RestoreRequest request;
    request.mode = mode;
    request.new_environment.server_id = {server};
    return ChooseServer(environments_, tenancy_, request, backup_);
  }
  Status Holds(ByteCount disk_free) {
    engines_.SetLoad({"s2"}, {.cpus = 4,
                              .memory_bytes = 8 * kGb,
                              .memory_free_bytes = 8 * kGb,
                              .disk_bytes = 100 * kGb,
                              .disk_free_bytes = disk_free});
    return CheckServerHolds(Context(), engines_, &space_, tenancy_.GetServer({"s2"}).value(),
                            backup_);
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::ServerStore servers_{catalog_.database()};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  jobs::Journal journal_{catalog_.database(), clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  domain::Backup backup_;
};

TEST_F(ServerChoiceTest, ANewEnvironmentGoesToTheSourcesServerUnlessToldOtherwise) {
  EXPECT_EQ(Choose(RestoreMode::kNew, "")->name, "second");
  EXPECT_EQ(Choose(RestoreMode::kNew, catalog_.server().value)->id, catalog_.server());
  backup_.environment_id = {};
  EXPECT_EQ(Choose(RestoreMode::kNew, "")->id, catalog_.server()) << "an imported backup's";
}

TEST_F(ServerChoiceTest, ADeletedEnvironmentsBackupStillKnowsItsServerUntilThatIsRemoved) {
  ASSERT_TRUE(environments_.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_EQ(Choose(RestoreMode::kNew, "")->name, "second");
  ASSERT_TRUE(servers_.Remove({"s2"}, clock_.Now()));
  EXPECT_EQ(Choose(RestoreMode::kNew, "")->id, catalog_.server());
}

TEST_F(ServerChoiceTest, CrossServerMeansAnotherServer) {
  EXPECT_EQ(Choose(RestoreMode::kCrossServer, catalog_.server().value)->id, catalog_.server());
  for (const char* same : {"s2", ""}) {
    const auto refused = Choose(RestoreMode::kCrossServer, same);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "/target/server_id");
  }
  EXPECT_EQ(Choose(RestoreMode::kCrossServer, "s3").error().code, ErrorCode::kNotFound);
}

TEST_F(ServerChoiceTest, AServerThatIsTooSmallIsRefusedWithTheNumbers) {
  EXPECT_TRUE(Holds(20 * kGb));
  const Status refused = Holds(5 * kGb);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message,
              HasSubstr("\"second\" cannot hold the restored environment: disk: 5.0 GB are free, "
                        "11.5 GB are needed"));
}

TEST_F(ServerChoiceTest, WhatRunningTasksHaveReservedIsNotFree) {
  const domain::Task task =
      journal_.Submit({.kind = domain::TaskKind::kRestore, .project_id = catalog_.project()})
          .value();
  ASSERT_TRUE(space_.Reserve({task.id, std::nullopt, "the restore"}, {"s2"},
                             {{"database", "2049", 9 * kGb}},
                             [](const auto&) { return Status(); }));
  EXPECT_TRUE(Holds(21 * kGb));
  const Status refused = Holds(20 * kGb);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message,
              HasSubstr("11.0 GB are free, 11.5 GB are needed; 9.0 GB more "
                        "are reserved"));
  EXPECT_THAT(refused.error().hint, HasSubstr("wait"));
  EXPECT_THAT(Holds(5 * kGb).error().hint, HasSubstr("free space")) << "waiting would not help";
}

TEST_F(ServerChoiceTest, AServerThatDoesNotAnswerIsToldAtOnce) {
  engine_.FailNext("info", {ErrorCode::kEngineUnavailable, "no answer"});
  const Status refused = Holds(50 * kGb);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kEngineUnavailable);
}

}  // namespace
}  // namespace reprise::restore
