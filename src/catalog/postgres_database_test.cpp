// What only a PostgreSQL catalog does: many processes, lost connections, order of commits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "catalog/migrations.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PostgresServer, IsInstalled) {
  if (!testing::PostgresServer::IsInstalled()) {
    GTEST_SKIP() << "PostgreSQL is not installed, so the catalog was tested on SQLite alone: "
                    "apt-get install postgresql";
  }
}

class PostgresDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::PostgresServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL is not installed";
    catalog_.emplace(testing::CatalogKind::kPostgres);
    other_ = catalog_->OpenAnother();
  }
  static Status Run(Database& database, const std::string& sql) {
    return database.Write([&](Transaction& tx) -> Status {
      RETURN_IF_ERROR(tx.Execute(sql, {}));
      return {};
    });
  }
  static std::string Name(Database& database) {
    std::string name;
    EXPECT_TRUE(database.Read([&](Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(const auto rows, tx.Query("SELECT name FROM organization", {}));
      name = rows.front().Text(0);
      return {};
    }));
    return name;
  }
  // Ends the other sessions of this catalog, as a restart of the server does.
  void CutAllConnections() {
    const auto connection = PostgresConnection::Open(catalog_->url());
    ASSERT_TRUE((*connection)
                    ->Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  }

  std::optional<testing::TemporaryCatalog> catalog_;
  std::unique_ptr<Database> other_;
};

TEST_F(PostgresDatabaseTest, WritesOfTwoProcessesAreOneAfterTheOther) {
  std::latch inside(1);
  std::vector<std::string> order;
  std::jthread second([&] {
    inside.wait();
    EXPECT_TRUE(other_->Write([&](Transaction&) -> Status {
      order.emplace_back("second");
      return {};
    }));
  });
  EXPECT_TRUE(catalog_->database().Write([&](Transaction& tx) -> Status {
    inside.count_down();
    // Long enough for the other to come to the lock, if there were none to be held up by.
    RETURN_IF_ERROR(tx.Query("SELECT pg_sleep(0.2)", {}));
    order.emplace_back("first");
    return {};
  }));
  second.join();
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second"}));
}

TEST_F(PostgresDatabaseTest, RowWritesOfTwoProcessesGoBesideEachOther) {
  bool both = false;
  EXPECT_TRUE(catalog_->database().WriteRows([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'a'", {}));
    EXPECT_TRUE(std::async(std::launch::async, [&] {
                  return other_->WriteRows([&](Transaction& inner) -> Status {
                    RETURN_IF_ERROR(inner.Execute("UPDATE project SET name = 'b'", {}));
                    both = true;
                    return {};
                  });
                }).get());
    return {};
  }));
  EXPECT_TRUE(both);
}

TEST_F(PostgresDatabaseTest, ALockedRowIsPassedOverWhenAskedTo) {
  EXPECT_TRUE(catalog_->database().WriteRows([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'a'", {}));
    return std::async(
               std::launch::async,
               [&] {
                 return other_->WriteRows([&](Transaction& inner) -> Status {
                   ASSIGN_OR_RETURN(
                       const auto rows,
                       inner.Query("SELECT id FROM organization" +
                                       std::string(inner.LockSql(Transaction::RowLock::kSkip)),
                                   {}));
                   EXPECT_TRUE(rows.empty());
                   return {};
                 });
               })
        .get();
  }));
}

TEST_F(PostgresDatabaseTest, HeldOrderMakesNumbersVisibleInTheirOrder) {
  const auto append = [](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.HoldCommitOrder());
    RETURN_IF_ERROR(tx.Execute(
        "INSERT INTO event (task_id, project_id, type, data, at) VALUES ('t', 'p', 'x', '{}', 0)",
        {}));
    return {};
  };
  const auto newest = [&] {
    std::int64_t seq = 0;
    EXPECT_TRUE(catalog_->database().Read([&](Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(const auto rows, tx.Query("SELECT COALESCE(MAX(seq), 0) FROM event", {}));
      seq = rows.front().Int(0);
      return {};
    }));
    return seq;
  };
  std::jthread second;
  EXPECT_TRUE(catalog_->database().WriteRows([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(append(tx));
    second = std::jthread([&] { EXPECT_TRUE(other_->WriteRows(append)); });
    RETURN_IF_ERROR(tx.Query("SELECT pg_sleep(0.2)", {}));
    EXPECT_EQ(newest(), 0);  // not the second's number before the first's
    return {};
  }));
  second.join();
  EXPECT_EQ(newest(), 2);
}

TEST_F(PostgresDatabaseTest, LostConnectionsAreOpenedAgain) {
  EXPECT_EQ(Name(catalog_->database()), "default");
  CutAllConnections();
  EXPECT_EQ(Name(catalog_->database()), "default");
  CutAllConnections();
  EXPECT_TRUE(Run(catalog_->database(), "UPDATE organization SET name = 'after'"));
  EXPECT_EQ(Name(*other_), "after");
}

