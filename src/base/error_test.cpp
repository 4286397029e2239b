#include "base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

namespace reprise {
namespace {

std::vector<ErrorCode> AllCodes() {
  std::vector<ErrorCode> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    codes.push_back(static_cast<ErrorCode>(i));
  }
  return codes;
}

TEST(ErrorTable, HasARowForEveryCode) {
  for (const ErrorCode code : AllCodes()) {
    if (code == ErrorCode::kInternal) continue;
    EXPECT_NE(NameOf(code), "internal") << "code " << static_cast<int>(code) << " has no row";
  }
}

TEST(ErrorTable, NamesAreUniqueAndReadBack) {
  std::set<std::string_view> names;
  for (const ErrorCode code : AllCodes()) {
    EXPECT_TRUE(names.insert(NameOf(code)).second) << NameOf(code) << " stands twice";
    EXPECT_EQ(ErrorCodeFromName(NameOf(code)), code) << NameOf(code);
    EXPECT_EQ(NameOf(code).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
  }
}

TEST(ErrorTable, EveryFailureHasAFailuresStatusAndExitCode) {
  for (const ErrorCode code : AllCodes()) {
    const ErrorTraits traits = TraitsOf(code);
    EXPECT_GE(traits.http_status, 400) << traits.name;
    EXPECT_LE(traits.http_status, 599) << traits.name;
    EXPECT_GE(traits.exit_code, 1) << traits.name;
    EXPECT_LE(traits.exit_code, 9) << traits.name;
  }
}

TEST(ErrorTable, AnUnknownNameIsInternal) {
  EXPECT_EQ(ErrorCodeFromName("of_a_newer_server"), ErrorCode::kInternal);
  EXPECT_EQ(ErrorCodeFromName(""), ErrorCode::kInternal);
}

TEST(Error, SentenceTellsTheContextFromTheInsideOut) {
  EXPECT_EQ((Error{ErrorCode::kIo, "disk gone"}.Sentence()), "disk gone");
  const Error error = Error{ErrorCode::kIo, "disk gone", "a hint"}
                          .While("loading dump.sql")
                          .While("restoring shop");
  EXPECT_EQ(error.Sentence(), "disk gone (loading dump.sql, restoring shop)");
}

TEST(Error, ErrnoBecomesTheCodeThatSaysWhatToDo) {
  EXPECT_EQ(ErrnoError(ENOSPC, "x").code, ErrorCode::kNoSpace);
  EXPECT_EQ(ErrnoError(EDQUOT, "x").code, ErrorCode::kNoSpace);
  EXPECT_FALSE(ErrnoError(ENOSPC, "x").hint.empty());
  EXPECT_EQ(ErrnoError(ENOENT, "x").code, ErrorCode::kNotFound);
  EXPECT_EQ(ErrnoError(EACCES, "x").code, ErrorCode::kIo);
  EXPECT_EQ(ErrnoError(EACCES, "opening a.zip").message, "opening a.zip: Permission denied");
}

TEST(ErrorMacros, HandTheFailureOn) {
  const auto twice = [](Result<int> from) -> Result<int> {
    ASSIGN_OR_RETURN(const int value, std::move(from));
    return 2 * value;
  };
  EXPECT_EQ(twice(21).value(), 42);
  const Result<int> failed = twice(Fail(ErrorCode::kNoSpace, "full", "make room"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(failed.error().hint, "make room");
}

}  // namespace
}  // namespace reprise
