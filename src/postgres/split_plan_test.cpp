#include "postgres/split_plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr ByteCount kLeast = 1000;

archive::CustomDumpData Table(std::int64_t dump_id, ByteCount bytes) {
  const std::string name = fmt::format("t{}", dump_id);
  return {
      dump_id, "TABLE DATA", "public", name, "COPY public." + name + " (id, body) FROM stdin;\n",
      bytes};
}

archive::CustomDumpInfo Dump(std::vector<archive::CustomDumpData> data) {
  archive::CustomDumpInfo dump;
  dump.encoding = "SET client_encoding = 'UTF8';\n";
  dump.data = std::move(data);
  return dump;
}

// Entry and connections of each.
std::vector<std::pair<std::int64_t, int>> Choose(const archive::CustomDumpInfo& dump, int jobs) {
  std::vector<std::pair<std::int64_t, int>> chosen;
  for (const SplitTable& table : ChooseTablesToSplit(dump, jobs, kLeast)) {
    chosen.emplace_back(table.dump_id, table.connections);
  }
  return chosen;
}

TEST(ChooseTablesToSplit, TakesThoseThatALoadWouldWaitForTheLargestFirst) {
  const auto dump = Dump({Table(1, 30'000), Table(2, 20'000), Table(3, 50'000)});
  EXPECT_THAT(Choose(dump, 3), ElementsAre(Pair(3, 2)));
  EXPECT_THAT(Choose(dump, 4), ElementsAre(Pair(3, 2)));
  EXPECT_THAT(Choose(dump, 8), ElementsAre(Pair(3, 4), Pair(1, 2)));
}

TEST(ChooseTablesToSplit, LeavesAJobToPgRestoreAndKeepsToTheConnectionsOfTheRole) {
  const auto dump = Dump({Table(1, 99'000), Table(2, 1'000)});
  EXPECT_THAT(Choose(dump, 3), ElementsAre(Pair(1, 2)));
  EXPECT_THAT(Choose(dump, 4), ElementsAre(Pair(1, 3)));
  EXPECT_THAT(Choose(dump, 64), ElementsAre(Pair(1, 7)));
}

TEST(ChooseTablesToSplit, TakesNoneOfFewJobsOrOfSmallTables) {
  const auto dump = Dump({Table(1, 99'000), Table(2, 1'000)});
  EXPECT_THAT(Choose(dump, 1), IsEmpty());
  EXPECT_THAT(Choose(dump, 2), IsEmpty());
  EXPECT_THAT(Choose(Dump({Table(1, kLeast)}), 8), IsEmpty());
  EXPECT_THAT(
      Choose(Dump({Table(1, 25'000), Table(2, 25'000), Table(3, 25'000), Table(4, 25'000)}), 4),
      IsEmpty());
  EXPECT_THAT(Choose(Dump({}), 8), IsEmpty());
}

TEST(ChooseTablesToSplit, TakesNoneOfAnotherEncoding) {
  auto dump = Dump({Table(1, 99'000)});
  EXPECT_THAT(Choose(dump, 4), ElementsAre(Pair(1, 3)));
  for (const std::string encoding : {"SET client_encoding = 'LATIN1';\n", ""}) {
    dump.encoding = encoding;
    EXPECT_THAT(Choose(dump, 4), IsEmpty()) << encoding;
  }
}

TEST(ChooseTablesToSplit, TakesOnlyWhatAPlainStatementCopies) {
  const std::vector<std::string> others = {
      "",
      "COPY public.a (id) WITH OIDS FROM stdin;",
      "COPY public.a (\"i\nd\") FROM stdin;\n",
      std::string("COPY public.a (i\0d) FROM stdin;\n", 32),
      "SELECT 1; FROM stdin;\n",
      "COPY public.a (" + std::string(60'000, 'x') + ") FROM stdin;\n",
  };
  for (const std::string& copy : others) {
    archive::CustomDumpData table = Table(1, 99'000);
    table.copy = copy;
    EXPECT_THAT(Choose(Dump({table}), 4), IsEmpty()) << copy.substr(0, 80);
  }
  archive::CustomDumpData blobs = Table(1, 99'000);
  blobs.desc = "BLOBS";
  EXPECT_THAT(Choose(Dump({blobs}), 4), IsEmpty());
}

TEST(ChooseTablesToSplit, KeepsTheStatementWithoutItsEnd) {
  const auto tables = ChooseTablesToSplit(Dump({Table(7, 99'000)}), 4, kLeast);
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables.front().copy, "COPY public.t7 (id, body) FROM stdin;");
  EXPECT_EQ(tables.front().schema, "public");
  EXPECT_EQ(tables.front().name, "t7");
}

TEST(WithoutEntries, LeavesOutThoseOfTheTablesByTheirNumber) {
  const std::string list =
      "15; 0 1 TABLE DATA public a odoo\n5; 0 2 TABLE DATA public b odoo\n155; 0 15 X 15; 5;\n";
  EXPECT_EQ(WithoutEntries(list, {{.dump_id = 15}}),
            "5; 0 2 TABLE DATA public b odoo\n155; 0 15 X 15; 5;\n");
  EXPECT_EQ(WithoutEntries(list, {{.dump_id = 1}}), list);
  EXPECT_EQ(WithoutEntries(list, {{.dump_id = 15}, {.dump_id = 5}}), "155; 0 15 X 15; 5;\n");
}

}  // namespace
}  // namespace reprise::postgres
