// Incremental backups of a shop that runs: what is stored again, what stays, what goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/archive_samples.hpp"
#include "archive/verify.hpp"
#include "backup/backup_maker.hpp"
#include "backup/part_sweep.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "domain/archive_owner.hpp"
#include "odoo/testing/fake_trio.hpp"
#include "storage/composed_store.hpp"
#include "storage/memory_store.hpp"
#include "storage/recipe.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using odoo::testing::FakeTrio;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class IncrementalTest : public ::testing::Test {
 protected:
  IncrementalTest() {
    trio_.shop.project_id = catalog_.project();
    trio_.shop.server_id = catalog_.server();
    EXPECT_TRUE(environments_.Insert(trio_.shop));
    trio_.programs.OnProgram("pg_dump", {archive::Fixture("dump-pg15.custom")});
    trio_.files.Add(trio_.live_filestore(), large_);
    Name({"a file in both", "a file of the shop", large_});
  }
  // Contents that attachments of the live database name.
  void Name(const std::vector<std::string>& contents) {
    auto world = trio_.databases.world();
    auto& attachments = world.databases.at("shop-db").attachments;
    attachments.clear();
    for (const std::string& content : contents) {
      attachments.push_back({archive::FilestorePath(content)});
    }
    trio_.databases.Set(world);
  }
  void Insert(const std::string& id) {
    Backup backup;
    backup.id = {id};
    backup.project_id = trio_.shop.project_id;
    backup.environment_id = trio_.shop.id;
    backup.name = "backup " + id;
    backup.storage_key = "backups/e1/" + id + ".recipe";
    backup.created_at = clock_.Now();
    clock_.Advance(std::chrono::minutes(1));
    EXPECT_TRUE(backups_.Insert(backup));
  }
  Status Take(const std::string& id) {
    return maker_.Take(
        Context(), {id}, owner_, [](double, const std::string&) {},
        [&](std::string warning) { warnings_.push_back(std::move(warning)); });
  }
  Status Verify(const std::string& id) {
    return maker_.Verify(
        Context(), {id}, [](double, const std::string&) {}, [](auto) {});
  }
  void Make(const std::string& id) {
    Insert(id);
    const Status taken = Take(id);
    ASSERT_TRUE(taken) << taken.error().Sentence();
    const Status verified = Verify(id);
    ASSERT_TRUE(verified) << verified.error().Sentence();
  }
  void Delete(const std::string& id) {
    EXPECT_TRUE(backups_.Update({id}, [](Backup& row) -> Status {
      row.status = BackupStatus::kDeleted;
      return {};
    }));
    EXPECT_TRUE(composed_.Delete(Context(), Row(id).storage_key));
    Sweep();
  }
  void Sweep() { EXPECT_TRUE(PartSweep({parts_, raw_, clock_}).Sweep(Context())); }
  [[nodiscard]] Backup Row(const std::string& id) { return backups_.Get({id}).value(); }
  [[nodiscard]] storage::Recipe RecipeOf(const std::string& id) {
    return storage::ReadRecipe(Context(), raw_, Row(id).storage_key).value();
  }
  [[nodiscard]] std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const auto objects = raw_.List(Context(), "").value();
    for (const auto& info : objects) keys.push_back(info.key);
    return keys;
  }
  // Of all that is in storage.
  [[nodiscard]] ByteCount StoredBytes() {
    ByteCount bytes = 0;
    const auto objects = raw_.List(Context(), "").value();
    for (const auto& info : objects) bytes += info.size;
    return bytes;
  }
  [[nodiscard]] std::set<std::string> Files(const std::string& id) {
    const auto source = composed_.Open(Context(), Row(id).storage_key).value();
    const auto reader = archive::OpenBackup(Context(), *source).value();
    std::set<std::string> contents;
    EXPECT_TRUE(reader->VisitFilestore(
        Context(), {}, [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
          ASSIGN_OR_RETURN(std::string text, ReadAll(Context(), content, file.size));
          contents.insert(std::move(text));
          return {};
        }));
    return contents;
  }
  [[nodiscard]] std::string PartOf(const std::string& id, const std::string& ending) {
    const storage::Recipe recipe = RecipeOf(id);
    for (const storage::RecipePart& part : recipe.parts) {
      if (part.key.ends_with(ending)) return part.key;
    }
    return {};
  }
  void Damage(const std::string& key) {
    std::string content;
    {
      const auto object = raw_.Open(Context(), key).value();
      content = archive::ReadWhole(*object);
    }
    content[content.size() / 2] ^= 1;
    auto object = raw_.Create(Context(), key).value();
    ASSERT_TRUE(object->Write(Context(), BytesOf(content)));
    ASSERT_TRUE(object->Close(Context()));
  }
  void Limit(ByteCount most) {
    const auto project =
        catalog::TenancyStore(catalog_.database()).GetProject(trio_.shop.project_id);
    EXPECT_TRUE(catalog::QuotaStore(catalog_.database(), clock_)
                    .Put(project->organization_id, {.stored_bytes = most}));
  }

  const std::string large_ = archive::SomeBytes(1'500'000, 7);  // several members
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  FakeTrio trio_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::ArchivePartStore parts_{catalog_.database(), clock_};
  storage::MemoryStore raw_{clock_};
  storage::ComposedStore composed_{raw_};
  BackupMaker maker_{{.backups = backups_,
                      .environments = environments_,
                      .store = composed_,
                      .engines = trio_.engines,
                      .clock = clock_,
                      .incremental = {{parts_, raw_}}}};
  odoo::HelperOwner owner_{"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 1};
  std::vector<std::string> warnings_;
};

