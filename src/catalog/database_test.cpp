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
  texts.emplace_back("CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1);");

  EXPECT_FALSE(Migrate(**connection, texts));

  EXPECT_TRUE((*connection)->Query("SELECT 1 FROM sqlite_schema WHERE name = 'half'", {})->empty());
  EXPECT_EQ((*connection)->Query("SELECT MAX(version) FROM schema_version", {})->front().Int(0),
            static_cast<std::int64_t>(Migrations().size()));
  texts.back() = "CREATE TABLE half (a TEXT) STRICT;";
  EXPECT_TRUE(Migrate(**connection, texts));
}

// A catalog as the program of some earlier time left it.
class OlderCatalog : public ::testing::TestWithParam<std::size_t> {
 protected:
  OlderCatalog() {
    auto connection = SqliteConnection::Open(path_, Access::kReadWrite).value();
    EXPECT_TRUE(connection->Run("PRAGMA journal_mode = WAL"));
    EXPECT_TRUE(Migrate(*connection, Migrations().first(GetParam())));
    EXPECT_TRUE(connection->Run("INSERT INTO organization VALUES ('o1', 'of old', 7)"));
  }
  [[nodiscard]] std::int64_t VersionOf(const std::string& path) const {
    return SchemaVersion(*SqliteConnection::Open(path, Access::kReadOnly).value()).value();
  }
  [[nodiscard]] std::string NameIn(const std::string& path) const {
    const auto rows = SqliteConnection::Open(path, Access::kReadOnly)
                          .value()
                          ->Query("SELECT name FROM organization WHERE id = 'o1'", {});
    return rows && !rows->empty() ? rows->front().Text(0) : "";
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/catalog.db";
  const std::string copy_ = path_ + ".schema-" + std::to_string(GetParam());
};

TEST_P(OlderCatalog, IsBroughtUpToDateAndKeptAsItWas) {
  SchemaChange change;
  ASSERT_TRUE(OpenSqlite(path_, &change));

  EXPECT_EQ(change.from, static_cast<std::int64_t>(GetParam()));
  EXPECT_EQ(VersionOf(path_), static_cast<std::int64_t>(Migrations().size()));
  EXPECT_EQ(NameIn(path_), "of old");
  EXPECT_EQ(VersionOf(copy_), static_cast<std::int64_t>(GetParam()));
  EXPECT_EQ(NameIn(copy_), "of old");
  EXPECT_FALSE(std::filesystem::exists(copy_ + ".part"));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(copy_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_P(OlderCatalog, CopyLeftUnfinishedByAKilledStartIsMadeAnew) {
  std::ofstream(copy_ + ".part") << "half";

  ASSERT_TRUE(OpenSqlite(path_));

  EXPECT_EQ(NameIn(copy_), "of old");
}

TEST_P(OlderCatalog, IsLeftAloneWhereNoCopyCanBeMade) {
  std::filesystem::create_directories(copy_ + ".part/in the way");

  const auto opened = OpenSqlite(path_);

  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("cannot be copied"), std::string::npos);
  EXPECT_FALSE(opened.error().hint.empty());
  EXPECT_EQ(VersionOf(path_), static_cast<std::int64_t>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(EveryVersion, OlderCatalog,
                         ::testing::Range<std::size_t>(1, Migrations().size()));

TEST(OpenSqlite, KeepsNoCopyOfACatalogThatIsUpToDateOrNew) {
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(OpenSqlite(folder.path() + "/c.sqlite"));
  ASSERT_TRUE(OpenSqlite(folder.path() + "/c.sqlite"));

  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().filename().string().find(".schema-"), std::string::npos);
  }
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
