// The steps that touch what is live, and the way back from each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/restore_house.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreOutcome;
using odoo::testing::FakeTrio;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RestoreHouse;

class CutoverTest : public ::testing::Test {
 protected:
  void OpenAfter(std::string_view step) {
    house_.Open();
    house_.Claim();
    const Status ran = house_.RunTo(step);
    ASSERT_TRUE(ran) << ran.error().Sentence();
  }
  [[nodiscard]] postgres::testing::FakeDatabase Database(const std::string& name) {
    return house_.trio.databases.world().databases.at(name);
  }

  [[nodiscard]] domain::EnvironmentStatus ShopStatus() {
    return house_.environments.Get(house_.trio.shop.id)->status;
  }

  const jobs::Failure away_{{ErrorCode::kEngineUnavailable, "no engine"}, "start"};
  RestoreHouse house_;
};

class KeepSnapshotStepTest : public CutoverTest {
 protected:
  KeepSnapshotStepTest() { house_.restore.request.keep_snapshot = true; }
  [[nodiscard]] domain::Snapshot Left() {
    const auto rows = house_.snapshots.List({}, {1, 10}).value();
    EXPECT_EQ(rows.items.size(), 1U);
    return rows.items.empty() ? domain::Snapshot() : rows.items.front();
  }
};

TEST_F(KeepSnapshotStepTest, WhatGoesLiveStaysBesideItFenced) {
  OpenAfter("finish");
  const domain::Snapshot left = Left();
  EXPECT_EQ(left.status, domain::SnapshotStatus::kKept);
  EXPECT_EQ(left.origin, domain::SnapshotOrigin::kAfterRestore);
  EXPECT_EQ(left.name, "nightly");
  EXPECT_EQ(Database(left.database_name).content, "backup");
  EXPECT_EQ(Database(left.database_name).owner, "odoo");
  EXPECT_FALSE(Database(left.database_name).open);
  EXPECT_EQ(house_.FilesOf(left.database_name), house_.FilesOf("shop-db"));
}

TEST_F(KeepSnapshotStepTest, AFullDiskCostsTheSnapshotNotTheRestore) {
  house_.trio.databases.most_loaded = 2;
  OpenAfter("finish");
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_EQ(Left().status, domain::SnapshotStatus::kFailed);
  EXPECT_EQ(Left().database_name, "");
  EXPECT_THAT(house_.Row().warnings,
              Contains(HasSubstr("no snapshot of what was restored is kept: ")));
}

TEST_F(KeepSnapshotStepTest, OfARestoreThatIsSwappedBackNoneStays) {
  house_.trio.sick = {"backup"};
  house_.Open();
  house_.Claim();
  ASSERT_FALSE(house_.RunTo("finish"));
  ASSERT_TRUE(house_.UndoAll());
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_EQ(Left().status, domain::SnapshotStatus::kFailed);
  EXPECT_EQ(Left().database_name, "");
  EXPECT_EQ(house_.trio.databases.world().databases.size(), 1U);
}

using SwapStepTest = CutoverTest;

TEST_F(SwapStepTest, ExchangesBothAndKeepsThePreviousPairFenced) {
  OpenAfter("prove");
  const Status ran = house_.Run("swap");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_EQ(Database("shop-db").owner, "odoo");
  EXPECT_TRUE(Database("shop-db").open);
  EXPECT_EQ(Database(house_.OldName()).content, "live");
  EXPECT_FALSE(Database(house_.OldName()).open);
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the backup"));
  EXPECT_THAT(house_.FilesOf(house_.OldName()),
              ElementsAre("a file in both", "a file of the shop"));
  EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
  EXPECT_FALSE(house_.trio.Runs("shop_pgbouncer"));
  EXPECT_EQ(house_.trio.PolicyOf("shop_odoo"), "no") << "the engine must not bring it back";
  EXPECT_EQ(house_.Row().previous_db_name, house_.OldName());
}

TEST_F(SwapStepTest, StopsOdooBeforeItTouchesItsDatabase) {
  OpenAfter("prove");
  int fences = 0;
  house_.trio.programs.On("datname = 'shop-db__r1a2b3c4d_1'", [&](const auto&) {
    ++fences;
    EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
    EXPECT_TRUE(house_.trio.Answers("shop-db")) << "fenced already";
    return postgres::testing::FakePsql::Answer{.exit_code = 3};
  });
  EXPECT_FALSE(house_.Run("swap"));
  EXPECT_EQ(fences, 1);
}

TEST_F(SwapStepTest, TheHelperOfTheProofServes) {
  OpenAfter("prove");
  ASSERT_THAT(house_.trio.Helpers(), ElementsAre(HasSubstr("_prove")));
  ASSERT_TRUE(house_.Run("swap"));
  EXPECT_THAT(house_.trio.Helpers(), ElementsAre(HasSubstr("_prove")));
}

