#include "backup/part_sweep.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Removes all but what it was told to keep; knows what it was asked for.
class StubbornStore final : public storage::ObjectStore {
 public:
  Status Delete(const Context& /*ctx*/, std::string_view key) override {
    asked.emplace_back(key);
    if (!key.starts_with(kept)) return {};
    return Fail(ErrorCode::kStorageFailed, "the object is locked");
  }
  Result<std::unique_ptr<storage::ObjectWriter>> Create(const Context&, std::string_view) override {
    return Refusal();
  }
  Result<std::unique_ptr<RandomReader>> Open(const Context&, std::string_view) override {
    return Refusal();
  }
  Result<storage::ObjectInfo> Stat(const Context&, std::string_view) override { return Refusal(); }
  Result<std::vector<storage::ObjectInfo>> List(const Context&, std::string_view) override {
    return Refusal();
  }
  Result<std::optional<ByteCount>> FreeSpace(const Context&) override { return Refusal(); }

  std::string kept = "nothing";
  std::vector<std::string> asked;

 private:
  static tl::unexpected<Error> Refusal() { return Fail(ErrorCode::kInternal, "not asked for"); }
};

class PartSweepTest : public ::testing::Test {
 protected:
  PartSweepTest() {
    domain::Backup backup;
    backup.id = {"b1"};
    backup.project_id = catalog_.project();
    backup.name = "a backup that failed";
    backup.status = domain::BackupStatus::kFailed;
    backup.storage_key = "b1.recipe";
    EXPECT_TRUE(catalog::BackupStore(catalog_.database(), clock_).Insert(backup));
  }
  // Parts that nobody needs, in a storage of their own.
  void Leave(std::string_view storage, int count) {
    for (int number = 0; number < count; ++number) {
      catalog::ArchivePart part;
      part.id = fmt::format("{}-{:04}", storage, number);
      part.project_id = catalog_.project();
      part.made_by = {"b1"};
      part.storage_config_id = {std::string(storage)};
      part.storage_key = fmt::format("{:04}", number);
      ASSERT_TRUE(parts_.Begin(part, {}));
    }
  }
  std::vector<std::string> Swept() {
    store_.asked.clear();
    EXPECT_TRUE(sweep_.Sweep(Context()));
    return store_.asked;
  }

  std::size_t Left() { return parts_.TakeUnused(10'000)->size(); }

  catalog::testing::TemporaryCatalog catalog_{catalog::testing::CatalogKind::kSqlite};
  ManualClock clock_{Instant(std::chrono::hours(24 * 365 * 50))};
  catalog::ArchivePartStore parts_{catalog_.database(), clock_};
  StubbornStore store_;
  PartSweep sweep_{{parts_, store_, clock_}};
};

// All of one that is away come first: the sweep neither waits for each of them nor stops there.
TEST_F(PartSweepTest, AStorageThatFailsDoesNotKeepTheOthersParts) {
  Leave("away", 700);
  Leave("well", 600);
  store_.kept = "away:";
  EXPECT_THAT(Swept(), SizeIs(PartSweep::kMostFailures + 600));
  EXPECT_EQ(Left(), 700U);
}

TEST_F(PartSweepTest, WhatIsLockedIsTriedAgainLaterAndTheRestOfItsStorageRemoved) {
  Leave("locked", 10);
  store_.kept = "locked:0000";
  EXPECT_THAT(Swept(), SizeIs(10));
  EXPECT_EQ(Left(), 1U);
  clock_.Advance(PartSweep::kPause - std::chrono::seconds(1));
  EXPECT_THAT(Swept(), IsEmpty()) << "each sweep would write a line to the log";
  clock_.Advance(std::chrono::seconds(1));
  store_.kept = "nothing";
  EXPECT_THAT(Swept(), ElementsAre("locked:0000"));
  EXPECT_EQ(Left(), 0U);
}

TEST_F(PartSweepTest, ManyThatAreLockedAreNotInTheWayOfThoseBehindThem) {
  Leave("locked", 20);
  store_.kept = "locked:000";  // the first ten
  for (int sweep = 0; sweep < 4; ++sweep) Swept();
  EXPECT_EQ(Left(), 10U);
}

}  // namespace
}  // namespace reprise::backup
