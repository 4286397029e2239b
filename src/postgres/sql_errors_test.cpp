#include "postgres/sql_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise::postgres {
namespace {

using ::testing::HasSubstr;

TEST(FirstComplaint, IsTheFirstErrorWithItsDetail) {
  EXPECT_EQ(FirstComplaint("psql:<stdin>:7: NOTICE:  all is well\n"
                           "psql:<stdin>:812: ERROR:  duplicate key value\n"
                           "DETAIL:  Key (id)=(1) already exists.\n"
                           "CONTEXT:  COPY res_users, line 2\n"
                           "psql:<stdin>:900: ERROR:  a later one\n"),
            "psql:<stdin>:812: ERROR:  duplicate key value (DETAIL:  Key (id)=(1) already exists.) "
            "(CONTEXT:  COPY res_users, line 2)");
}

TEST(FirstComplaint, KnowsTheWordsOfEveryProgram) {
  EXPECT_EQ(
      FirstComplaint("x\npg_restore: error: could not execute query: ERROR:  no\nCommand was: "
                     "CREATE TABLE"),
      "pg_restore: error: could not execute query: ERROR:  no");
  EXPECT_EQ(FirstComplaint("psql: FATAL:  the database system is starting up\n"),
            "psql: FATAL:  the database system is starting up");
}

TEST(FirstComplaint, WithoutAnErrorIsTheLastLine) {
  EXPECT_EQ(FirstComplaint("one\n  two  \n"), "two");
  EXPECT_EQ(FirstComplaint(""), "");
  EXPECT_EQ(FirstComplaint("\n"), "");
}

RC_GTEST_PROP(FirstComplaint, IsAlwaysOneLine, (const std::string& text)) {
  RC_ASSERT(FirstComplaint(text).find('\n') == std::string::npos);
}

TEST(LoadError, TellsWhatCanBeDoneAboutIt) {
  const Error full =
      LoadError("pg_restore", "pg_restore: error: could not extend file: No space left on device");
  EXPECT_EQ(full.code, ErrorCode::kNoSpace);
  const Error newer =
      LoadError("pg_restore", "pg_restore: error: unsupported version (1.16) in file header");
  EXPECT_EQ(newer.code, ErrorCode::kIncompatible);
  EXPECT_THAT(newer.hint, HasSubstr("newer PostgreSQL"));
  const Error other = LoadError("psql", "psql:<stdin>:3: ERROR:  syntax error");
  EXPECT_EQ(other.code, ErrorCode::kLoadFailed);
  EXPECT_THAT(other.message, HasSubstr("psql:<stdin>:3: ERROR:  syntax error"));
  EXPECT_THAT(LoadError("psql", "").message, HasSubstr("gave no reason"));
  for (const Error& error : {full, newer, other}) EXPECT_FALSE(error.hint.empty());
}

}  // namespace
}  // namespace reprise::postgres