TEST_F(SwapStepTest, TheHelperOfTheProofIsGoneBeforeWhatItHasTheVolumesOfIsTakenBack) {
  OpenAfter("prove");
  ASSERT_TRUE(house_.Undo("prove"));
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

TEST_F(SwapStepTest, WhereTheHelperOfTheProofIsGoneAnotherIsStartedBeforeOdooIsStopped) {
  OpenAfter("prove");
  ASSERT_TRUE(house_.trio.engine.Remove(Context(), *house_.trio.Helpers().begin()));
  ASSERT_TRUE(house_.Run("swap"));
  EXPECT_THAT(house_.trio.Helpers(), ElementsAre(HasSubstr("_swap")));
  EXPECT_EQ(house_.Live(), "backup");
}

TEST_F(SwapStepTest, AWorkerThatLostTheTaskTouchesNothing) {
  OpenAfter("prove");
  house_.Claim();
  const auto before = house_.Look();
  house_.is_owner = false;
  EXPECT_EQ(house_.Run("swap").error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(house_.Look(), before);
}

TEST_F(SwapStepTest, TwiceIsOnce) {
  OpenAfter("start");
  const auto after = house_.Look();
  house_.Claim();
  ASSERT_TRUE(house_.Run("swap"));
  ASSERT_TRUE(house_.Run("swap"));
  ASSERT_TRUE(house_.Run("start"));
  EXPECT_EQ(house_.Look(), after);
}

TEST_F(SwapStepTest, ItsHelperIsRemovedWhenOdooHasBeenStarted) {
  OpenAfter("prove");
  ASSERT_TRUE(house_.Run("swap"));
  const auto helpers = [&] {
    return house_.trio.engine.List(Context(), {{odoo::kTaskLabel, house_.task.id.value}}).value();
  };
  EXPECT_EQ(helpers().size(), 1U);
  ASSERT_TRUE(house_.Run("start"));
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
  EXPECT_TRUE(helpers().empty());
}

TEST_F(SwapStepTest, TakenBackWhatWasThereServesAgain) {
  OpenAfter("swap");
  const Status undone = house_.Undo("swap");
  ASSERT_TRUE(undone) << undone.error().Sentence();
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the shop"));
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
  EXPECT_TRUE(house_.trio.Runs("shop_pgbouncer"));
  EXPECT_EQ(house_.trio.PolicyOf("shop_odoo"), "unless-stopped");
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kRolledBack);
  EXPECT_EQ(house_.Row().previous_db_name, "");
  EXPECT_FALSE(Database(house_.SideName()).open);
}

TEST_F(SwapStepTest, NotPutBackItIsToldAsDownAndNotAsUntouched) {
  OpenAfter("swap");
  ASSERT_TRUE(house_.workflow->Ended(Context(), away_));
  EXPECT_EQ(house_.Row().status, domain::RestoreStatus::kFailed);
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kNone);
  EXPECT_EQ(ShopStatus(), domain::EnvironmentStatus::kError);
  // Its end may be told again after a crash.
  ASSERT_TRUE(house_.workflow->Ended(Context(), away_));
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kNone);
}

TEST_F(SwapStepTest, PutBackItIsToldAsRunning) {
  OpenAfter("swap");
  ASSERT_TRUE(house_.Undo("swap"));
  ASSERT_TRUE(house_.workflow->Ended(Context(), away_));
  EXPECT_EQ(ShopStatus(), domain::EnvironmentStatus::kRunning);
}

TEST_F(SwapStepTest, ARenameThatIsRefusedIsTakenBackToAnOpenDatabase) {
  OpenAfter("prove");
  house_.trio.programs.On("RENAME TO",
                          postgres::testing::FakePsql::Answer{
                              .exit_code = 3, .error = "ERROR:  database is being accessed\n"});
  ASSERT_FALSE(house_.Run("swap"));
  EXPECT_FALSE(house_.trio.Answers("shop-db")) << "fenced";
  ASSERT_TRUE(house_.Undo("swap"));
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kNone) << "the target was never swapped";
}

TEST_F(SwapStepTest, APreviousStateThatWasIllBeforeIsPutBackWithAWarning) {
  OpenAfter("swap");
  house_.trio.sick.insert("live");
  ASSERT_TRUE(house_.Undo("swap"));
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_THAT(house_.Row().warnings, Contains(HasSubstr("not healthy either")));
}

TEST_F(SwapStepTest, WithoutAFilestoreTheLiveOneStays) {
  house_.restore.request.include_filestore = false;
  OpenAfter("prove");
  // The check of the registry may have written something there.
  house_.trio.files.Add(FakeTrio::Filestore(house_.SideName()), "assets");
  ASSERT_TRUE(house_.Run("swap"));
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the shop"));
  EXPECT_THAT(house_.trio.files.Names(FakeTrio::kFilestores), ElementsAre("shop-db"));
}

