#include "postgres/split_copy.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/child_process.hpp"
#include "base/file.hpp"
#include "base/lines.hpp"
#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::Contains;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHeader = "COPY public.a (id, body) FROM stdin;";
const std::string kBefore =
    "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET row_security = off;\n\n"
    "--\n-- Data for Name: a; Type: TABLE DATA; Schema: public; Owner: odoo\n--\n\n" +
    kHeader + "\n";
const std::string kBehind =
    "\\.\n\n\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n";

// The programs really run, in the shell of this machine; for pg_restore and psql stand scripts.
class SplitCopyTest : public ::testing::Test {
 public:
  SplitCopyTest(const SplitCopyTest&) = delete;
  SplitCopyTest& operator=(const SplitCopyTest&) = delete;

 protected:
  SplitCopyTest() {
    std::filesystem::create_directories(folder_);
    Program("pg_restore", "for last; do :; done; cat \"$last\"\n");
    Program("psql", Psql("exit 0"));
  }
  ~SplitCopyTest() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::remove(fmt::format("/tmp/reprise.rows.{}", table_.dump_id));
  }

  void Program(const std::string& name, const std::string& script) {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }
  // Keeps what it gets, tells how many rows that were, then ends in some way.
  [[nodiscard]] std::string Psql(const std::string& end) const {
    return fmt::format(
        "for last; do :; done\ncat > {0}/part.$$\necho \"$last\" > {0}/statement.$$\n"
        "echo \"COPY $(wc -l < {0}/part.$$)\"\n{1}\n",
        folder_.string(), end);
  }
  Result<std::uint64_t> Copy(const std::string& script) {
    std::ofstream(folder_ / "dump") << script;
    std::vector<std::string> argv = {
        "env", fmt::format("PATH={}:{}", folder_.string(), std::getenv("PATH"))};
    for (const auto& [name, value] : SplitCopyEnvironment(table_, statement_, {})) {
      argv.push_back(name + "=" + value);
    }
    const auto command = SplitCopyCommand(table_, (folder_ / "dump").string());
    argv.insert(argv.end(), command.begin(), command.end());
    ASSIGN_OR_RETURN(const auto child, ChildProcess::Start(argv));
    ASSIGN_OR_RETURN(const int code, child->Wait(Context()));
    return RowsOfSplitCopy(table_, {code, child->Output(), child->Complaints()});
  }
  // The contents of all files of a kind that psql has left.
  [[nodiscard]] std::vector<std::string> Left(const std::string& kind) const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (!entry.path().filename().string().starts_with(kind)) continue;
      all.push_back(ReadTextFile(entry.path()).value());
    }
    return all;
  }
  void ExpectFailure(const std::string& script, ErrorCode code, const std::string& words) {
    const auto rows = Copy(script);
    ASSERT_FALSE(rows) << *rows;
    EXPECT_EQ(rows.error().code, code);
    EXPECT_THAT(rows.error().message, HasSubstr(words));
  }
  static std::string Rows(int count) {
    std::string rows;
    for (int i = 0; i < count; ++i) rows += fmt::format("{}\t\\\\. body %s $x `{}`\n", i, i);
    return rows;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("reprise_split_copy_{}", ::getpid());
  SplitTable table_{.dump_id = 1'000'000'000 + ::getpid(),
                    .connections = 3,
                    .schema = "public",
                    .name = "a",
                    .copy = kHeader};
  std::string statement_ = R"(COPY "public"."a" ("id", "body") FROM STDIN)";
};