TEST_F(IncrementalTest, TheFirstHoldsEverything) {
  Make("b1");
  EXPECT_THAT(Files("b1"), ElementsAre("a file in both", "a file of the shop", large_));
  EXPECT_THAT(RecipeOf("b1").parts, SizeIs(3));
  EXPECT_EQ(Row("b1").status, BackupStatus::kCompleted);
  EXPECT_TRUE(Row("b1").is_verified);
  EXPECT_EQ(Row("b1").compressed_size, RecipeOf("b1").size());
  EXPECT_EQ(Row("b1").sha256, "") << "nobody has seen all of its bytes in a row";
  EXPECT_THAT(Row("b1").manifest_sha256, SizeIs(64));
  EXPECT_THAT(trio_.Helpers(), IsEmpty());
}

TEST_F(IncrementalTest, TheSecondStoresOnlyWhatIsNew) {
  Make("b1");
  const ByteCount before = StoredBytes();
  trio_.files.Add(trio_.live_filestore(), "new since then");
  Name({"a file in both", "a file of the shop", large_, "new since then"});
  Make("b2");
  EXPECT_THAT(Files("b2"),
              ElementsAre("a file in both", "a file of the shop", "new since then", large_));
  const ByteCount dump = archive::Fixture("dump-pg15.custom").size();
  EXPECT_LT(StoredBytes() - before, dump + 10'000);
  EXPECT_GT(Row("b2").compressed_size, 800'000U);
  EXPECT_EQ(PartOf("b1", ".files"), RecipeOf("b2").parts[1].key);
}

TEST_F(IncrementalTest, WithoutNewFilesNoPartOfFilesIsMade) {
  Make("b1");
  Make("b2");
  EXPECT_EQ(PartOf("b2", ".files"), PartOf("b1", ".files"));
  EXPECT_THAT(Files("b2"), SizeIs(3));
}

TEST_F(IncrementalTest, ReadsOnlyTheNewFilesFromTheEnvironment) {
  Make("b1");
  trio_.files.Add(trio_.live_filestore(), "new since then");
  Name({"a file in both", "a file of the shop", large_, "new since then"});
  const std::size_t calls = trio_.programs.calls().size();
  Make("b2");
  std::string packed;
  const auto all = trio_.programs.calls();
  for (std::size_t i = calls; i < all.size(); ++i) {
    if (all[i].spec.argv.front() == "tar") packed += all[i].sql;
  }
  EXPECT_THAT(packed, HasSubstr(archive::FilestorePath("new since then")));
  EXPECT_THAT(packed, Not(HasSubstr(archive::FilestorePath(large_))));
}

TEST_F(IncrementalTest, EachIsAPlainZipThatVerifiesWhole) {
  Make("b1");
  Make("b2");
  for (const char* id : {"b1", "b2"}) {
    const auto source = composed_.Open(Context(), Row(id).storage_key).value();
    const auto report = archive::VerifyBackup(Context(), *source, {});
    ASSERT_TRUE(report) << report.error().Sentence();
    EXPECT_EQ(report->filestore_files, 3U);
    const archive::TemporaryFolder folder;
    const auto unzip =
        archive::RunTool("unzip -t " + folder.Write("a.zip", archive::ReadWhole(*source)));
    EXPECT_TRUE(unzip.status == 0 || unzip.status == 127) << unzip.output;
  }
}

TEST_F(IncrementalTest, AVerificationThatIsAskedForReadsItWholeAndTellsItsSha256) {
  Make("b1");
  Make("b2");
  ASSERT_TRUE(Verify("b2"));
  const auto source = composed_.Open(Context(), Row("b2").storage_key).value();
  EXPECT_EQ(Row("b2").sha256, HashOf(HashKind::kSha256, archive::ReadWhole(*source)));
}

TEST_F(IncrementalTest, DeletingTheFirstFreesItsDumpAndLeavesTheSecondWhole) {
  Make("b1");
  const std::string dump = PartOf("b1", ".dump");
  const std::string files = PartOf("b1", ".files");
  Make("b2");
  Delete("b1");
  EXPECT_THAT(Keys(), Not(Contains(dump)));
  EXPECT_THAT(Keys(), Contains(files));
  const Status verified = Verify("b2");
  EXPECT_TRUE(verified) << verified.error().Sentence();
  Delete("b2");
  EXPECT_THAT(Keys(), IsEmpty());
}

TEST_F(IncrementalTest, AFileThatCameBackIsStoredAnewWhenNobodyHasItAnyMore) {
  Make("b1");
  Name({"a file in both", "a file of the shop"});
  Make("b2");
  Delete("b1");
  EXPECT_LT(StoredBytes(), 500'000U) << "the large file went with the last backup that had it";
  Name({"a file in both", "a file of the shop", large_});
  Make("b3");
  EXPECT_THAT(Files("b3"), SizeIs(3));
}

TEST_F(IncrementalTest, OneThatFailsLeavesNothingAfterASweep) {
  Insert("b1");
  trio_.programs.OnProgram("tar", {.exit_code = 1, .error = "tar: no space\n"});
  const Status taken = Take("b1");
  ASSERT_FALSE(taken);
  EXPECT_THAT(Keys(), Not(IsEmpty())) << "the dump was there already";
  Sweep();
  EXPECT_THAT(Keys(), Not(IsEmpty())) << "its task may go on";
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, owner_));
  ASSERT_TRUE(maker_.MarkEnded({"b1"}, taken.error()));
  Sweep();
  EXPECT_THAT(Keys(), IsEmpty());
}

TEST_F(IncrementalTest, AnAttemptThatIsMadeAgainLeavesNothingOfTheFirst) {
  Insert("b1");
  ASSERT_TRUE(Take("b1"));
  const std::vector<std::string> first = Keys();
  ASSERT_TRUE(Take("b1"));
  Sweep();
  EXPECT_EQ(Keys().size(), first.size());
  EXPECT_NE(Keys(), first);
  EXPECT_TRUE(Verify("b1"));
}

// A worker that slept before its recipe took its place writes it when another has made the backup.
TEST_F(IncrementalTest, EachAttemptHasARecipeOfItsOwn) {
  Insert("b1");
  ASSERT_TRUE(Take("b1"));
  const std::string first = Row("b1").storage_key;
  ASSERT_TRUE(Take("b1"));
  const std::string second = Row("b1").storage_key;
  EXPECT_NE(first, second);
  for (const std::string& key : {first, second}) {
    EXPECT_TRUE(storage::IsRecipeKey(key)) << key;
    EXPECT_THAT(key, ::testing::StartsWith("backups/e1/b1.recipe."));
  }
  EXPECT_TRUE(domain::OwnsItsArchive(Row("b1")));
  Sweep();
  EXPECT_THAT(Keys(), Not(Contains(first)));
  {
    auto late = raw_.Create(Context(), first).value();
    ASSERT_TRUE(late->Write(Context(), BytesOf("of parts that are gone")));
    ASSERT_TRUE(late->Close(Context()));
  }
  EXPECT_TRUE(Verify("b1"));
}

TEST_F(IncrementalTest, AWorkerThatLostTheTaskLeavesNoObject) {
  Insert("b1");
  const Status taken = maker_.Take(
      Context(), {"b1"}, owner_, [](double, const std::string&) {}, [](auto) {},
      []() -> Status { return Fail(ErrorCode::kLeaseLost, "another worker has it"); });
  ASSERT_FALSE(taken);
  EXPECT_THAT(Keys(), IsEmpty());
}

TEST_F(IncrementalTest, OneWithoutFilesInBetweenDoesNotHideWhatWasStoredBefore) {
  Make("b1");
  Insert("b2");
  ASSERT_TRUE(backups_.Update({"b2"}, [](Backup& row) -> Status {
    row.include_filestore = false;
    return {};
  }));
  ASSERT_TRUE(Take("b2"));
  ASSERT_TRUE(Verify("b2"));
  Make("b3");
  EXPECT_EQ(PartOf("b3", ".files"), PartOf("b1", ".files"));
}

// The same database elsewhere in the project: a staging copy of production.
TEST_F(IncrementalTest, TakesWhatAnotherEnvironmentOfTheProjectHasStored) {
  Make("b1");
  EXPECT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.environment_id = {};
    return {};
  }));
  Make("b2");
  EXPECT_EQ(PartOf("b2", ".files"), PartOf("b1", ".files"));
}