TEST_F(SwapStepTest, NeverBegunThereIsNothingToTakeBack) {
  OpenAfter("prove");
  house_.Claim();
  const auto before = house_.Look();
  ASSERT_TRUE(house_.Undo("swap"));
  EXPECT_EQ(house_.Look(), before);
  EXPECT_THAT(house_.trio.engine.calls(), Not(Contains("stop shop_odoo")));
}

using VerifyStepTest = CutoverTest;

TEST_F(VerifyStepTest, AnUnhealthyOneEndsTheRestoreAndAllIsAsItWas) {
  house_.trio.sick.insert("backup");
  house_.Open();
  house_.Claim();
  house_.trio.engine.SetLog("shop_odoo", "Traceback: the reason\n");
  const Status ran = house_.RunTo("finish");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, ErrorCode::kUnhealthy);
  EXPECT_THAT(ran.error().message, HasSubstr("Traceback: the reason"));
  ASSERT_TRUE(house_.UndoAll());
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kRolledBack);
}

TEST_F(VerifyStepTest, IsLeftUnhealthyWhenAskedTo) {
  house_.restore.request.on_unhealthy = domain::UnhealthyPolicy::kLeave;
  house_.trio.sick.insert("backup");
  house_.Open();
  house_.Claim();
  ASSERT_TRUE(house_.RunTo("finish"));
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_THAT(house_.Row().warnings, Contains(HasSubstr("left as it is, as asked")));
}

TEST_F(VerifyStepTest, ADatabaseWithoutUsersIsUnhealthy) {
  house_.manifest.table_rows.clear();
  house_.trio.databases.brought_by_plain_dump.rows["public.res_users"] = 0;
  OpenAfter("start");
  const Status ran = house_.Run("verify");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, ErrorCode::kUnhealthy);
  EXPECT_THAT(ran.error().message, HasSubstr("no users"));
}

using FinishStepTest = CutoverTest;

TEST_F(FinishStepTest, TellsTheDowntimeAndUntilWhenItCanBeUndone) {
  house_.restore.request.keep_previous = std::chrono::hours(48);
  OpenAfter("swap");
  house_.clock.Advance(std::chrono::seconds(7));
  ASSERT_TRUE(house_.RunTo("finish"));
  EXPECT_EQ(house_.Row().downtime_seconds, 7.0);
  EXPECT_EQ(house_.Row().undo_expires_at, house_.clock.Now() + std::chrono::hours(48));
  EXPECT_EQ(house_.trio.PolicyOf("shop_odoo"), "unless-stopped");
}

TEST_F(FinishStepTest, OnlyThePreviousStateIsLeftOver) {
  OpenAfter("finish");
  const auto world = house_.trio.databases.world();
  EXPECT_EQ(world.databases.size(), 2U);
  EXPECT_EQ(world.roles, house_.before.databases.roles);
  EXPECT_THAT(house_.trio.files.Names(FakeTrio::kFilestores),
              ElementsAre("shop-db", house_.OldName()));
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

TEST_F(FinishStepTest, InPlaceNothingElseIsLeftOver) {
  house_.restore.strategy = domain::RestoreStrategy::kInPlace;
  OpenAfter("finish");
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_EQ(house_.trio.databases.world().databases.size(), 1U);
  EXPECT_THAT(house_.trio.files.Names(FakeTrio::kFilestores), ElementsAre("shop-db"));
  EXPECT_FALSE(house_.Row().undo_expires_at);
}

using UndoTest = CutoverTest;

TEST_F(UndoTest, PutsThePreviousPairBackAndKeepsWhatItReplaced) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  const Status ran = house_.RunTo("verify");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the shop"));
  ASSERT_TRUE(house_.workflow->Ended(Context(), std::nullopt));
  const std::string kept = house_.Row().previous_db_name;
  EXPECT_EQ(house_.Row().outcome, RestoreOutcome::kUndone);
  EXPECT_EQ(Database(kept).content, "backup");
  EXPECT_FALSE(Database(kept).open);
  EXPECT_THAT(house_.FilesOf(kept), ElementsAre("a file in both", "a file of the backup"));
}

TEST_F(UndoTest, CanBeUndone) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  ASSERT_TRUE(house_.RunTo("verify"));
  house_.Begin(domain::TaskKind::kUndo);
  ASSERT_TRUE(house_.RunTo("verify"));
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the backup"));
}

TEST_F(UndoTest, WhatComesBackIllIsExchangedAgain) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  house_.trio.sick.insert("live");
  EXPECT_EQ(house_.RunTo("verify").error().code, ErrorCode::kUnhealthy);
  ASSERT_TRUE(house_.UndoAll());
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
}

