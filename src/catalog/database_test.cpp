#include "catalog/database.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include "catalog/migrations.hpp"
#include "catalog/sqlite_connection.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using Access = SqliteConnection::Access;
using Rows = Result<std::vector<Row>>;

class DatabaseTest : public ::testing::Test {
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

  testing::TemporaryCatalog catalog_;
};

TEST_F(DatabaseTest, UsesWalAndSyncsEveryCommit) {
  auto connection = SqliteConnection::Open(catalog_.path(), Access::kReadWrite);
  ASSERT_TRUE(connection);

  EXPECT_EQ((*connection)->Query("PRAGMA journal_mode", {})->front().Text(0), "wal");
  EXPECT_EQ((*connection)->Query("PRAGMA synchronous", {})->front().Int(0), 2);
  EXPECT_EQ((*connection)->Query("PRAGMA foreign_keys", {})->front().Int(0), 1);
}

TEST_F(DatabaseTest, AllTablesAreStrict) {
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 "
                "AND name NOT LIKE 'sqlite%'"),
            "0");
}

TEST_F(DatabaseTest, NewerSchemaIsIncompatibleAndLeftAlone) {
  const auto read_file = [&] {
    std::ifstream file(catalog_.path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  ASSERT_TRUE(WriteOne("INSERT INTO schema_version VALUES (999, 0)"));
  catalog_.Close();
  const std::string before = read_file();

  const auto reopened = OpenSqlite(catalog_.path());

  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(reopened.error().message.find("999"), std::string::npos);
  EXPECT_EQ(read_file(), before);
}

TEST_F(DatabaseTest, TextsMayHoldZeroBytes) {
  const std::string with_nul("a\0b", 3);
  EXPECT_TRUE(catalog_.database().Read([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query("SELECT $1", {with_nul}));
    EXPECT_EQ(rows.front().Text(0), with_nul);
    return {};
  }));
}

TEST(Migrate, FailingTextLeavesTheWholeVersionBefore) {
  const testing::TemporaryFolder folder;
  auto connection = SqliteConnection::Open(folder.path() + "/m.sqlite", Access::kReadWrite);
  ASSERT_TRUE(connection);
  std::vector<std::string_view> texts(Migrations().begin(), Migrations().end());
  texts.push_back("CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1);");

  EXPECT_FALSE(Migrate(**connection, texts));

  EXPECT_TRUE((*connection)->Query("SELECT 1 FROM sqlite_schema WHERE name = 'half'", {})->empty());
  EXPECT_EQ((*connection)->Query("SELECT MAX(version) FROM schema_version", {})->front().Int(0),
            static_cast<std::int64_t>(Migrations().size()));
  texts.back() = "CREATE TABLE half (a TEXT) STRICT;";
  EXPECT_TRUE(Migrate(**connection, texts));
}

TEST(OpenSqlite, SaysWhatIsWrongWithAFileThatIsNoDatabase) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/note.txt";
  std::ofstream(path) << std::string(5000, 'x');

  const auto database = OpenSqlite(path);

  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::kIo);
  EXPECT_NE(database.error().message.find(path), std::string::npos);
}

TEST(OpenSqlite, SaysWhichFolderIsMissing) {
  const auto database = OpenSqlite("/nonexistent/folder/catalog.sqlite");

  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::kIo);
  EXPECT_FALSE(database.error().hint.empty());
}

TEST(OpenSqlite, RefusesAMemoryDatabase) {
  EXPECT_EQ(OpenSqlite(":memory:").error().code, ErrorCode::kInvalidArgument);
}

TEST(OpenSqlite, TwoStartsAtOnceMakeOneSchema) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/c.sqlite";
  {
    std::latch start(2);
    const auto open = [&] {
      start.arrive_and_wait();
      const auto database = OpenSqlite(path);
      EXPECT_TRUE(database) << database.error().message;
    };
    const std::jthread first(open);
    const std::jthread second(open);
  }

  auto connection = SqliteConnection::Open(path, Access::kReadWrite);
  ASSERT_TRUE(connection);
  EXPECT_EQ((*connection)->Query("SELECT COUNT(*) FROM organization", {})->front().Int(0), 1);
}

TEST(SqliteConnection, FullDiskIsNoSpaceAndRollsBack) {
  const testing::TemporaryFolder folder;
  auto connection = SqliteConnection::Open(folder.path() + "/full.sqlite", Access::kReadWrite);
  ASSERT_TRUE(connection);
  ASSERT_TRUE((*connection)->Run("CREATE TABLE t (a TEXT) STRICT; PRAGMA max_page_count = 4;"));

  const Status status =
      RunTransaction(**connection, "BEGIN IMMEDIATE", [](Transaction& tx) -> Status {
        const auto first = tx.Execute("INSERT INTO t VALUES ($1)", {std::string(100'000, 'x')});
        if (first) return {};
        // A caller that goes on regardless must not commit anything.
        static_cast<void>(tx.Execute("INSERT INTO t VALUES ('small')", {}));
        return Fail(first.error());
      });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ((*connection)->Query("SELECT COUNT(*) FROM t", {})->front().Int(0), 0);
}

}  // namespace
}  // namespace reprise::catalog
