#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/testing/tree.hpp"
#include "postgres/load.hpp"
#include "postgres/testing/fake_databases.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDatabase;
using testing::FakeDatabases;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A load of a dump of three tables and large objects, of which one has nearly all rows.
class SplitLoadTest : public ::testing::Test {
 protected:
  SplitLoadTest() {
    testing::StartShopDb(engine_);
    options_.client_name = "reprise_1_1_load";
    options_.jobs = 4;
    options_.least_split_bytes = 0;
    options_.log = [this](const std::string& line) { logged_.push_back(line); };
    StringReader reader(dump_);
    const auto info = archive::MeasureCustomDump(Context(), reader).value();
    for (const archive::CustomDumpData& data : info.data) {
      listing_ += fmt::format("{}; 0 1 {} - odoo\n", data.dump_id, data.desc);
      if (data.desc == "TABLE DATA" && data.bytes > largest_.bytes.value_or(0)) largest_ = data;
    }
    psql_.OnProgram("pg_restore", [this](const FakePsql::Call& call) -> FakePsql::Answer {
      if (call.spec.argv.at(1) == "-l") return {listing_};
      return {};
    });
    psql_.OnProgram(
        "sh", [this](const FakePsql::Call& call) { return IsProbe(call) ? probed_ : copied_; });
    StandsAsDumped();
  }
  // As the catalogue of the loaded database would tell of the largest table.
  void StandsAsDumped() {
    const std::string table = largest_.copy.substr(5, largest_.copy.find(" (") - 5);
    const std::string quoted = table.substr(table.find('.') + 1);
    std::string columns = largest_.copy.substr(largest_.copy.find('(') + 1);
    columns.resize(columns.find(')'));
    std::vector<std::vector<std::string>> rows;
    while (!columns.empty()) {
      const std::string column = columns.substr(0, columns.find(", "));
      columns.erase(0, column.size() + 2);
      rows.push_back({"public", largest_.name, column, "public", quoted, column});
    }
    psql_.On("attgenerated", FakePsql::Rows(rows));
  }
  static bool IsProbe(const FakePsql::Call& call) {
    return call.spec.argv.at(2).find("pg_restore") == std::string::npos;
  }
  Status Load() {
    StringSource source(dump_);
    ASSIGN_OR_RETURN(const auto reader, archive::OpenBackup(Context(), source));
    Loader loader(cluster_, options_);
    return loader.LoadAndFinish(Context(), *reader, side_, [](double, const std::string&) {});
  }
  // The sections of each run of pg_restore into the database, and its jobs.
  [[nodiscard]] std::vector<std::string> Runs() const {
    std::vector<std::string> runs;
    for (const FakePsql::Call& call : psql_.calls()) {
      const auto& argv = call.spec.argv;
      if (argv.front() != "pg_restore" || argv.at(1) == "-l") continue;
      std::string run;
      for (std::size_t at = 1; at < argv.size(); ++at) {
        if (argv[at].starts_with("--section=")) run += argv[at].substr(10) + " ";
        if (argv[at] == "-j") run += argv[at + 1];
      }
      runs.push_back(run);
    }
    return runs;
  }
  [[nodiscard]] std::vector<FakePsql::Call> Shells() const {
    std::vector<FakePsql::Call> shells;
    for (const FakePsql::Call& call : psql_.calls()) {
      if (call.spec.argv.front() == "sh") shells.push_back(call);
    }
    return shells;
  }
  [[nodiscard]] std::string ListAt(const std::string& path) const {
    for (const FakePsql::Call& call : psql_.calls()) {
      if (call.spec.argv.back() == "of=" + path) return call.sql;
    }
    return "-";
  }