TEST_F(IncrementalTest, ADamagedPartIsFoundNamedAndNotUsedAgain) {
  Make("b1");
  Make("b2");
  const std::string files = PartOf("b1", ".files");
  Damage(files);
  const Status verified = Verify("b1");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(verified.error().Sentence(), HasSubstr("the damage is in " + files));
  EXPECT_THAT(verified.error().Sentence(), HasSubstr("1 other backup has bytes: backup b2"));
  ASSERT_TRUE(maker_.MarkEnded({"b1"}, verified.error()));
  EXPECT_FALSE(Row("b1").is_verified);
  Make("b3");
  EXPECT_NE(PartOf("b3", ".files"), files);
  EXPECT_TRUE(Verify("b3"));
}

TEST_F(IncrementalTest, APartThatIsGoneIsFoundWhenTheNextIsReadBack) {
  Make("b1");
  Insert("b2");
  ASSERT_TRUE(Take("b2"));
  ASSERT_TRUE(raw_.Delete(Context(), PartOf("b1", ".files")));
  const Status verified = Verify("b2");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kArchiveCorrupt);
}

TEST_F(IncrementalTest, ABaseThatDoesNotReadIsAsIfItWereNotThere) {
  Make("b1");
  Damage(PartOf("b1", ".rest"));
  Make("b2");
  EXPECT_NE(PartOf("b2", ".files"), PartOf("b1", ".files"));
  EXPECT_TRUE(Verify("b2"));
}

