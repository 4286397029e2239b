#include "catalog/space_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "catalog/stores.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "catalog/upload_store.hpp"

namespace reprise::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SpaceStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  void AddTask(const std::string& id, const std::string& status = "running") {
    EXPECT_TRUE(catalog_.database().Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute(
          "INSERT INTO task (id, project_id, kind, status, subject_id, target, idempotency_key,"
          " percent, step, error_code, error_message, error_hint, error_step, attempts,"
          " cancel_requested, compensating, owner, epoch, created_at)"
          " VALUES ($1, $2, 'restore', $3, '', '', '', 0, '', '', '', '', '', 1, 0, 0, '', 1, 0)",
          {id, catalog_.project().value, status}));
      return {};
    }));
  }
  void SetStatus(const std::string& id, const std::string& status) {
    EXPECT_TRUE(catalog_.database().Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute("UPDATE task SET status = $2 WHERE id = $1", {id, status}));
      return {};
    }));
  }
  // Asks for room on a disk of `disk_` bytes.
  Status Ask(const std::string& task, ByteCount bytes, const std::string& device = "2049",
             int attempt = 1) {
    return store_.Reserve({{task}, TaskHold{{task}, attempt}, "the restore " + task}, server_,
                          {{"database", device, bytes}},
                          [&](const std::vector<SpaceHeld>& others) -> Status {
                            if (SumOf(OnDevice(others, device)) + bytes <= disk_) return {};
                            return Fail(ErrorCode::kNoSpace, "full");
                          });
  }
  [[nodiscard]] std::vector<std::string> Holders() const {
    std::vector<std::string> holders;
    const auto found = store_.OnServer(server_).value();
    for (const SpaceHeld& held : found) {
      holders.push_back(held.task.value + ":" + std::to_string(held.bytes));
    }
    return holders;
  }

  testing::TemporaryCatalog catalog_{GetParam()};
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  SpaceStore store_{catalog_.database(), clock_};
  const domain::ServerId server_ = catalog_.server();
  static constexpr ByteCount disk_ = 100;
};

