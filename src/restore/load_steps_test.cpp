// The steps that build the copy beside what is live, and prove it: each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/archive_samples.hpp"
#include "restore/late_process.hpp"
#include "restore/testing/step_test.hpp"

namespace reprise::restore {
namespace {

using odoo::testing::FakeTrio;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StepTest;

using LoadDatabaseStepTest = StepTest;

TEST_F(LoadDatabaseStepTest, LoadsBesideTheLiveOneWhichServesOn) {
  Open();
  const Status ran = house_.Run("load_database");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
  EXPECT_EQ(Side().content, "backup");
  EXPECT_EQ(Side().objects, "reprise_r1a2b3c4d_1") << "until all is looked through";
  EXPECT_NE(Side().owner, "odoo") << "an Odoo without db_name would run crons on it";
  EXPECT_EQ(Side().collate, "de_DE.utf8") << "it sorts as the live one";
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

TEST_F(LoadDatabaseStepTest, ALongNameIsCutSoThatItIsFoundAgain) {
  const std::string name(63, 'x');
  house_.trio.shop.db_name = name;
  house_.trio.databases.Add(name, {.content = "live"});
  Open();
  const Status ran = house_.Run("load_database");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(house_.trio.databases.ContentOf(name), "live");
  ASSERT_TRUE(house_.Undo("load_database"));
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(LoadDatabaseStepTest, AnSqlErrorIsToldAndNothingOfTheAttemptStays) {
  house_.trio.databases.load_complaint = "relation \"sale_order\" does not exist";
  Open();
  const Error error = FailureOf("load_database");
  EXPECT_EQ(error.code, ErrorCode::kLoadFailed);
  EXPECT_THAT(error.message, HasSubstr("sale_order"));
  EXPECT_EQ(Side().content, "half of backup");
  ASSERT_TRUE(house_.Undo("load_database"));
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_TRUE(house_.Undo("load_database")) << "again, when nothing is left";
}

TEST_F(LoadDatabaseStepTest, AFullDiskIsToldWhateverPostgresqlSaysOfIt) {
  house_.trio.databases.load_complaint = "connection to server was lost";
  OpenAt("load_database");
  house_.trio.programs.OnProgram("stat", {"2000 4096 61000000\n2049\n"});
  const Error error = FailureOf("load_database");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.message, AllOf(HasSubstr("the disk of shop_db is full"),
                                   HasSubstr("connection to server was lost")));
}

TEST_F(LoadDatabaseStepTest, ADumpThatWasCutOffBetweenTwoStatementsIsFound) {
  house_.dump_end.clear();
  Open();
  EXPECT_EQ(FailureOf("load_database").code, ErrorCode::kArchiveCorrupt);
}

TEST_F(LoadDatabaseStepTest, RowsThatAreMissingAreCountedAndNamed) {
  house_.manifest.table_rows = {{"public.res_users", 3}, {"public.sale_order", 812}};
  house_.trio.databases.brought_by_plain_dump.rows["public.sale_order"] = 811;
  Open();
  const Error error = FailureOf("load_database");
  EXPECT_EQ(error.code, ErrorCode::kProofFailed);
  EXPECT_THAT(error.message, HasSubstr("public.sale_order has 811 of 812 rows"));
}

TEST_F(LoadDatabaseStepTest, ATableThatIsMissingIsFoundAlsoWhenItWasEmpty) {
  house_.manifest.table_rows["public.sale_order"] = 0;
  Open();
  EXPECT_EQ(FailureOf("load_database").code, ErrorCode::kProofFailed);
}

TEST_F(LoadDatabaseStepTest, AWorkerThatLostTheTaskLoadsNothing) {
  Open();
  house_.is_owner = false;
  EXPECT_EQ(FailureOf("load_database").code, ErrorCode::kLeaseLost);
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(LoadDatabaseStepTest, ASecondAttemptNeverMeetsTheSideOfTheFirst) {
  Open();
  ASSERT_TRUE(house_.Run("load_database"));
  house_.Claim();
  ASSERT_TRUE(house_.Run("load_database"));
  const auto databases = house_.trio.databases.world().databases;
  EXPECT_FALSE(databases.contains("shop-db__r1a2b3c4d_1"));
  EXPECT_TRUE(databases.contains("shop-db__r1a2b3c4d_2"));
}

// PostgreSQL was away for longer than its taking back was tried.
TEST_F(LoadDatabaseStepTest, WhatCouldNotBeTakenBackTheJanitorRemoves) {
  OpenAt("load_database");
  ASSERT_TRUE(house_.Run("load_database"));
  jobs::Journal& journal = house_.journal;
  ASSERT_TRUE(journal.Submit({.kind = domain::TaskKind::kRestore,
                              .project_id = house_.trio.shop.project_id,
                              .subject_id = house_.restore.id.value,
                              .target = house_.trio.shop.id.value}));
  const jobs::Claim claim = journal.ClaimNext("worker", std::chrono::seconds(30)).value().value();
  const Error error{ErrorCode::kDatabaseFailed, "the database is away"};
  ASSERT_TRUE(journal.DeclareSteps(claim, {"load_database"}));
  ASSERT_TRUE(journal.SetStep(claim, "load_database", domain::StepState::kRunning, ""));
  ASSERT_TRUE(journal.BeginCompensation(claim, error, "load_database"));
  ASSERT_TRUE(journal.NoteLeftBehind(claim, "load_database", error));
  ASSERT_TRUE(house_.workflow->Ended(Context(), jobs::Failure{error, "load_database"}));
  ASSERT_TRUE(journal.End(claim, domain::TaskStatus::kFailed));
  ASSERT_NE(house_.trio.databases.ContentOf(house_.SideName()), "-");

  const LateProcess late({house_.restores, house_.environments, journal, house_.trio.engines,
                          house_.clock, house_.settings.installation});
  ASSERT_TRUE(late.PutRight(Context()));

  EXPECT_EQ(house_.trio.databases.ContentOf(house_.SideName()), "-");
  EXPECT_EQ(house_.Live(), "live");

  // An Odoo that somebody stopped meanwhile stays so: no process was late.
  ASSERT_TRUE(journal.Submit({.kind = domain::TaskKind::kUndo,
                              .project_id = house_.trio.shop.project_id,
                              .subject_id = house_.restore.id.value}));
  const jobs::Claim second = journal.ClaimNext("worker", std::chrono::seconds(30)).value().value();
  ASSERT_TRUE(journal.Save(second, fact::kRestartPolicy, "unless-stopped"));
  ASSERT_TRUE(journal.End(second, domain::TaskStatus::kCompleted));
  ASSERT_TRUE(house_.trio.engine.Stop(Context(), "shop_odoo", std::chrono::seconds(1)));
  ASSERT_TRUE(late.PutRight(Context()));
  EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
}

TEST_F(LoadDatabaseStepTest, ACopyOfProductionIsMadeSafeByTheLoadersRoleBeforeOdooMayOpenIt) {
  house_.trio.shop.type = domain::EnvironmentType::kStaging;
  house_.restore.request.mode = domain::RestoreMode::kExisting;
  Open();
  ASSERT_TRUE(house_.Run("load_database"));
  int made_safe = 0;
  for (const auto& call : house_.trio.programs.calls()) {
    const bool neutralizes = call.sql.find("UPDATE ir_mail_server") != std::string::npos;
    const bool identifies = call.sql.find("database.uuid") != std::string::npos;
    if (!neutralizes && !identifies) continue;
    ++made_safe;
    EXPECT_EQ(call.spec.environment.at("PGDATABASE"), house_.SideName());
    EXPECT_EQ(call.spec.environment.at("PGUSER"), "reprise_r1a2b3c4d_1");
  }
  EXPECT_EQ(made_safe, 2);
}

TEST_F(LoadDatabaseStepTest, AnOriginalIsLeftAsItWas) {
  Open();
  ASSERT_TRUE(house_.Run("load_database"));
  for (const std::string& sql : house_.trio.programs.Sql()) {
    EXPECT_THAT(sql, AllOf(Not(HasSubstr("ir_mail_server")), Not(HasSubstr("database.uuid"))));
  }
}

class InPlaceTest : public StepTest {
 protected:
  InPlaceTest() {
    house_.restore.strategy = domain::RestoreStrategy::kInPlace;
    house_.restore.request.strategy = domain::RestoreStrategy::kInPlace;
  }
};

TEST_F(InPlaceTest, AWorkerThatLostTheTaskDropsNothing) {
  OpenAt("load_database");
  house_.is_owner = false;
  EXPECT_EQ(FailureOf("load_database").code, ErrorCode::kLeaseLost);
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
}

TEST_F(InPlaceTest, WhatWasDroppedComesBackFromTheSafetyBackup) {
  house_.trio.databases.load_complaint = "out of shared memory";
  OpenAt("load_database");
  ASSERT_FALSE(house_.Run("load_database"));
  EXPECT_EQ(house_.Live(), "-");
  EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
  house_.trio.databases.load_complaint.clear();
  const Status undone = house_.Undo("load_database");
  ASSERT_TRUE(undone) << undone.error().Sentence();
  EXPECT_EQ(house_.Live(), "safety backup");
  EXPECT_TRUE(house_.trio.Answers("shop-db"));
  EXPECT_TRUE(house_.trio.Runs("shop_odoo"));
  EXPECT_EQ(house_.trio.PolicyOf("shop_odoo"), "unless-stopped");
}

// The restored database stands under the live name: it must not be told as what was there before.
TEST_F(InPlaceTest, WhatCouldNotBeSwappedBackIsNotTakenForThePreviousOne) {
  Open();
  ASSERT_TRUE(house_.RunTo("swap"));
  EXPECT_EQ(house_.Live(), "backup");
  const Status undone = house_.Undo("load_database");
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
  ASSERT_TRUE(house_.Undo("swap"));
  ASSERT_TRUE(house_.Undo("load_database"));
  EXPECT_EQ(house_.Live(), "safety backup");
}

using StageFilestoreStepTest = StepTest;

TEST_F(StageFilestoreStepTest, FetchesOnlyWhatTheTargetLacksAndGivesItToOdoo) {
  Open();
  const Status ran = house_.Run("stage_filestore");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"),
              ElementsAre("a file in both", "a file of the backup"));
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the shop"));
  const auto unpacked = InputsOf("tar", "--extract");
  ASSERT_EQ(unpacked.size(), 1U);
  EXPECT_THAT(unpacked.front(), HasSubstr("a file of the backup"));
  EXPECT_THAT(unpacked.front(), Not(HasSubstr("a file in both")));
  for (const auto& [path, owner] : house_.trio.files.world().owners) {
    if (!path.starts_with(FakeTrio::kFilestores)) continue;
    EXPECT_EQ(owner, "101:101") << path;
  }
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

TEST_F(StageFilestoreStepTest, ADamagedFileOfTheTargetIsNotTakenOver) {
  const std::string path = house_.trio.files.Add(house_.trio.live_filestore(), "a file in both");
  house_.Open();
  auto world = house_.trio.files.world();
  world.files.at(house_.trio.live_filestore() + "/" + path) = "A FILE IN BOTH";
  house_.trio.files.Set(world);
  house_.Claim();
  ASSERT_TRUE(house_.Run("stage_filestore"));
  EXPECT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"),
              ElementsAre("a file in both", "a file of the backup"));
}

TEST_F(StageFilestoreStepTest, FetchesWhatARunningOdooRemovedSinceItWasSeen) {
  const std::string path = house_.trio.files.Add(house_.trio.live_filestore(), "a file in both");
  Open();
  house_.trio.files.RemoveBeforeLinks(house_.trio.live_filestore() + "/" + path);
  ASSERT_TRUE(house_.Run("stage_filestore"));
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file of the shop"));
  EXPECT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"),
              ElementsAre("a file in both", "a file of the backup"));
}

TEST_F(StageFilestoreStepTest, IsMadeAnewByASecondAttempt) {
  Open();
  ASSERT_TRUE(house_.Run("stage_filestore"));
  house_.trio.files.Add(FakeTrio::Filestore("shop-db__r1a2b3c4d_files"), "a half of something");
  house_.Claim();
  ASSERT_TRUE(house_.Run("stage_filestore"));
  EXPECT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"),
              ElementsAre("a file in both", "a file of the backup"));
}

TEST_F(StageFilestoreStepTest, TakenBackNothingOfItStaysUnderWhateverName) {
  Open();
  ASSERT_TRUE(house_.Run("stage_filestore"));
  house_.trio.files.Add(FakeTrio::Filestore(house_.SideName()), "named like its database already");
  ASSERT_TRUE(house_.Undo("stage_filestore"));
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_TRUE(house_.Undo("stage_filestore")) << "again, when nothing is left";
}

TEST_F(StageFilestoreStepTest, AFullVolumeIsToldAsSuch) {
  house_.trio.programs.OnProgram(
      "tar", {.exit_code = 2, .error = "tar: write error: No space left on device\n"});
  Open();
  EXPECT_EQ(FailureOf("stage_filestore").code, ErrorCode::kNoSpace);
  EXPECT_THAT(house_.FilesOf("shop-db"), ElementsAre("a file in both", "a file of the shop"));
}

TEST_F(StageFilestoreStepTest, AFileThatDoesNotHashToItsNameEndsIt) {
  const std::string path = archive::FilestorePath("as it was");
  const std::string zip = archive::MakeZip(
      {{.name = "dump.sql", .content = archive::SqlDump()},
       {.name = "filestore/" + path, .content = "as it is"},
       {.name = "manifest.json", .content = R"({"odoo_dump": "1", "db_name": "shop"})"}});
  Open();
  house_.Store(zip);
  const Error error = FailureOf("stage_filestore");
  EXPECT_EQ(error.code, ErrorCode::kProofFailed);
  EXPECT_THAT(error.message, HasSubstr(path));
}

using ProveStepTest = StepTest;

TEST_F(ProveStepTest, GivesAllInTheDatabaseToOdooAndTheDatabaseToNobody) {
  OpenAt("prove");
  ASSERT_TRUE(house_.Run("prove"));
  EXPECT_EQ(Side().objects, "odoo");
  EXPECT_EQ(Side().owner, "reprise_r1a2b3c4d_1") << "an Odoo without db_name would run crons on it";
  EXPECT_FALSE(house_.trio.databases.world().roles.at("reprise_r1a2b3c4d_1").login);
  ASSERT_TRUE(house_.Run("prove")) << "again";
  EXPECT_EQ(Side().objects, "odoo");
}

TEST_F(ProveStepTest, ASideDatabaseThatIsAnothersIsNotTouched) {
  OpenAt("prove");
  auto side = Side();
  side.owner = "odoo";
  house_.trio.databases.Add(house_.SideName(), side);
  const auto roles = house_.trio.databases.world().roles;
  EXPECT_EQ(FailureOf("prove").code, ErrorCode::kConflict);
  EXPECT_EQ(house_.trio.databases.world().roles, roles) << "nobody is shut out";
}

// Functions of the dump run while statistics are made.
TEST_F(ProveStepTest, TablesAreLookedAtOnceMoreWhenNothingOfTheDumpRunsAnyMore) {
  OpenAt("prove");
  house_.trio.programs.On("REASSIGN OWNED", [&](const auto&) {
    house_.trio.databases.tables_of_odoo = 5;
    return postgres::testing::FakePsql::Answer{};
  });
  EXPECT_EQ(FailureOf("prove").code, ErrorCode::kProofFailed);
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

// Begun by a version that left nothing to do.
TEST_F(ProveStepTest, WhatIsLoadedAndHandedOverAlreadyIsNotTouched) {
  OpenAt("prove");
  house_.facts.saved.erase("keys_left_not_valid");
  ASSERT_TRUE(house_.Run("prove"));
  EXPECT_EQ(Side().objects, "reprise_r1a2b3c4d_1");
}

TEST_F(ProveStepTest, TellsWhatItHasProvenAndKeepsItsHelperForTheSwap) {
  house_.trio.databases.brought_by_plain_dump.attachments = {
      {archive::FilestorePath("a file of the backup"), "20"},
      {archive::FilestorePath("a file in both"), "14"}};
  OpenAt("prove");
  ASSERT_TRUE(house_.Run("prove"));
  EXPECT_THAT(
      house_.Row().proof_json,
      AllOf(HasSubstr("\"missing\":0"), HasSubstr("\"loaded\":true"), HasSubstr("\"files\":2"),
            HasSubstr("\"orphans\":0"), HasSubstr("\"rows_compared\":true")));
  EXPECT_THAT(house_.Row().warnings, IsEmpty());
  EXPECT_THAT(house_.FilesOf(house_.SideName()),
              ElementsAre("a file in both", "a file of the backup"));
  EXPECT_EQ(house_.Live(), "live");
  EXPECT_THAT(house_.trio.Helpers(), ElementsAre("reprise_aaaa0001_1_prove"));
  EXPECT_THAT(house_.trio.engine.ListNetworks(Context(), {}).value(), IsEmpty());
  house_.workflow.reset();
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
}

TEST_F(ProveStepTest, AnAttachmentWithoutItsFileIsWarnedOfAndNamed) {
  house_.trio.databases.brought_by_plain_dump.attachments = {
      {archive::FilestorePath("lost"), "4"}, {archive::FilestorePath("a file in both"), "15"}};
  OpenAt("prove");
  ASSERT_TRUE(house_.Run("prove"));
  EXPECT_THAT(house_.Row().warnings,
              ElementsAre(HasSubstr("1 of 2 attachments are missing"),
                          HasSubstr("1 attachments have a file of another size")));
  EXPECT_THAT(house_.Row().proof_json, HasSubstr(archive::FilestorePath("lost")));
}

TEST_F(ProveStepTest, AStagedFileThatCameOutWrongEndsIt) {
  OpenAt("prove");
  house_.trio.files.Damage(FakeTrio::Filestore("shop-db__r1a2b3c4d_files") + "/" +
                           archive::FilestorePath("a file of the backup"));
  const Error error = FailureOf("prove");
  EXPECT_EQ(error.code, ErrorCode::kProofFailed);
  EXPECT_THAT(error.message, HasSubstr(archive::FilestorePath("a file of the backup")));
}

TEST_F(ProveStepTest, WhatIsNoOdooDatabaseEndsIt) {
  house_.trio.databases.tables_of_odoo = 5;
  OpenAt("prove");
  EXPECT_EQ(FailureOf("prove").code, ErrorCode::kProofFailed);
}

TEST_F(ProveStepTest, ARegistryThatDoesNotLoadEndsItAndLeavesNoHelper) {
  house_.trio.registry_exit_code = 1;
  OpenAt("prove");
  const Error error = FailureOf("prove");
  EXPECT_EQ(error.code, ErrorCode::kProofFailed);
  EXPECT_THAT(error.message, HasSubstr("exit code 1"));
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
  ASSERT_TRUE(house_.UndoAll());
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(ProveStepTest, WithoutAFilestoreTheMissingOnesOfTheLiveOneAreCounted) {
  house_.restore.request.include_filestore = false;
  house_.trio.databases.brought_by_plain_dump.attachments = {
      {archive::FilestorePath("a file of the backup"), "20"}};
  OpenAt("prove");
  ASSERT_TRUE(house_.Run("prove"));
  EXPECT_THAT(house_.Row().warnings, ElementsAre(HasSubstr("which was not restored")));
}

}  // namespace
}  // namespace reprise::restore