TEST_F(IncrementalTest, OfABaseThatIsDeletedMeanwhileNothingIsTaken) {
  Make("b1");
  trio_.programs.OnProgram("pg_dump", [&](const postgres::testing::FakePsql::Call&) {
    Delete("b1");
    return postgres::testing::FakePsql::Answer{archive::Fixture("dump-pg15.custom")};
  });
  Make("b2");
  EXPECT_THAT(Files("b2"), SizeIs(3));
  EXPECT_TRUE(Verify("b2"));
}

TEST_F(IncrementalTest, CountsInTheQuotaWhatItReallyStores) {
  Make("b1");
  Limit(StoredBytes() + archive::Fixture("dump-pg15.custom").size() + 5'000);
  Make("b2");
  Insert("b3");
  const Status taken = Take("b3");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kQuotaExceeded);
}

TEST_F(IncrementalTest, ADamagedFileOfTheShopIsTakenFromTheBackupBefore) {
  Make("b1");
  auto world = trio_.files.world();
  world.files[trio_.live_filestore() + "/" + archive::FilestorePath("a file of the shop")] =
      "a file of the shxp";
  trio_.files.Set(world);
  Make("b2");
  EXPECT_THAT(Files("b2"), Contains("a file of the shop"));
}

TEST_F(IncrementalTest, AVerificationBringsNoneBackThatIsOver) {
  Make("b1");
  for (const BackupStatus over :
       {BackupStatus::kDeleted, BackupStatus::kFailed, BackupStatus::kCancelled}) {
    EXPECT_TRUE(backups_.Update({"b1"}, [&](Backup& row) -> Status {
      row.status = over;
      return {};
    }));
    const Status verified = Verify("b1");
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kBackupNotAvailable);
    EXPECT_EQ(Row("b1").status, over);
    if (over != BackupStatus::kDeleted) continue;
    ASSERT_TRUE(maker_.MarkEnded({"b1"}, verified.error()));
    EXPECT_EQ(Row("b1").status, over);
  }
}

