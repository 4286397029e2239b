#include "postgres/foreign_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// As pg_restore 13 writes it.
constexpr std::string_view kHead =
    "--\n-- PostgreSQL database dump\n--\n\n"
    "SET statement_timeout = 0;\n"
    "SET client_encoding = 'UTF8';\n"
    "SET standard_conforming_strings = on;\n"
    "SELECT pg_catalog.set_config('search_path', '', false);\n\n";
constexpr std::string_view kLine =
    "--\n-- Name: sale_order sale_order_user_id_fkey; Type: FK CONSTRAINT; Schema: public\n--\n\n"
    "ALTER TABLE ONLY public.sale_order\n"
    "    ADD CONSTRAINT sale_order_user_id_fkey FOREIGN KEY (user_id) REFERENCES "
    "public.res_users(id) ON DELETE SET NULL";

Result<ForeignKeySql> Split(const std::string& body, KeysOf tables = KeysOf::kPlainTables) {
  StringReader sql(std::string(kHead) + body);
  return SplitForeignKeys(Context(), sql, tables);
}

TEST(ForeignKeys, AreAddedNotValidWithTheSettingsBefore) {
  const auto split = Split(std::string(kLine) + ";\n\n");
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_EQ(split->number, 1U);
  EXPECT_THAT(split->keys, AllOf(HasSubstr("SET statement_timeout = 0;"),
                                 HasSubstr("set_config('search_path', '', false);"),
                                 HasSubstr("ON DELETE SET NULL NOT VALID;")));
  EXPECT_EQ(split->rest, "");
}

TEST(ForeignKeys, OneThatIsNotValidOrOfAPartitionedTableWaitsAsItIs) {
  for (const std::string& statement :
       {std::string(kLine) + " NOT VALID;\n", std::string(kLine) + " NOT ENFORCED;\n",
        std::string("ALTER TABLE public.parted\n    ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES "
                    "public.b(id);\n"),
        std::string(
            "ALTER TABLE ONLY public.a ADD CONSTRAINT \"FOREIGN\" CHECK (\"KEY\" > 0);\n")}) {
    const auto split = Split(statement);
    ASSERT_TRUE(split) << split.error().message;
    EXPECT_EQ(split->number, 0U) << statement;
    EXPECT_THAT(split->rest, HasSubstr(statement));
    EXPECT_THAT(split->keys, AllOf(Not(HasSubstr("FOREIGN")), Not(HasSubstr("sale_order"))));
  }
}

TEST(ForeignKeys, CommentsComeAfterAllKeys) {
  const std::string comment = "COMMENT ON CONSTRAINT k ON public.sale_order IS 'FOREIGN KEY';\n";
  const auto plain = Split(comment + std::string(kLine) + ";\n");
  ASSERT_TRUE(plain);
  EXPECT_LT(plain->keys.find("NOT VALID;"), plain->keys.find(comment)) << "in one script";
  EXPECT_EQ(plain->rest, "");
  const auto mixed =
      Split(comment + std::string(kLine) + ";\n" + std::string(kLine) + " NOT VALID;\n");
  ASSERT_TRUE(mixed);
  EXPECT_THAT(mixed->keys, Not(HasSubstr("COMMENT")));
  EXPECT_THAT(mixed->rest, AllOf(HasSubstr(comment), HasSubstr(" NOT VALID;")));
}

// Of a key to a partitioned table PostgreSQL validates one part only.
TEST(ForeignKeys, WhereTablesArePartitionedAllWaitAsTheyAre) {
  const auto split = Split(std::string(kLine) + ";\n", KeysOf::kPartitionedTables);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->number, 0U);
  EXPECT_THAT(split->rest, AllOf(HasSubstr("ON DELETE SET NULL;"), Not(HasSubstr("NOT VALID"))));
}

