#include "backup/url_imports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/backup_service.hpp"
#include "base/hash.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "storage/memory_store.hpp"
#include "storage/testing/web_server.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using storage::testing::WebAnswer;
using storage::testing::WebServer;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDump = "-- PostgreSQL database dump\nSELECT 1;\n";

class UrlImportsTest : public ::testing::Test {
 protected:
  Backup Order(const std::string& sha256 = "") {
    return service_
        .ImportByUrl({.archive = {{server_.Url("/old/shop.sql?signature=s3cret"),
                                   {"Authorization: Bearer s3cret"}},
                                  sha256}})
        .value();
  }
  Status Fetch(const Backup& backup) {
    return imports_.Fetch(
        Context(), backup.id,
        [this](double, std::string detail) { told_.push_back(std::move(detail)); },
        [] { return Status(); }, std::nullopt);
  }
  [[nodiscard]] Backup Row(const Backup& backup) { return backups_.Get(backup.id).value(); }
  [[nodiscard]] std::string Stored(const Backup& backup) {
    const auto object = store_.Open(Context(), backup.storage_key);
    if (!object) return "nothing";
    RangeReader all(**object, 0, (*object)->size());
    return ReadAll(Context(), all, 1 << 20).value();
  }

  ManualClock clock_{FromMicros(1'733'914'800'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::ImportSourceStore sources_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  std::string answer_ = WebAnswer("200 OK", "", kDump);
  std::vector<std::string> later_;  // taken from the back before `answer_`
  WebServer server_{[this](const std::string&) {
    if (later_.empty()) return answer_;
    std::string answer = later_.back();
    later_.pop_back();
    return answer;
  }};
  // Sealed is what is turned around, for one row.
  Sealer sealer_{[](std::string_view text, std::string_view whose) {
                   return std::string(text.rbegin(), text.rend()) + std::string(whose);
                 },
                 [](std::string_view sealed, std::string_view whose) -> Result<std::string> {
                   if (!sealed.ends_with(whose)) return Fail(ErrorCode::kInternal, "another row's");
                   sealed.remove_suffix(whose.size());
                   return std::string(sealed.rbegin(), sealed.rend());
                 }};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  StorageRoom folder_{catalog_.server(), "2049", 5'000'000'000, 5'000'000'000};
  UrlImports imports_{
      {.sources = sources_,
       .backups = backups_,
       .tenancy = tenancy_,
       .store = store_,
       .sealer = sealer_,
       .clock = clock_,
       .rules = {.trusted_hosts = {"127.0.0.1"},
                 .retry = {.attempts = 1, .first_pause = std::chrono::milliseconds(1)}},
       .room = ArchiveRoom({.space = &space_, .look = [this](const auto&) {
                              return Result<StorageRoom>(folder_);
                            }})}};
  BackupService service_{{.backups = backups_,
                          .environments = environments_,
                          .tenancy = tenancy_,
                          .journal = journal_,
                          .store = store_,
                          .clock = clock_,
                          .urls = &imports_}};
  std::vector<std::string> told_;
};

TEST_F(UrlImportsTest, AnOrderIsPendingAndConnectsToNothing) {
  const Backup backup = Order();
  EXPECT_EQ(backup.name, "shop.sql");
  EXPECT_EQ(Row(backup).status, BackupStatus::kPending);
  EXPECT_EQ(journal_.Get(backup.task_id)->kind, domain::TaskKind::kImport);
  EXPECT_TRUE(imports_.Has(backup.id).value());
  EXPECT_FALSE(imports_.Has({"another"}).value());
  EXPECT_TRUE(server_.heads().empty());
}

TEST_F(UrlImportsTest, WhereItComesFromIsSealedUntilItIsForgotten) {
  const Backup backup = Order();
  const std::string sealed = sources_.Find(backup.id).value().value();
  EXPECT_THAT(sealed, Not(HasSubstr("s3cret")));
  EXPECT_THAT(sealed, HasSubstr("terc3s"));
  ASSERT_TRUE(imports_.Forget(backup.id, std::nullopt));
  EXPECT_EQ(sources_.Find(backup.id).value(), "");
  EXPECT_TRUE(imports_.Has(backup.id).value()) << "its task has the same steps for ever";
  EXPECT_EQ(Fetch(backup).error().code, ErrorCode::kNotFound);
}

TEST_F(UrlImportsTest, ACancelledOrderForgetsWhereItCameFrom) {
  const Backup backup = Order();
  ASSERT_TRUE(journal_.RequestCancel(
      backup.task_id, [&](catalog::Transaction& transaction, const domain::Task& task) {
        return BackupService::EndCancelledIn(transaction, clock_, task);
      }));
  EXPECT_EQ(sources_.Find(backup.id).value(), "");
}

TEST_F(UrlImportsTest, FetchesIntoTheStorageAndTellsHowFarItIs) {
  const Backup backup = Order(HashOf(HashKind::kSha256, kDump));
  const Status fetched = Fetch(backup);
  ASSERT_TRUE(fetched) << fetched.error().Sentence();
  EXPECT_EQ(Stored(backup), kDump);
  EXPECT_EQ(Row(backup).status, BackupStatus::kRunning);
  EXPECT_EQ(Row(backup).compressed_size, kDump.size());
  EXPECT_EQ(Row(backup).sha256, HashOf(HashKind::kSha256, kDump));
  EXPECT_THAT(server_.heads().at(0), HasSubstr("GET /old/shop.sql?signature=s3cret "));
  EXPECT_THAT(server_.heads().at(0), HasSubstr("Authorization: Bearer s3cret\r\n"));
  EXPECT_THAT(told_.back(), HasSubstr("of 0.0 MB fetched"));
}

TEST_F(UrlImportsTest, WhatIsPastTheQuotaIsNotStored) {
  const Backup backup = Order();
  const catalog::Project project = tenancy_.GetProject(backup.project_id).value();
  catalog::QuotaStore quotas(catalog_.database(), clock_);
  ASSERT_TRUE(quotas.Put(project.organization_id, {.stored_bytes = kDump.size() - 1}));
  EXPECT_EQ(Fetch(backup).error().code, ErrorCode::kQuotaExceeded) << "told in advance";
  answer_ = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + kDump;
  EXPECT_EQ(Fetch(backup).error().code, ErrorCode::kQuotaExceeded) << "no size told";
  EXPECT_EQ(Stored(backup), "nothing");

  ASSERT_TRUE(quotas.Put(project.organization_id, {.stored_bytes = kDump.size()}));
  EXPECT_TRUE(Fetch(backup));
}

TEST_F(UrlImportsTest, FetchesOnceOnly) {
  const Backup backup = Order();
  ASSERT_TRUE(Fetch(backup));
  ASSERT_TRUE(Fetch(backup)) << "a worker died before it could say that it was done";
  EXPECT_EQ(server_.heads().size(), 1U);
}

TEST_F(UrlImportsTest, BeginsAnewWhereTheServerCannotGoOn) {
  later_ = {WebAnswer("200 OK", "", kDump, 20), WebAnswer("200 OK", "", kDump, 10)};
  const Backup backup = Order();
  const Status fetched = Fetch(backup);
  ASSERT_TRUE(fetched) << fetched.error().Sentence();
  EXPECT_EQ(Stored(backup), kDump);
  answer_ = WebAnswer("200 OK", "", kDump, 20);
  const Backup again = Order();
  const Status cut = Fetch(again);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(cut.error().message, HasSubstr("cut off after 20 of 38 bytes"));
  EXPECT_EQ(Stored(again), "nothing");
}

TEST_F(UrlImportsTest, WhatDoesNotFitBesideWhatOthersHoldIsNotFetched) {
  const domain::Task other =
      journal_.Submit({.kind = domain::TaskKind::kRestore, .project_id = catalog_.project()})
          .value();
  ASSERT_TRUE(space_.Reserve({other.id, std::nullopt, "the restore of \"old\""}, catalog_.server(),
                             {{"database", "2049", 4'000'000'000}},
                             [](const auto&) { return Status(); }));
  folder_.free_bytes = 4'000'000'000 + kDump.size() - 1;
  const Backup backup = Order();
  const Status fetched = Fetch(backup);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(fetched.error().message, HasSubstr("reserved by the restore of \"old\""));
  EXPECT_EQ(Stored(backup), "nothing");
  folder_.free_bytes += 1;
  ASSERT_TRUE(Fetch(backup));
  EXPECT_EQ(space_.Count().value(), 1) << "what is on the disk is kept no more";
  answer_ = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + kDump;
  EXPECT_EQ(Fetch(Order()).error().code, ErrorCode::kNoSpace) << "no size told: a step";
}

TEST_F(UrlImportsTest, RefusesWhatHasAnotherSha256) {
  const Backup backup = Order(std::string(64, 'a'));
  const Status fetched = Fetch(backup);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(fetched.error().message, HasSubstr("has the sha256"));
  EXPECT_EQ(Stored(backup), "nothing");
  EXPECT_EQ(Row(backup).sha256, "");
}

TEST_F(UrlImportsTest, RefusesAPageBeforeItIsStored) {
  answer_ = WebAnswer("200 OK", "", "<!DOCTYPE html><html>Sign in</html>");
  const Backup backup = Order();
  const Status fetched = Fetch(backup);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kFormatUnsupported);
  EXPECT_THAT(fetched.error().message, HasSubstr("http://127.0.0.1/old/shop.sql is no backup"));
  EXPECT_THAT(fetched.error().message, Not(HasSubstr("s3cret")));
  EXPECT_EQ(Stored(backup), "nothing");
  answer_ = WebAnswer("200 OK", "", "");
  EXPECT_THAT(Fetch(Order()).error().message, HasSubstr("but empty"));
}

TEST_F(UrlImportsTest, AWorkerThatHasLostItsTaskStoresNothing) {
  const Backup backup = Order();
  const Status fetched = imports_.Fetch(
      Context(), backup.id, [](double, const std::string&) {},
      [] { return Status(Fail(ErrorCode::kLeaseLost, "another has it")); }, std::nullopt);
  EXPECT_EQ(fetched.error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(Stored(backup), "nothing");
}

TEST_F(UrlImportsTest, RefusesAnAddressWithItsField) {
  const auto refused = service_.ImportByUrl({.archive = {{"http://files.example.com/a.zip", {}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "/url");
  const auto wrong = service_.ImportByUrl(
      {.archive = {{"https://files.example.com/a.zip", {}}, std::string(64, 'A')}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "/sha256");
  EXPECT_EQ(journal_.List({}, {}).value().total, 0);
}

}  // namespace
}  // namespace reprise::backup
