#include "base/json_fields.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

boost::json::value Json(std::string_view text) { return ParseJson(text).value(); }

TEST(InvalidFields, TellsAllFaultsAndNamesTheFirst) {
  const Error error = InvalidFields({{"/name", "is required"}, {"", "must be an object"}});
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "/name is required; the body must be an object");
  EXPECT_EQ(error.field, "/name");
}

TEST(PointerBelow, EscapesNames) {
  EXPECT_EQ(PointerBelow("", "name"), "/name");
  EXPECT_EQ(PointerBelow("/target", "a/b~c"), "/target/a~1b~0c");
}

TEST(ParseJson, TakesOneValueWithSpaceAround) {
  EXPECT_EQ(Json(" {\"a\": [1, 2]} \n").at("a").as_array().size(), 2U);
  EXPECT_EQ(Json(" 12 "), 12);
}

TEST(ParseJson, RefusesEverythingElseAndSaysWhere) {
  for (const std::string_view text :
       {"", " ", "{", "{}{}", "{} x", "1 2", "{\"a\":}", "nul", "{'a':1}", "[1,]"}) {
    const auto value = ParseJson(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::kMalformedRequest) << text;
    EXPECT_NE(value.error().message.find("at byte "), std::string::npos) << value.error().message;
  }
}

TEST(ParseJson, RefusesWhatIsNestedTooDeep) {
  EXPECT_TRUE(ParseJson(std::string(31, '[') + std::string(31, ']')));
  EXPECT_FALSE(ParseJson(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(ParseJson(std::string(100'000, '[')));
}

}  // namespace
}  // namespace reprise
