// What every implementation of Database must do.

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "catalog/database.hpp"
#include "catalog/migrations.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

class DatabaseConformance : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  // The first column of the first row of a reading query.
  std::string Ask(const std::string& sql) {
    std::string answer;
    const Status status = catalog_.database().Read([&](Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(sql, {}));
      if (!rows.empty()) {
        answer = rows[0].IsNull(0) ? "NULL" : rows[0].Text(0) + std::to_string(rows[0].Int(0));
      }
      return {};
    });
    EXPECT_TRUE(status) << status.error().message;
    return answer;
  }
  Status WriteOne(const std::string& sql, const std::vector<Value>& values = {}) {
    return catalog_.database().Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute(sql, values));
      return {};
    });
  }

  testing::TemporaryCatalog catalog_{GetParam()};
};

TEST_P(DatabaseConformance, RollsBackWhenTheWorkFails) {
  const Status status = catalog_.database().Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'other'", {}));
    return Fail(ErrorCode::kConflict, "on second thought");
  });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "on second thought");
  EXPECT_EQ(Ask("SELECT name FROM organization"), "default0");
}

TEST_P(DatabaseConformance, RollsBackAndSurvivesAnException) {
  const Status status = catalog_.database().Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'other'", {}));
    throw std::runtime_error("boom");
  });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_EQ(Ask("SELECT name FROM organization"), "default0");
  EXPECT_TRUE(WriteOne("UPDATE organization SET name = 'later'"));
}

TEST_P(DatabaseConformance, TakenUniqueKeyIsAConflictThatNamesTheKey) {
  const Status status = WriteOne("INSERT INTO organization VALUES ('x', 'default', 0)");

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_NE(status.error().message.find("organization.name"), std::string::npos);
}

TEST_P(DatabaseConformance, UnknownReferenceIsAConflict) {
  const Status status = WriteOne("INSERT INTO project VALUES ('x', 'nobody', 'p', 0)");

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
}

TEST_P(DatabaseConformance, WriteInsideAWriteIsRefusedInsteadOfHanging) {
  const Status status = catalog_.database().Write(
      [&](Transaction&) { return WriteOne("UPDATE organization SET name = 'inner'"); });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_TRUE(WriteOne("UPDATE organization SET name = 'after'"));
}

TEST_P(DatabaseConformance, ReadersDoNotWaitForTheWriterAndSeeOnlyCommittedRows) {
  std::string seen;
  const Status status = catalog_.database().Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'uncommitted'", {}));
    std::jthread([&] { seen = Ask("SELECT name FROM organization"); }).join();
    return {};
  });

  ASSERT_TRUE(status);
  EXPECT_EQ(seen, "default0");
  EXPECT_EQ(Ask("SELECT name FROM organization"), "uncommitted0");
}

TEST_P(DatabaseConformance, ReadRefusesToWrite) {
  const Status status = catalog_.database().Read([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'x'", {}));
    return {};
  });

  EXPECT_FALSE(status);
  EXPECT_EQ(Ask("SELECT name FROM organization"), "default0");
}

TEST_P(DatabaseConformance, ManyThreadsWriteWithoutLosingAnUpdate) {
  constexpr int kThreads = 8;
  constexpr int kEach = 20;
  {
    std::latch start(kThreads);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        for (int n = 0; n < kEach; ++n) {
          EXPECT_TRUE(
              WriteOne("UPDATE organization SET created_at = CASE WHEN created_at > 1000000 "
                       "THEN 1 ELSE created_at + 1 END"));
          EXPECT_NE(Ask("SELECT created_at FROM organization"), "");
        }
      });
    }
  }

  EXPECT_EQ(Ask("SELECT created_at FROM organization"), std::to_string(kThreads * kEach));
}

TEST_P(DatabaseConformance, ValuesKeepTheirTypesAndNumbersTheirPlaces) {
  const Status status = catalog_.database().Read([](Transaction& tx) -> Status {
    const std::string text = "a\tb'\\\xC3\xA4";
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query("SELECT $3, $1, $2, $4, $1", {std::int64_t{-7}, 2.5, text, std::monostate{}}));
    EXPECT_EQ(rows.front().Text(0), text);
    EXPECT_EQ(rows.front().Int(1), -7);
    EXPECT_EQ(rows.front().Real(1), -7.0);
    EXPECT_EQ(rows.front().Real(2), 2.5);
    EXPECT_TRUE(rows.front().IsNull(3));
    EXPECT_EQ(rows.front().Int(3), 0);
    EXPECT_EQ(rows.front().Text(3), "");
    EXPECT_EQ(rows.front().OptionalInt(3), std::nullopt);
    EXPECT_EQ(rows.front().OptionalInt(4), -7);
    return {};
  });
  EXPECT_TRUE(status);
}

TEST_P(DatabaseConformance, TooFewValuesAreAnErrorNotNull) {
  const Status status = WriteOne("UPDATE organization SET name = $1, created_at = $2", {"x"});

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
}

TEST_P(DatabaseConformance, OpeningAgainKeepsWhatIsThere) {
  ASSERT_TRUE(WriteOne("UPDATE organization SET name = 'kept'"));
  catalog_.Reopen();

  EXPECT_EQ(Ask("SELECT name FROM organization"), "kept0");
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM organization"), "1");
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM schema_version"), std::to_string(Migrations().size()));
}

INSTANTIATE_TEST_SUITE_P(Catalogs, DatabaseConformance,
                         ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::catalog