INSTANTIATE_TEST_SUITE_P(, SpaceStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(SpaceStoreTest, TheSecondThatDoesNotFitIsRefusedAndKeepsNothing) {
  AddTask("a");
  AddTask("b");
  ASSERT_TRUE(Ask("a", 60));
  EXPECT_EQ(Ask("b", 60).error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(Holders(), ElementsAre("a:60"));
  EXPECT_TRUE(Ask("b", 40)) << "what is left can be had";
  EXPECT_THAT(Holders(), ElementsAre("a:60", "b:40"));
  const SpaceHeld first = store_.OnServer(server_)->front();
  EXPECT_EQ(first.purpose, "the restore a");
  EXPECT_EQ(first.project, catalog_.project());
}

TEST_P(SpaceStoreTest, OtherDisksAndOtherServersAreNotCounted) {
  AddTask("a");
  AddTask("b");
  ASSERT_TRUE(Ask("a", 60));
  EXPECT_TRUE(Ask("b", 60, "64769"));
  EXPECT_THAT(store_.OnServer({"another"}).value(), IsEmpty());
  const auto held = store_.OnServer(server_).value();
  EXPECT_EQ(SumOf(OnDevice(held, "64769")), 60U);
  EXPECT_EQ(SumOf(OnDevice(held, "")), 120U) << "a disk that is not known may be any of them";
}

TEST_P(SpaceStoreTest, WhoAsksAgainIsNotInItsOwnWayAndKeepsItsPlace) {
  AddTask("a");
  AddTask("b");
  ASSERT_TRUE(Ask("a", 60));
  ASSERT_TRUE(Ask("b", 40));
  EXPECT_TRUE(Ask("a", 70)) << "b came later and is not counted against it";
  EXPECT_THAT(Holders(), ElementsAre("a:70", "b:40"));
  EXPECT_FALSE(Ask("b", 40));
}

TEST_P(SpaceStoreTest, ATaskThatHasEndedCountsForNothingAndIsSweptAway) {
  for (const char* id : {"a", "b", "c"}) AddTask(id);
  ASSERT_TRUE(Ask("a", 60));
  ASSERT_TRUE(Ask("b", 40));
  for (const char* status : {"failed", "cancelled", "completed"}) {
    SetStatus("a", status);
    EXPECT_THAT(Holders(), ElementsAre("b:40")) << status;
  }
  EXPECT_TRUE(Ask("c", 60));
  SetStatus("c", "queued");  // given back by a worker that stops
  EXPECT_THAT(Holders(), ElementsAre("b:40", "c:60"));
  EXPECT_EQ(store_.Count().value(), 3);
  EXPECT_EQ(store_.RemoveEnded().value(), 1);
  EXPECT_EQ(store_.Count().value(), 2);
  EXPECT_EQ(store_.RemoveEnded().value(), 0);
}

TEST_P(SpaceStoreTest, PartsAreFreedOneByOneAndAllAtOnce) {
  AddTask("a");
  const TaskHold hold{{"a"}, 1};
  ASSERT_TRUE(store_.Reserve({{"a"}, hold, ""}, server_,
                             {{"database", "1", 5}, {"filestore", "1", 7}, {"engine", "1", 0}},
                             [](const auto&) { return Status(); }));
  EXPECT_EQ(store_.Count().value(), 2) << "nothing is no row";
  ASSERT_TRUE(store_.Free({"a"}, hold, "database"));
  EXPECT_EQ(SumOf(OnDevice(store_.OnServer(server_).value(), "1")), 7U);
  ASSERT_TRUE(store_.Free({"a"}, hold));
  ASSERT_TRUE(store_.Free({"a"}, hold)) << "also when there is nothing left";
  EXPECT_EQ(store_.Count().value(), 0);
}

TEST_P(SpaceStoreTest, AWorkerThatLostTheTaskNeitherKeepsNorFrees) {
  AddTask("a");
  ASSERT_TRUE(Ask("a", 60));
  EXPECT_EQ(Ask("a", 10, "2049", 2).error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(store_.Free({"a"}, TaskHold{{"a"}, 2}).error().code, ErrorCode::kLeaseLost);
  EXPECT_THAT(Holders(), ElementsAre("a:60"));
}

TEST_P(SpaceStoreTest, OfManyThatAskAtOnceOnlySoManyFitAsThereIsRoom) {
  constexpr int kAsking = 8;
  for (int i = 0; i < kAsking; ++i) AddTask(std::to_string(i));
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> asking;
    for (int i = 0; i < kAsking; ++i) {
      asking.emplace_back([&, i] { granted += Ask(std::to_string(i), 30) ? 1 : 0; });
    }
  }
  EXPECT_EQ(granted, 3);
  EXPECT_EQ(SumOf(OnDevice(store_.OnServer(server_).value(), "2049")), 90U);
}

TEST_P(SpaceStoreTest, WhatIsOnTheDiskByNowIsKeptNoMore) {
  AddTask("a");
  ASSERT_TRUE(Ask("a", 60));
  const SpaceOwner owner{{"a"}, TaskHold{{"a"}, 1}, ""};
  ASSERT_TRUE(store_.Lower(owner, "database", 25));
  EXPECT_THAT(Holders(), ElementsAre("a:25"));
  ASSERT_TRUE(store_.Lower(owner, "database", 50)) << "no way to get more";
  EXPECT_THAT(Holders(), ElementsAre("a:25"));
  const SpaceOwner late{{"a"}, TaskHold{{"a"}, 2}, ""};
  EXPECT_EQ(store_.Lower(late, "database", 5).error().code, ErrorCode::kLeaseLost);
  ASSERT_TRUE(store_.Lower(owner, "database", 0));
  EXPECT_THAT(Holders(), IsEmpty());
}

// An archive that is sent in one piece: its task comes when all is there.
TEST_P(SpaceStoreTest, WhatNoTaskStandsForCountsAsLongAsItIsKeptAnew) {
  const SpaceOwner arrives{{"later"}, std::nullopt, "an archive"};
  const auto fits = [](const std::vector<SpaceHeld>&) { return Status(); };
  ASSERT_TRUE(store_.Reserve(arrives, server_, {{"archive", "2049", 70}}, fits));
  EXPECT_THAT(Holders(), ElementsAre("later:70"));
  EXPECT_EQ(store_.OnServer(server_)->front().project, domain::ProjectId());
  AddTask("a");
  EXPECT_EQ(Ask("a", 60).error().code, ErrorCode::kNoSpace);
  clock_.Advance(std::chrono::minutes(9));
  ASSERT_TRUE(store_.Lower(arrives, "archive", 50));
  clock_.Advance(std::chrono::minutes(9));
  EXPECT_EQ(store_.RemoveEnded().value(), 0);
  EXPECT_THAT(Holders(), ElementsAre("later:50"));
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_THAT(Holders(), IsEmpty()) << "its process must be dead";
  EXPECT_TRUE(Ask("a", 60));
  EXPECT_EQ(store_.RemoveEnded().value(), 1);
}

TEST_P(SpaceStoreTest, WhatArrivedIsItsTasksFromThenOn) {
  const auto fits = [](const std::vector<SpaceHeld>&) { return Status(); };
  ASSERT_TRUE(store_.Reserve({{"a"}, std::nullopt, "an environment"}, server_,
                             {{"database", "2049", 70}}, fits));
  AddTask("a", "queued");
  clock_.Advance(std::chrono::hours(5));
  EXPECT_THAT(Holders(), ElementsAre("a:70")) << "it waits";
  EXPECT_EQ(store_.OnServer(server_)->front().project, catalog_.project());
  SetStatus("a", "cancelled");
  EXPECT_THAT(Holders(), IsEmpty());
}

TEST_P(SpaceStoreTest, AnUploadsPiecesAreFreedAsTheyComeAndTheRestWhenItIsOver) {
  UploadStore uploads(catalog_.database(), clock_);
  domain::Upload upload;
  upload.id = {"u"};
  upload.project_id = catalog_.project();
  upload.total_bytes = 30;
  upload.created_at = clock_.Now();
  upload.expires_at = clock_.Now() + std::chrono::hours(24);
  ASSERT_TRUE(uploads.Insert(upload));
  const auto fits = [](const std::vector<SpaceHeld>&) { return Status(); };
  ASSERT_TRUE(store_.Reserve({{"u"}, std::nullopt, "an upload"}, server_,
                             {{kUploadParts, "2049", 30}, {"archive", "2049", 30}}, fits));
  const auto held = [&] { return SumOf(store_.OnServer(server_).value()); };
  EXPECT_EQ(held(), 60U);
  clock_.Advance(std::chrono::hours(20));
  EXPECT_EQ(held(), 60U) << "as long as it may be gone on with";
  const domain::Upload claimed = uploads.Claim({"u"}, 0, "me").value();
  const domain::Upload half = uploads.Record(claimed, {0, 12, "x"}, claimed.expires_at).value();
  EXPECT_EQ(held(), 48U);
  ASSERT_TRUE(uploads.Record(half, {12, 18, "y"}, claimed.expires_at));
  EXPECT_EQ(held(), 30U);
  ASSERT_TRUE(catalog_.database().Write(
      [&](Transaction& tx) { return UploadStore::BeginImportIn(tx, {"u"}); }));
  EXPECT_EQ(held(), 30U) << "the archive is yet to be made";
  EXPECT_EQ(store_.RemoveEnded().value(), 0);
  ASSERT_TRUE(uploads.ForgetParts({"u"}));
  EXPECT_EQ(held(), 0U);
  EXPECT_EQ(store_.RemoveEnded().value(), 2);
}

}  // namespace
}  // namespace reprise::catalog