TEST_F(IncrementalTest, WithoutFilestoreHasNone) {
  Insert("b1");
  ASSERT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.include_filestore = false;
    return {};
  }));
  ASSERT_TRUE(Take("b1"));
  ASSERT_TRUE(Verify("b1"));
  EXPECT_FALSE(Row("b1").include_filestore);
  EXPECT_THAT(Files("b1"), IsEmpty());
}

// A recipe that lies in storage, of another installation or of this one before its catalog was
// lost.
class FoundRecipeTest : public IncrementalTest {
 protected:
  FoundRecipeTest() { Make("b1"); }
  // Registers a copy of the recipe of b1 as b9.
  void Register(const domain::ProjectId& project) {
    const auto recipe = RecipeOf("b1");
    auto object = raw_.Create(Context(), "backups/e1/found.recipe").value();
    ASSERT_TRUE(object->Write(Context(), BytesOf(storage::WriteRecipe(recipe))));
    ASSERT_TRUE(object->Close(Context()));
    Backup found;
    found.id = {"b9"};
    found.project_id = project;
    found.name = "found";
    found.storage_key = "backups/e1/found.recipe";
    ASSERT_TRUE(backups_.Insert(found));
  }
  void ExpectRefused(ErrorCode code) {
    const Status verified = Verify("b9");
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, code) << verified.error().Sentence();
    EXPECT_EQ(Row("b9").status, BackupStatus::kPending);
    EXPECT_THAT(parts_.UsedBy({"b9"}).value(), IsEmpty());
  }
};

TEST_F(FoundRecipeTest, IsReadWholeWhenItIsRegisteredWhereItLies) {
  Register(trio_.shop.project_id);
  ASSERT_TRUE(Verify("b9"));
  EXPECT_THAT(Row("b9").sha256, SizeIs(64));
  EXPECT_EQ(Row("b9").snapshot.name, "shop");
  Delete("b1");
  EXPECT_TRUE(Verify("b9")) << "its parts are known and stay";
}

TEST_F(FoundRecipeTest, KeepsPartsThatAreDoubted) {
  ASSERT_TRUE(parts_.Doubt(Row("b1"), {PartOf("b1", ".files")}));
  Register(trio_.shop.project_id);
  ASSERT_TRUE(Verify("b9"));
  Delete("b1");
  EXPECT_TRUE(Verify("b9"));
}

// The other project's backup is deleted one day, and its parts with it.
TEST_F(FoundRecipeTest, IsRefusedWhenItsPartsAreAnotherProjects) {
  const domain::ProjectId project{"0193b5a0-0000-7abc-8def-000000000002"};
  catalog::TenancyStore tenancy(catalog_.database());
  ASSERT_TRUE(tenancy.InsertProject({.id = project,
                                     .organization_id = tenancy.DefaultProject()->organization_id,
                                     .name = "another",
                                     .created_at = clock_.Now()}));
  Register(project);
  ExpectRefused(ErrorCode::kConflict);
}

TEST_F(FoundRecipeTest, IsRefusedWhenAPartOfItIsBeingDeleted) {
  Register(trio_.shop.project_id);
  EXPECT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.status = BackupStatus::kDeleted;
    return {};
  }));
  ASSERT_THAT(parts_.TakeUnused(100).value(), Not(IsEmpty()));
  ExpectRefused(ErrorCode::kBackupNotAvailable);
}

}  // namespace
}  // namespace reprise::backup
