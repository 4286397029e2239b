#include "catalog/audit_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/setting_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::AuditChain;
using domain::AuditEntry;
using testing::CatalogKind;
using testing::CatalogKinds;
using testing::TemporaryCatalog;

class AuditStoreTest : public ::testing::TestWithParam<CatalogKind> {
 protected:
  static AuditEntry Entry(const std::string& action) {
    AuditEntry entry;
    entry.action = action;
    entry.details = "{}";
    return entry;
  }
  std::vector<AuditEntry> All() { return store_.After({}, 0, 10'000).value(); }
  Status Verify() {
    AuditChain chain(AuditChain::Extent::kWhole);
    for (const AuditEntry& row : All()) RETURN_IF_ERROR(chain.Add(row));
    return {};
  }
  Status Change(const std::string& sql) {
    return catalog_.database().Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute(sql, {}));
      return {};
    });
  }

  ManualClock clock_{ParseInstant("2024-12-11T11:00:00.123456Z").value()};
  TemporaryCatalog catalog_{GetParam()};
  AuditStore store_{catalog_.database(), clock_};
  AuditedDatabase audited_{catalog_.database(), clock_};
};

TEST_P(AuditStoreTest, ChainsWhatItAdds) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store_.Append(Entry("a" + std::to_string(i))));
  EXPECT_EQ(All().size(), 5U);
  EXPECT_TRUE(Verify());
}

TEST_P(AuditStoreTest, ReadsBackWhatNoDatabaseCanHold) {
  AuditEntry entry = Entry("a");
  entry.actor_name = std::string("x\xff\0y", 4);
  ASSERT_TRUE(store_.Append(entry));
  EXPECT_TRUE(Verify());
}

TEST_P(AuditStoreTest, RefusesToChangeOrDeleteARow) {
  ASSERT_TRUE(store_.Append(Entry("a")));
  EXPECT_FALSE(Change("UPDATE audit_entry SET action = 'b'"));
  EXPECT_FALSE(Change("DELETE FROM audit_entry"));
  EXPECT_EQ(All().size(), 1U);
}

TEST_P(AuditStoreTest, AChangeByWhoeverOwnsTheDatabaseIsFound) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store_.Append(Entry("a")));
  ASSERT_TRUE(Change(GetParam() == CatalogKind::kSqlite
                         ? "DROP TRIGGER audit_entry_stays"
                         : "DROP TRIGGER audit_entry_stays ON audit_entry"));
  ASSERT_TRUE(Change("UPDATE audit_entry SET action = 'b' WHERE number = 3"));
  EXPECT_FALSE(Verify());
}

TEST_P(AuditStoreTest, TheRowIsKeptWithTheChangeAndOnlyThen) {
  SettingStore settings(audited_);
  audited_.Begin(Entry("first"));
  ASSERT_TRUE(settings.Ensure("x", "1"));
  ASSERT_TRUE(settings.Ensure("y", "1")) << "one row for a call that writes twice";
  EXPECT_TRUE(audited_.End());
  EXPECT_EQ(All().size(), 1U);

  audited_.Begin(Entry("second"));
  EXPECT_FALSE(audited_.Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("INSERT INTO setting (name, value) VALUES ('z', '1')", {}));
    return Fail(ErrorCode::kConflict, "no");
  }));
  EXPECT_FALSE(audited_.End());
  EXPECT_EQ(All().size(), 1U);

  ASSERT_TRUE(settings.Ensure("z", "2"));
  EXPECT_EQ(All().size(), 1U) << "who did not begin writes no row";
}

TEST_P(AuditStoreTest, AChangeIsNotMadeWhenWhatItRequiresFails) {
  SettingStore settings(audited_);
  audited_.Begin(Entry("refused"));
  audited_.Require([&]() -> Status {
    EXPECT_FALSE(settings.Get("x").value()) << "may read in it";
    return Fail(ErrorCode::kConflict, "changed meanwhile");
  });
  const auto refused = settings.Ensure("x", "1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "changed meanwhile");
  EXPECT_FALSE(audited_.End());
  EXPECT_TRUE(All().empty());

  int asked = 0;
  audited_.Begin(Entry("done"));
  audited_.Require([&]() -> Status {
    ++asked;
    return {};
  });
  ASSERT_TRUE(settings.Ensure("x", "1"));
  ASSERT_TRUE(settings.Ensure("y", "1"));
  EXPECT_TRUE(audited_.End());
  EXPECT_EQ(asked, 1) << "only before the first change";
  ASSERT_TRUE(settings.Ensure("z", "1")) << "and not of the next call";
}

TEST_P(AuditStoreTest, NodesThatWriteAtTheSameTimeMakeOneChain) {
  if (GetParam() == CatalogKind::kSqlite) GTEST_SKIP() << "SQLite has one process";
  const auto other = catalog_.OpenAnother();
  AuditedDatabase there(*other, clock_);
  const auto work = [](AuditedDatabase& database, const std::string& name) {
    for (int i = 0; i < 40; ++i) {
      database.Begin(Entry(name));
      EXPECT_TRUE(database.WriteRows([&](Transaction& tx) -> Status {
        RETURN_IF_ERROR(tx.Execute("INSERT INTO setting (name, value) VALUES ($1, '')",
                                   {name + std::to_string(i)}));
        return {};
      }));
      EXPECT_TRUE(database.End());
    }
  };
  {
    const std::jthread a([&] { work(audited_, "a"); });
    const std::jthread b([&] { work(there, "b"); });
  }
  EXPECT_EQ(All().size(), 80U);
  EXPECT_TRUE(Verify());
}

TEST_P(AuditStoreTest, ListsWhatIsAskedForNewestFirst) {
  const std::string organization = "01936b3e-7c1a-7d02-9a51-3f6c2b8e4d10";
  AuditEntry of_organization = Entry("deleteBackup");
  of_organization.organization_id = organization;
  ASSERT_TRUE(store_.Append(Entry("signIn")));
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(store_.Append(of_organization));
  AuditFilter filter;
  EXPECT_EQ(store_.List(filter, {})->items.front().action, "deleteBackup");
  filter.organization_id = domain::OrganizationId{organization};
  EXPECT_EQ(store_.List(filter, {})->total, 1);
  filter.action = "signIn";
  EXPECT_EQ(store_.List(filter, {})->total, 0);
  AuditFilter by_time;
  by_time.since = clock_.Now() - std::chrono::minutes(1);
  EXPECT_EQ(store_.List(by_time, {})->total, 1);
  by_time.since = std::nullopt;
  by_time.until = clock_.Now() - std::chrono::minutes(1);
  EXPECT_EQ(store_.List(by_time, {})->total, 1);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, AuditStoreTest, ::testing::ValuesIn(CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::catalog