  const std::string dump_ =
      ReadTextFile(reprise::testing::Tree("tests/fixtures/dump-pg15.custom")).value();
  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  FakeDatabases databases_{psql_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
  SideDatabase side_{.name = "side", .loader_role = "reprise_r1_1", .final_owner = "odoo"};
  LoadOptions options_;
  archive::CustomDumpData largest_;
  std::string listing_;
  FakePsql::Answer probed_ = {"1\n1\n1\n"};
  FakePsql::Answer copied_ = {"pg_restore 0\ntr 0\nrows 5\nawk 0\nCOPY 3\nCOPY 2\nsplit 0\n"};
  std::vector<std::string> logged_;
};

TEST_F(SplitLoadTest, TheLargestTableComesOverSeveralConnectionsBesideTheOtherData) {
  const Status loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().Sentence();

  EXPECT_THAT(Runs(), ElementsAre("pre-data 1", "data 1", "post-data 4"));
  ASSERT_EQ(Shells().size(), 2U);
  const docker::ExecSpec copy = Shells().back().spec;
  EXPECT_THAT(copy.argv, Contains(std::to_string(largest_.dump_id)));
  EXPECT_EQ(copy.environment.at("PGUSER"), "reprise_r1_1");
  EXPECT_EQ(copy.environment.at("PGDATABASE"), "side");
  EXPECT_THAT(copy.environment.at("REPRISE_COPY"),
              AllOf(HasSubstr("COPY \"public\"."), HasSubstr(") FROM STDIN")));
  EXPECT_EQ(copy.environment.at("REPRISE_HEADER") + "\n", largest_.copy);
  for (const std::string& argument : copy.argv) {
    EXPECT_THAT(argument, Not(HasSubstr(copy.environment.at("PGPASSWORD"))));
  }
  const std::string entry = fmt::format("{}; 0 1 TABLE DATA", largest_.dump_id);
  EXPECT_THAT(ListAt("/tmp/reprise.list"), HasSubstr(entry));
  EXPECT_THAT(ListAt("/tmp/reprise.rest.list"), AllOf(Not(HasSubstr(entry)), HasSubstr("BLOBS")));
  EXPECT_THAT(logged_, ElementsAre(AllOf(HasSubstr("5 rows"), HasSubstr("over 3 connections"))));
}

TEST_F(SplitLoadTest, OtherwisePgRestoreRunsOnceAndNothingElse) {
  options_.jobs = 2;
  ASSERT_TRUE(Load());
  options_.jobs = 4;
  options_.least_split_bytes = std::uint64_t{8} << 20U;
  databases_.Set({});
  ASSERT_TRUE(Load());
  EXPECT_THAT(Runs(), ElementsAre("2", "4"));
  EXPECT_THAT(Shells(), IsEmpty());
  EXPECT_THAT(logged_, IsEmpty());
}

TEST_F(SplitLoadTest, AnEntryThatIsNotLoadedIsNotSplit) {
  listing_ = "7; 0 1 TABLE DATA public other odoo\n";
  ASSERT_TRUE(Load());
  EXPECT_THAT(Runs(), ElementsAre("4"));
  EXPECT_THAT(Shells(), IsEmpty());
}

TEST_F(SplitLoadTest, AClientWithoutTheProgramsIsAskedOnceAndNotSplit) {
  for (const FakePsql::Answer& answer :
       {FakePsql::Answer{.exit_code = 1, .error = "split: unrecognized option: filter=cat\n"},
        FakePsql::Answer{.output = ""}, FakePsql::Answer{.output = "1\n1\n"}}) {
    probed_ = answer;
    databases_.Set({});
    ASSERT_TRUE(Load());
  }
  EXPECT_THAT(Runs(), ElementsAre("4", "4", "4"));
  EXPECT_EQ(Shells().size(), 3U);
}

TEST_F(SplitLoadTest, ATableThatStandsOtherwiseIsLoadedAsAllOthers) {
  psql_.On("attgenerated", FakePsql::Rows({}));
  ASSERT_TRUE(Load());
  EXPECT_THAT(Runs(), ElementsAre("pre-data 1", "data post-data 4"));
  EXPECT_EQ(Shells().size(), 1U) << "the probe";
}

TEST_F(SplitLoadTest, RowsThatWereLostOrAFailedConnectionEndTheLoad) {
  for (const FakePsql::Answer& answer :
       {FakePsql::Answer{"pg_restore 0\ntr 0\nrows 5\nawk 0\nCOPY 3\nsplit 0\n"},
        FakePsql::Answer{.output = "pg_restore 0\ntr 0\nrows 5\nawk 0\nCOPY 3\nsplit 1\n",
        .error = "ERROR:  invalid input syntax\n"},
        FakePsql::Answer{.output = ""}}) {
    copied_ = answer;
    databases_.Set({});
    const Status loaded = Load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kLoadFailed);
    EXPECT_NE(databases_.world().databases.at("side").objects, "odoo");
  }
  EXPECT_THAT(Runs(), Not(Contains("post-data 4")));
  EXPECT_THAT(logged_, IsEmpty());
}

}  // namespace
}  // namespace reprise::postgres