TEST_F(SplitCopyTest, EveryRowReachesOneConnectionAndNothingElseDoes) {
  const std::string rows = Rows(10'000);
  const auto copied = Copy(kBefore + rows + kBehind);
  ASSERT_TRUE(copied) << copied.error().Sentence();
  EXPECT_EQ(*copied, 10'000U);
  const std::vector<std::string> parts = Left("part");
  EXPECT_EQ(parts.size(), 3U);
  std::vector<std::string> got;
  for (const std::string& part : parts) {
    const std::vector<std::string> lines = SplitLines(part);
    EXPECT_GT(lines.size(), 3'000U);
    got.insert(got.end(), lines.begin(), lines.end());
  }
  std::vector<std::string> sent = SplitLines(rows);
  std::sort(sent.begin(), sent.end());
  std::sort(got.begin(), got.end());
  EXPECT_TRUE(got == sent);
}

TEST_F(SplitCopyTest, ATableWithoutRowsIsCopied) {
  const auto copied = Copy(kBefore + kBehind);
  ASSERT_TRUE(copied) << copied.error().Sentence();
  EXPECT_EQ(*copied, 0U);
}

TEST_F(SplitCopyTest, NamesAreNoWordsOfTheShell) {
  statement_ = R"(COPY "public"."$(touch owned)`touch owned`'; touch owned; \! " FROM STDIN)";
  table_.copy = R"(COPY public."$(touch owned)'\t" (id) FROM stdin;)";
  std::string script = kBefore + Rows(9) + kBehind;
  script.replace(script.find(kHeader), kHeader.size(), table_.copy);
  ASSERT_TRUE(Copy(script));
  for (const std::string& statement : Left("statement")) EXPECT_EQ(statement, statement_ + "\n");
  EXPECT_FALSE(std::filesystem::exists("owned"));
}

TEST_F(SplitCopyTest, NothingButTheHeaderAndNothingBehindTheEndPasses) {
  const std::string hostile = "\\! touch /tmp/owned\nDROP TABLE b;\n";
  ASSERT_TRUE(Copy(hostile + kBefore + Rows(9) + kBehind));
  for (const std::string& part : Left("part")) {
    EXPECT_THAT(part, Not(HasSubstr("owned")));
    EXPECT_THAT(part, Not(HasSubstr("complete")));
  }
}

TEST_F(SplitCopyTest, RowsBehindTheMarkOfTheEndAreNotLostInSilence) {
  for (const char* row : {"8\tmore\n", "\\.\n", "-- 8\n", "\\N\n", " \n"}) {
    ExpectFailure(kBefore + Rows(9) + "\\.\n" + row + kBehind.substr(3), ErrorCode::kArchiveCorrupt,
                  "in the dump go on");
  }
}

// psql cuts a row off at one; PostgreSQL refuses what comes instead.
TEST_F(SplitCopyTest, NoZeroByteReachesPsql) {
  using namespace std::string_literals;
  ASSERT_TRUE(Copy(kBefore + "1\ta\0b\n"s + kBehind));
  EXPECT_THAT(Left("part"), Contains("1\ta\xFF"
                                     "b\n"));
}

TEST_F(SplitCopyTest, RowsWithoutAnEndOrABeginningAreCorrupt) {
  ExpectFailure(kBefore + Rows(9), ErrorCode::kArchiveCorrupt, "without the mark");
  ExpectFailure(Rows(9) + kBehind, ErrorCode::kArchiveCorrupt, "do not begin");
  ExpectFailure("", ErrorCode::kArchiveCorrupt, "do not begin");
}

TEST_F(SplitCopyTest, AFailedPgRestoreIsAFailureHoweverMuchItWrote) {
  Program("pg_restore",
          "for last; do :; done; cat \"$last\"\n"
          "echo 'pg_restore: error: could not read from input file: end of file' >&2; exit 1\n");
  ExpectFailure(kBefore + Rows(9) + kBehind, ErrorCode::kLoadFailed, "end of file");
  Program("pg_restore", "for last; do :; done; cat \"$last\"; kill -9 $$\n");
  ExpectFailure(kBefore + Rows(9) + kBehind, ErrorCode::kLoadFailed, "pg_restore stopped");
}

TEST_F(SplitCopyTest, AFailedPsqlIsAFailureWithItsComplaint) {
  Program("psql", Psql(fmt::format("mkdir {}/failed || exit 0\n"
                                   "echo 'ERROR:  row is too big' >&2; exit 1",
                                   folder_.string())));  // one of them
  ExpectFailure(kBefore + Rows(9) + kBehind, ErrorCode::kLoadFailed, "row is too big");
  Program("psql", "echo 'FATAL:  No space left on device' >&2; exit 2\n");  // reads nothing
  ExpectFailure(kBefore + Rows(100'000) + kBehind, ErrorCode::kNoSpace, "No space left");
  Program("psql", "cat >/dev/null; kill -9 $$\n");
  ExpectFailure(kBefore + Rows(9) + kBehind, ErrorCode::kLoadFailed, "signal KILL");
}

// split takes this for an end in order.
TEST_F(SplitCopyTest, APsqlThatReadsNothingOrTellsNothingLosesNoRowsInSilence) {
  for (const std::string end : {"exit 0", "kill -PIPE $$"}) {
    Program("psql", end + "\n");
    ExpectFailure(kBefore + Rows(100'000) + kBehind, ErrorCode::kLoadFailed, "");
    Program("psql", "cat >/dev/null; " + end + "\n");
    ExpectFailure(kBefore + Rows(9) + kBehind, ErrorCode::kLoadFailed,
                  "of 9 rows of \"public.a\", 0 were loaded");
  }
}

TEST_F(SplitCopyTest, ProgramsThatAreNotThereAreAFailure) {
  for (const std::string name : {"split", "awk", "tr", "pg_restore"}) {
    Program(name, "exit 127\n");
    EXPECT_FALSE(Copy(kBefore + Rows(9) + kBehind)) << name;
    std::filesystem::remove(folder_ / name);
  }
}

TEST(RowsOfSplitCopy, EveryProgramHasToSayThatItEndedWell) {
  const SplitTable table{.schema = "public", .name = "a"};
  const std::string good = "pg_restore 0\ntr 0\nrows 7\nawk 0\nCOPY 3\nCOPY 4\nsplit 0\n";
  EXPECT_EQ(RowsOfSplitCopy(table, {0, good, ""}), 7U);
  EXPECT_FALSE(RowsOfSplitCopy(table, {1, good, ""}));
  EXPECT_FALSE(RowsOfSplitCopy(table, {0, good + "owned\n", ""}));
  EXPECT_FALSE(RowsOfSplitCopy(table, {0, good + "rows 7\n", ""}));
  for (const std::string line :
       {"pg_restore 0\n", "tr 0\n", "rows 7\n", "awk 0\n", "COPY 4\n", "split 0\n"}) {
    std::string less = good;
    less.erase(less.find(line), line.size());
    EXPECT_FALSE(RowsOfSplitCopy(table, {0, less, ""})) << line;
    std::string other = good;
    other.replace(other.find(line) + line.size() - 2, 1, "9");
    EXPECT_FALSE(RowsOfSplitCopy(table, {0, other, ""})) << line;
  }
}

TEST(OwnCopyStatement, IsThatOfATableThatStandsAsItWasDumped) {
  docker::FakeEngine engine;
  FakePsql psql(engine);
  const Cluster cluster(engine, "shop_db", "postgres");
  testing::StartShopDb(engine);
  const SplitTable table{
      .schema = "public", .name = "A", .copy = R"(COPY public."A" (id, "or""der") FROM stdin;)"};
  const auto ask = [&](const std::vector<std::vector<std::string>>& rows) {
    psql.On("attgenerated", FakePsql::Rows(rows));
    return OwnCopyStatement(Context(), cluster, "side", table).value();
  };
  const std::vector<std::string> id = {"public", "A", "id", "public", R"("A")", "id"};
  const std::vector<std::string> order = {"public", "A",      R"(or"der)",
                                          "public", R"("A")", R"("or""der")"};
  EXPECT_EQ(ask({id, order}), R"(COPY "public"."A" ("id", "or""der") FROM STDIN)");
  EXPECT_EQ(ask({order, id}), std::nullopt);
  EXPECT_EQ(ask({id}), std::nullopt);
  EXPECT_EQ(ask({id, order, id}), std::nullopt);
  EXPECT_EQ(ask({}), std::nullopt);
}

}  // namespace
}  // namespace reprise::postgres