TEST(ForeignKeys, OneThatMayBeDeferredIsAddedNotValidAsWell) {
  const auto split = Split(std::string(kLine) + " NOT DEFERRABLE;\n" + std::string(kLine) +
                           " DEFERRABLE INITIALLY DEFERRED;\n");
  ASSERT_TRUE(split);
  EXPECT_EQ(split->number, 2U);
  EXPECT_THAT(split->keys, AllOf(HasSubstr("NOT DEFERRABLE NOT VALID;"),
                                 HasSubstr("INITIALLY DEFERRED NOT VALID;")));
}

TEST(ForeignKeys, WhatPsqlMustNotGetIsRefused) {
  for (const std::string hostile : {"\\! touch /tmp/owned\n", "COPY t TO PROGRAM 'id';\n"}) {
    EXPECT_EQ(Split(std::string(kLine) + ";\n" + hostile).error().code, ErrorCode::kArchiveHostile);
  }
  EXPECT_EQ(Split(std::string(kLine)).error().code, ErrorCode::kArchiveCorrupt) << "cut off";
}

RC_GTEST_PROP(ForeignKeys, NoStatementIsLost, (const std::vector<bool>& kinds)) {
  std::string body;
  for (const bool is_key : kinds) body += is_key ? std::string(kLine) + ";\n" : "SELECT 1;\n";
  const auto split = Split(body);
  RC_ASSERT(split.has_value());
  const auto count = [](std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  const auto keys = static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), true));
  RC_ASSERT(split->number == keys);
  RC_ASSERT(count(split->keys, "FOREIGN KEY (") == keys);
  RC_ASSERT(count(split->keys + split->rest, "SELECT 1;") == kinds.size() - keys);
}

TEST(ValidationOfKeys, IsOneStatementForEachTableButForThoseThatAreLeft) {
  SqlOfTables work;
  ASSERT_TRUE(AddValidation({{"public", "a", "a_x_fkey", "8192", "1"},
                             {"public", "b", "b_x_fkey", "8192", "2"},
                             {"public", "a", "a_\"y\"_fkey", "8192", "3"},
                             {"public", "a", "a_z_fkey", "8192", "4"},
                             {"other", "a", "a_x_fkey", "900000000", "5"}},
                            {"2", "4"}, work));
  ASSERT_THAT(work, SizeIs(2));
  const WeighedSql& small = work.at(R"("public"."a")");
  const WeighedSql& large = work.at(R"("other"."a")");
  EXPECT_EQ(small.sql,
            "ALTER TABLE ONLY \"public\".\"a\" VALIDATE CONSTRAINT \"a_x_fkey\", VALIDATE "
            "CONSTRAINT \"a_\"\"y\"\"_fkey\";\n");
  EXPECT_EQ(large.sql, "ALTER TABLE ONLY \"other\".\"a\" VALIDATE CONSTRAINT \"a_x_fkey\";\n");
  EXPECT_GT(large.weight, 1000 * small.weight);
}

TEST(ValidationOfKeys, RefusesWhatItCannotRead) {
  SqlOfTables work;
  EXPECT_TRUE(AddValidation({}, {}, work));
  EXPECT_THAT(work, SizeIs(0));
  EXPECT_EQ(AddValidation({{"public", "a"}}, {}, work).error().code, ErrorCode::kDatabaseFailed);
  EXPECT_EQ(AddValidation({{"public", "a", "k", "x", "1"}}, {}, work).error().code,
            ErrorCode::kDatabaseFailed);
}

TEST(ShareOut, GivesEachSessionAboutTheSameAndLosesNothing) {
  EXPECT_THAT(ShareOut({{"b", 3}, {"a", 5}, {"c", 3}}, 2), ElementsAre("a\n", "b\nc\n"));
  EXPECT_THAT(ShareOut({{"a", 0}, {"b", 0}}, 8), ElementsAre("a\n", "b\n"));
  EXPECT_THAT(ShareOut({{"a", 0}, {"b", 0}}, 0), ElementsAre("a\nb\n"));
  EXPECT_THAT(ShareOut({}, 2), ElementsAre());
}

}  // namespace
}  // namespace reprise::postgres
