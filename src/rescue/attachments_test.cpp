#include "rescue/attachments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "archive/archive_samples.hpp"
#include "rescue/testing/rescue_house.hpp"

namespace reprise::rescue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RescueHouse;

// A house in whose archive one file is not what its name says.
class DamagedHouse : public RescueHouse {
 public:
  DamagedHouse() {
    bad = AddFileRow(7, "as it was");
    good = AddFileRow(8, "whole");
    const std::string zip = archive::MakeZip(
        {{.name = "dump.sql", .content = archive::SqlDump()},
         {.name = "filestore/" + bad, .content = "as it is"},
         {.name = "filestore/" + good, .content = "whole"},
         {.name = "manifest.json", .content = R"({"odoo_dump": "1", "db_name": "shop"})"}});
    Mount();
    EXPECT_TRUE(store.Delete(Context(), backup.storage_key));
    Store(zip);
  }

  std::string bad;
  std::string good;
};

std::string LivePath(const RescueHouse& house, const std::string& name) {
  return house.trio.live_filestore() + "/" + name;
}

TEST(Attachments, AFileAndItsRowComeBackAndNothingStaged) {
  RescueHouse house;
  const std::string path = house.AddFileRow(7, "a file of the backup");
  house.Mount();
  const auto brought = house.BringBack({7, 9, 7});
  ASSERT_EQ(brought.size(), 2U);
  EXPECT_EQ(brought[0].row, BroughtRow::kSameId) << brought[0].error;
  EXPECT_EQ(brought[0].file, BroughtFile::kBrought);
  EXPECT_THAT(brought[1].error, HasSubstr("no attachment 9"));
  const auto world = house.trio.files.world();
  EXPECT_EQ(world.files.at(LivePath(house, path)), "a file of the backup");
  EXPECT_EQ(world.owners.at(LivePath(house, path.substr(0, 2))), "101:101");
  EXPECT_EQ(house.trio.files.Names(odoo::testing::FakeTrio::kFilestores).size(), 1U);
}

TEST(Attachments, AFolderIsOdoosFromTheStart) {
  RescueHouse house;
  house.AddFileRow(7, "a file of the backup");
  house.Mount();
  house.BringBack({7});
  for (const auto& call : house.trio.programs.calls()) {
    const auto& argv = call.spec.argv;
    if (argv.front() != "mkdir") continue;
    EXPECT_THAT(argv.back(), HasSubstr("__rcccc1111_")) << "only what is staged is root's";
  }
}

TEST(Attachments, OneThatIsDamagedInTheBackupDoesNotKeepTheOthers) {
  DamagedHouse house;
  const auto brought = house.BringBack({7, 8});
  ASSERT_EQ(brought.size(), 2U);
  EXPECT_EQ(brought[0].row, BroughtRow::kFailed);
  EXPECT_EQ(brought[0].file, BroughtFile::kFailed);
  EXPECT_THAT(brought[0].error, HasSubstr("damaged in the backup"));
  EXPECT_EQ(brought[1].row, BroughtRow::kSameId) << brought[1].error;
  EXPECT_EQ(brought[1].file, BroughtFile::kBrought);
  const auto world = house.trio.files.world();
  EXPECT_FALSE(world.files.contains(LivePath(house, house.bad)));
  EXPECT_TRUE(world.files.contains(LivePath(house, house.good)));
  EXPECT_FALSE(house.live_rows.contains(7));
}

TEST(Attachments, ARowThatNamesNoFileOfTheFilestoreIsNeitherInsertedNorRead) {
  RescueHouse house;
  house.backup_rows[7] = {"sly.pdf", "../../etc/passwd", "abc", "6869"};
  house.Mount();
  const auto brought = house.BringBack({7});
  EXPECT_EQ(brought.at(0).row, BroughtRow::kFailed);
  EXPECT_EQ(brought.at(0).error, "its row names no file of the filestore");
  EXPECT_TRUE(house.inserted.empty());
  const auto content = house.attachments.Content(Context(), house.mount.id, 7);
  ASSERT_FALSE(content);
  EXPECT_THAT(content.error().message, HasSubstr("names no file of the filestore"));
}

TEST(Attachments, WhatCameBackUnderAnotherIdDoesNotComeTwice) {
  RescueHouse house;
  house.AddFileRow(7, "a file of the backup");
  house.live_rows[7] = {"7.pdf", "", "of another content"};
  house.Mount();
  const auto first = house.BringBack({7});
  ASSERT_EQ(first.at(0).row, BroughtRow::kNewId) << first[0].error;
  const auto second = house.BringBack({7});
  EXPECT_EQ(second.at(0).row, BroughtRow::kThere) << second[0].error;
  EXPECT_EQ(second[0].live_id, first[0].live_id);
  EXPECT_EQ(house.inserted.size(), 1U);
}

TEST(Attachments, ADocumentThatIsOneOfTheBackupItselfStandsForNoOther) {
  RescueHouse house;
  house.AddFileRow(7, "a file of the backup");
  house.backup_rows[8] = house.backup_rows[7];
  house.live_rows[8] = house.backup_rows[8];
  house.Mount();
  const auto brought = house.BringBack({7});
  EXPECT_EQ(brought.at(0).row, BroughtRow::kSameId) << "attached twice, lost once";
}

