#include "base/json_fields.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

boost::json::value Json(std::string_view text) { return ParseJson(text).value(); }

std::string Told(const Status& status) {
  if (status) return "ok";
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  return status.error().message + " @" + status.error().field;
}

std::optional<int> OneOrTwo(std::string_view text) {
  if (text == "one") return 1;
  if (text == "two") return 2;
  return std::nullopt;
}

TEST(JsonFields, ReadsWhatIsThere) {
  const auto value = Json(R"({"name":"shop","note":null,"flag":true,"count":3,"kind":"two",
                              "target":{"mode":"new"}})");
  JsonFields fields(value);
  EXPECT_EQ(fields.RequiredText("name"), "shop");
  EXPECT_EQ(fields.OptionalText("note"), std::nullopt);
  EXPECT_EQ(fields.OptionalText("absent"), std::nullopt);
  EXPECT_TRUE(fields.OptionalBool("flag", false));
  EXPECT_TRUE(fields.OptionalBool("absent_flag", true));
  EXPECT_EQ(fields.OptionalInt("count", 1, 1, 5), 3);
  EXPECT_EQ(fields.OptionalInt("absent_count", 4, 1, 5), 4);
  EXPECT_EQ(fields.OptionalEnum<int>("kind", OneOrTwo, "one, two"), 2);
  auto target = fields.OptionalObject("target");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->RequiredText("mode"), "new");
  EXPECT_EQ(Told(target->Finish()), "ok");
  EXPECT_EQ(Told(fields.Finish()), "ok");
}

TEST(JsonFields, GathersEveryFaultWithItsPath) {
  const auto value = Json(R"({"name":7,"empty":"","flag":"yes","count":9,"half":1.5,"kind":"six",
                              "target":{"mode":[]}})");
  JsonFields fields(value);
  EXPECT_EQ(fields.RequiredText("name"), "");
  EXPECT_EQ(fields.RequiredText("empty"), "");
  EXPECT_EQ(fields.RequiredText("absent"), "");
  EXPECT_FALSE(fields.OptionalBool("flag", false));
  EXPECT_EQ(fields.OptionalInt("count", 1, 1, 5), 1);
  EXPECT_EQ(fields.OptionalInt("half", 2, 1, 5), 2);
  EXPECT_EQ(fields.OptionalEnum<int>("kind", OneOrTwo, "one, two"), std::nullopt);
  auto target = fields.OptionalObject("target");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->OptionalText("mode"), std::nullopt);
  EXPECT_EQ(Told(fields.Finish()),
            "/name must be a string; /empty is required; /absent is required; /flag must be true "
            "or false; /count must be a whole number from 1 to 5; /half must be a whole number "
            "from 1 to 5; /kind must be one of one, two; /target/mode must be a string @/name");
}

TEST(JsonFields, ReportsFieldsThatNobodyAskedFor) {
  const auto value = Json(R"({"name":"shop","nmae":"typo","inner":{"x":1}})");
  JsonFields fields(value);
  EXPECT_EQ(fields.RequiredText("name"), "shop");
  auto inner = fields.OptionalObject("inner");
  ASSERT_TRUE(inner);
  EXPECT_EQ(Told(inner->Finish()), "/inner/x is not a field of this request @/inner/x");
  EXPECT_EQ(Told(fields.Finish()),
            "/inner/x is not a field of this request; /nmae is not a field of this request "
            "@/inner/x");
}

TEST(JsonFields, PointersAreEscaped) {
  const auto value = Json(R"({"a/b~c":1})");
  JsonFields fields(value);
  EXPECT_EQ(Told(fields.Finish()), "/a~1b~0c is not a field of this request @/a~1b~0c");
}

TEST(JsonFields, WhatIsNoObjectIsOneFault) {
  for (const std::string_view text : {"[]", "7", "\"x\"", "null"}) {
    const auto value = Json(text);
    JsonFields fields(value);
    EXPECT_EQ(fields.OptionalText("name"), std::nullopt);
    EXPECT_EQ(Told(fields.Finish()), "the body must be an object @") << text;
  }
  const auto value = Json(R"({"target":7})");
  JsonFields fields(value);
  EXPECT_TRUE(fields.OptionalObject("target"));
  EXPECT_EQ(Told(fields.Finish()), "/target must be an object @/target");
}

TEST(JsonFields, ANumberTooLargeForUsIsAFaultNotANumber) {
  const auto value = Json(R"({"count":18446744073709551615,"huge":1e300})");
  JsonFields fields(value);
  EXPECT_EQ(fields.OptionalInt("count", 1, 1, 5), 1);
  EXPECT_EQ(fields.OptionalInt("huge", 2, 1, 5), 2);
  EXPECT_EQ(fields.faults().size(), 2U);
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