TEST_F(PostgresDatabaseTest, ATransactionThatLosesItsConnectionIsRunAgainAsAWhole) {
  int runs = 0;
  EXPECT_TRUE(catalog_->database().Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET created_at = 7", {}));
    if (++runs == 1) CutAllConnections();
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = name || '+'", {}));
    return {};
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Name(*other_), "default+");
}

TEST_F(PostgresDatabaseTest, ADeadlockIsRunAgainAndLosesNothing) {
  std::latch both(2);
  const auto cross = [&](Database& database, const std::string& first, const std::string& then) {
    bool met = false;
    EXPECT_TRUE(database.WriteRows([&, met](Transaction& tx) mutable -> Status {
      RETURN_IF_ERROR(tx.Execute("UPDATE " + first + " SET name = name || '+'", {}));
      if (!met) both.arrive_and_wait();
      met = true;
      RETURN_IF_ERROR(tx.Execute("UPDATE " + then + " SET name = name || '+'", {}));
      return {};
    }));
  };
  {
    const std::jthread one([&] { cross(catalog_->database(), "organization", "project"); });
    const std::jthread two([&] { cross(*other_, "project", "organization"); });
  }
  EXPECT_EQ(Name(*other_), "default++");
}

TEST_F(PostgresDatabaseTest, WorkThatHidesAFailedStatementCommitsNothing) {
  const Status status = catalog_->database().Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'half'", {}));
    static_cast<void>(tx.Execute("INSERT INTO project VALUES ('x', 'nobody', 'p', 0)", {}));
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_EQ(Name(*other_), "default");
}

TEST_F(PostgresDatabaseTest, AnnouncementsReachOtherProcessesOnCommitAlone) {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::string> heard;
  const auto ear = other_->Subscribe([&](std::string_view message) {
    const std::scoped_lock lock(mutex);
    if (!message.empty()) heard.emplace(message);
    changed.notify_all();
  });
  std::atomic<int> own = 0;
  const auto own_ear = catalog_->database().Subscribe(
      [&](std::string_view message) { own += message.empty() ? 0 : 1; });
  const auto announce = [](std::string_view message, const Status& end) {
    return [=](Transaction& tx) {
      tx.Announce(message);
      return end;
    };
  };
  std::unique_lock lock(mutex);
  // Again and again, as the other may not listen yet.
  for (int i = 0; i < 200 && heard.empty(); ++i) {
    EXPECT_FALSE(catalog_->database().Write(announce("nothing", Fail(ErrorCode::kConflict, "no"))));
    EXPECT_TRUE(catalog_->database().Write(announce("event 7", {})));
    changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return !heard.empty(); });
  }
  EXPECT_EQ(heard, std::set<std::string>{"event 7"});
  EXPECT_EQ(own, 0);
}

TEST_F(PostgresDatabaseTest, NewerSchemaIsIncompatibleAndLeftAlone) {
  ASSERT_TRUE(Run(*other_, "INSERT INTO schema_version VALUES (999, 0)"));
  const auto opened = OpenPostgres(catalog_->url());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kIncompatible);
}

TEST_F(PostgresDatabaseTest, ManyStartsAtOnceMakeOneSchema) {
  const auto admin = PostgresConnection::Open(catalog_->url());
  ASSERT_TRUE((*admin)->Run("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
  {
    std::latch start(4);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto opened = OpenPostgres(catalog_->url());
        EXPECT_TRUE(opened) << opened.error().message;
      });
    }
  }
  EXPECT_EQ((*admin)->Query("SELECT COUNT(*) FROM organization", {})->front().Int(0), 1);
  SchemaChange change;
  ASSERT_TRUE(OpenPostgres(catalog_->url(), &change));
  EXPECT_EQ(change.from, change.to);
  EXPECT_EQ(change.to, static_cast<std::int64_t>(Migrations().size()));
}

TEST_F(PostgresDatabaseTest, TextsThatPostgresCannotHoldAreStoredAllTheSame) {
  EXPECT_TRUE(other_->Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = $1", {std::string("a\0\xFF", 3)}));
    return {};
  }));
  EXPECT_EQ(Name(*other_), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(OpenPostgres, NeverTellsThePassword) {
  for (const std::string url :
       {"postgresql://me:s3cret@127.0.0.1:1/x", "postgresql://me:s3cret@[::1/x",
        "postgresql://me:s3cret@h/x?a=b"}) {
    const auto opened = OpenPostgres(url);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().Sentence() + opened.error().hint, Not(HasSubstr("s3cret")));
  }
}

TEST(OpenPostgres, AServerThatIsNotThereIsUnavailable) {
  const auto opened = OpenPostgres("postgresql://me@127.0.0.1:1/reprise");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(opened.error().message, HasSubstr("reprise on 127.0.0.1:1"));
}

}  // namespace
}  // namespace reprise::catalog