TEST(Attachments, NoRowComesBackOnceARestoreHasBegun) {
  RescueHouse house;
  house.AddFileRow(7, "a file of the backup");
  house.AddFileRow(8, "a file in both");
  house.Mount();
  house.on_insert = [&] {
    EXPECT_TRUE(house.journal.Submit({.kind = domain::TaskKind::kRestore,
                                      .project_id = house.trio.shop.project_id,
                                      .target = house.trio.shop.id.value}));
  };
  const auto brought = house.BringBack({7, 8});
  ASSERT_EQ(brought.size(), 2U);
  EXPECT_EQ(brought[0].row, BroughtRow::kSameId);
  EXPECT_EQ(brought[1].row, BroughtRow::kFailed);
  EXPECT_THAT(brought[1].error, HasSubstr("is being worked on"));
  EXPECT_EQ(house.inserted.size(), 1U);
}

TEST(Attachments, WhatWentMeanwhileDoesNotHideWhatCameBack) {
  RescueHouse house;
  const std::string path = house.AddFileRow(7, "a file of the backup");
  house.Mount();
  house.on_insert = [&] {
    auto world = house.trio.files.world();  // Odoo has collected it, and the storage is away
    world.files.erase(LivePath(house, path));
    house.trio.files.Set(std::move(world));
    EXPECT_TRUE(house.store.Delete(Context(), house.backup.storage_key));
  };
  const auto brought = house.BringBack({7});
  ASSERT_EQ(brought.size(), 1U);
  EXPECT_EQ(brought[0].row, BroughtRow::kSameId);
  EXPECT_EQ(brought[0].file, BroughtFile::kFailed);
  EXPECT_THAT(brought[0].error, HasSubstr("gone from storage"));
}

TEST(Attachments, WhatWasStagedGoesAlsoWhenTheCallersTimeIsOver) {
  RescueHouse house;
  house.AddFileRow(7, "a file of the backup");
  house.Mount();
  std::stop_source caller;
  house.trio.programs.OnProgram("chown", [&](const auto&) {
    caller.request_stop();
    return RescueHouse::Answer{};
  });
  EXPECT_FALSE(house.attachments.BringBack(Context(caller.get_token()), house.mount.id, {7}));
  EXPECT_EQ(house.trio.files.Names(odoo::testing::FakeTrio::kFilestores).size(), 1U);
}

TEST(Attachments, AContentInTheRowComesBackWithoutBeingHeld) {
  RescueHouse house;
  const std::string content = "in the row";
  house.backup_rows[7] = {"row.txt", "", HashOf(HashKind::kSha1, content), ToHex(content)};
  house.Mount();
  const auto brought = house.BringBack({7});
  EXPECT_EQ(brought.at(0).row, BroughtRow::kSameId) << brought[0].error;
  EXPECT_EQ(brought[0].file, BroughtFile::kNone);
  EXPECT_THAT(house.inserted.at(0),
              HasSubstr("pg_catalog.decode('" + ToHex(content) + "', 'hex')"));
  const auto read = house.attachments.Content(Context(), house.mount.id, 7);
  ASSERT_TRUE(read) << read.error().Sentence();
  RangeReader bytes(*read->source, 0, read->source->size());
  EXPECT_EQ(ReadAll(Context(), bytes, 100).value(), content);
}

TEST(Attachments, ARowThatKeepsTooMuchIsToldAndNotRead) {
  RescueHouse house;
  house.backup_rows[7] = {"row.txt", "", "abc", "00"};
  house.Mount();
  house.trio.programs.On("octet_length", house.trio.programs.Rows({{R"({"bytes": 67108865})"}}));
  const auto brought = house.BringBack({7});
  EXPECT_EQ(brought.at(0).row, BroughtRow::kFailed);
  EXPECT_THAT(brought[0].error, HasSubstr("more than 64 MiB"));
  for (const std::string& sql : house.trio.programs.Sql()) {
    EXPECT_THAT(sql, Not(HasSubstr("encode(")));
  }
}

TEST(Attachments, NoTextOfAStrangerIsReadWhole) {
  RescueHouse house;
  house.Mount();
  ASSERT_TRUE(house.attachments.List(Context(), house.mount.id, {}));
  for (const std::string& sql : house.trio.programs.Sql()) {
    if (sql.find("AS store_name") == std::string::npos) continue;
    for (const char* name : {"name", "model", "field", "mimetype", "checksum", "store_name"}) {
      EXPECT_THAT(sql, HasSubstr(fmt::format(", 1000) AS {}", name)));
    }
  }
}

TEST(RescueDesk, LettingARoleInKeepsNobodyFromAnotherMount) {
  RescueHouse house;
  house.Mount();
  domain::Mount other = house.mount;
  other.id = {"0193b5a0-1234-7abc-8def-0123cccc2222"};
  other.role_name = "reprise_rcccc2222_1";
  ASSERT_TRUE(house.Write(other));
  std::future<bool> opened;
  house.trio.programs.On(house.mount.role_name + "\" LOGIN", [&](const auto&) {
    opened = std::async(std::launch::async,
                        [&] { return house.desk.Open(Context(), other.id).has_value(); });
    EXPECT_EQ(opened.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    return RescueHouse::Answer{};
  });
  ASSERT_TRUE(house.desk.Open(Context(), house.mount.id));
  EXPECT_TRUE(opened.get());
}

}  // namespace
}  // namespace reprise::rescue