TEST_F(UndoTest, ExchangedAgainItIsToldAsRunning) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  ASSERT_TRUE(house_.RunTo("swap"));
  EXPECT_EQ(ShopStatus(), domain::EnvironmentStatus::kRestoring);
  ASSERT_TRUE(house_.UndoAll());
  ASSERT_TRUE(house_.workflow->Ended(Context(), away_));
  EXPECT_EQ(ShopStatus(), domain::EnvironmentStatus::kRunning);
}

TEST_F(UndoTest, NotExchangedAgainItIsToldAsDown) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  ASSERT_TRUE(house_.RunTo("swap"));
  ASSERT_TRUE(house_.workflow->Ended(Context(), away_));
  EXPECT_EQ(ShopStatus(), domain::EnvironmentStatus::kError);
}

TEST_F(UndoTest, APreviousStateThatIsGoneIsToldBeforeAnythingIsTouched) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kUndo);
  auto world = house_.trio.databases.world();
  world.databases.erase(house_.OldName());
  house_.trio.databases.Set(world);
  const Status ran = house_.RunTo("verify");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
}

using ReleaseTest = CutoverTest;

TEST_F(ReleaseTest, RemovesThePreviousPairAndNothingElse) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kRelease);
  const Status ran = house_.RunTo("release");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(house_.Live(), "backup");
  EXPECT_EQ(house_.trio.databases.world().databases.size(), 1U);
  EXPECT_THAT(house_.trio.files.Names(FakeTrio::kFilestores), ElementsAre("shop-db"));
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  house_.Claim();
  EXPECT_TRUE(house_.Run("release")) << "again, after a crash";
}

TEST_F(ReleaseTest, AWorkerThatLostTheTaskRemovesNothing) {
  OpenAfter("start");
  house_.EndAndBegin(domain::TaskKind::kRelease);
  house_.is_owner = false;
  EXPECT_EQ(house_.Run("release").error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(house_.Look(), house_.before);
}

class NewEnvironmentTest : public CutoverTest {
 protected:
  // A catalog row without containers yet, as Submit makes it.
  NewEnvironmentTest() {
    domain::Environment& copy = house_.trio.shop;
    copy.id = {"e2"};
    copy.name = "copy";
    copy.db_name = "copy";
    copy.type = domain::EnvironmentType::kStaging;
    copy.status = domain::EnvironmentStatus::kDeploying;
    copy.containers = {"e2_odoo", "e2_db", "e2_pgbouncer"};
    copy.images = {};
    house_.restore.target_environment_id = copy.id;
    house_.restore.request.mode = domain::RestoreMode::kNew;
    house_.backup.environment_id = {};  // imported
    house_.trio.programs.On("CREATE ROLE \"odoo\"", postgres::testing::FakePsql::Answer{});
  }
  [[nodiscard]] std::set<std::string> Trio() { return house_.trio.Helpers(); }
};

TEST_F(NewEnvironmentTest, ComesUpFromTheBackup) {
  OpenAfter("finish");
  EXPECT_THAT(Trio(), ElementsAre("e2_db", "e2_odoo", "e2_pgbouncer"));
  EXPECT_EQ(house_.trio.databases.ContentOf("copy"), "backup");
  EXPECT_TRUE(house_.trio.Runs("e2_odoo"));
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_EQ(house_.Row().previous_db_name, "");
  EXPECT_EQ(house_.environments.Get({"e2"})->images.odoo, "odoo:14");
}

TEST_F(NewEnvironmentTest, OfAFailedRestoreNothingStays) {
  house_.trio.databases.load_complaint = "no such thing";
  house_.Open();
  house_.Claim();
  ASSERT_FALSE(house_.RunTo("finish"));
  EXPECT_THAT(Trio(), Contains("e2_odoo"));
  const Status undone = house_.UndoAll();
  ASSERT_TRUE(undone) << undone.error().Sentence();
  EXPECT_THAT(Trio(), IsEmpty());
  EXPECT_THAT(house_.trio.engine.ListNetworks(Context(), {}).value(), IsEmpty());
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
}

TEST_F(NewEnvironmentTest, IsMadeAnewAfterACrashInTheMiddleOfIt) {
  house_.Open();
  house_.Claim();
  ASSERT_TRUE(house_.RunTo("validate"));
  house_.trio.engine.FailNext("start e2_pgbouncer",
                              Error{ErrorCode::kEngineUnavailable, "no answer"});
  ASSERT_FALSE(house_.Run("deploy"));
  house_.Claim();
  const Status ran = house_.RunTo("finish");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_THAT(Trio(), ElementsAre("e2_db", "e2_odoo", "e2_pgbouncer"));
}

}  // namespace
}  // namespace reprise::restore
