#include "api/json_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "api/utf8.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

// The faults of `value` against `schema`, as one line.
std::string Faults(std::string_view schema, std::string_view value,
                   Reading reading = Reading::kRequest) {
  SchemaBook book(json::object{{"Name", json::object{{"type", "string"}, {"minLength", 1}}}});
  const auto compiled = book.Compile(ParseJson(schema).value(), "test");
  if (!compiled) return compiled.error().message;
  std::vector<FieldError> faults;
  CheckAgainst(**compiled, ParseJson(value).value(), "", reading, faults);
  std::string line;
  for (const FieldError& fault : faults) {
    line += (line.empty() ? "" : "; ") + fault.pointer + " " + fault.message;
  }
  return line;
}

TEST(JsonSchema, SaysInWordsWhatAValueMustBe) {
  EXPECT_EQ(Faults(R"({"type":"string"})", "7"), " must be a string");
  EXPECT_EQ(Faults(R"({"type":"boolean"})", "\"yes\""), " must be true or false");
  EXPECT_EQ(Faults(R"({"type":"array","items":{"type":"string"}})", "[1,\"a\",{}]"),
            "/0 must be a string; /2 must be a string");
  EXPECT_EQ(Faults(R"({"type":"object","additionalProperties":true})", "[]"), " must be an object");
  EXPECT_EQ(Faults(R"({"type":"integer","minimum":1,"maximum":5})", "9"),
            " must be a whole number from 1 to 5");
  EXPECT_EQ(Faults(R"({"type":"integer","minimum":0})", "-1"),
            " must be a whole number of at least 0");
  EXPECT_EQ(Faults(R"({"type":"number","maximum":5})", "5.5"), " must be a number of at most 5");
  EXPECT_EQ(Faults(R"({"enum":["auto",true,"true",null]})", "\"maybe\""),
            " must be one of auto, true");
  EXPECT_EQ(Faults(R"({"type":"string","maxLength":2})", "\"abc\""),
            " must have at most 2 characters");
  EXPECT_EQ(Faults(R"({"type":"string","minLength":1})", "\"\""), " is required");
  EXPECT_EQ(Faults(R"({"type":"array","minItems":1,"maxItems":2})", "[]"),
            " must have from 1 to 2 items");
}

TEST(JsonSchema, TakesWhatFits) {
  EXPECT_EQ(Faults(R"({"type":"integer","maximum":1e18})", "1.0"), "");
  EXPECT_EQ(Faults(R"({"type":"integer"})", "1.5"), " must be a whole number");
  EXPECT_EQ(Faults(R"({"type":["string","null"]})", "null"), "");
  EXPECT_EQ(Faults(R"({"oneOf":[{"$ref":"#/Name"},{"type":"null"}]})", "null"), "");
  EXPECT_EQ(Faults(R"({"oneOf":[{"$ref":"#/Name"},{"type":"null"}]})", "\"\""), " is required");
  EXPECT_EQ(Faults(R"({"type":"string","maxLength":2})", "\"\u00e4\u00f6\""), "");
  EXPECT_EQ(Faults("{}", R"({"any":["thing"]})"), "");
}

TEST(JsonSchema, NamesEachMemberByItsPath) {
  constexpr std::string_view kSchema =
      R"({"type":"object","additionalProperties":false,"required":["a/b"],
          "properties":{"a/b":{"type":"object","additionalProperties":{"type":"integer"}}}})";
  EXPECT_EQ(Faults(kSchema, "{}"), "/a~1b is required");
  EXPECT_EQ(Faults(kSchema, R"({"a/b":{"~":"x"},"c":1})"),
            "/a~1b/~0 must be a whole number; /c is not a field of this request");
  EXPECT_EQ(Faults(kSchema, R"({"a/b":{},"c":1})", Reading::kAnswer), "/c is not described");
}

TEST(JsonSchema, ReadsRequestsMoreKindlyThanAnswers) {
  constexpr std::string_view kSchema = R"({"type":"object","additionalProperties":false,
      "required":["id"],"properties":{"id":{"type":"string","format":"uuid"},
      "at":{"type":"string","format":"date-time"}}})";
  EXPECT_EQ(Faults(kSchema, R"({"id":"x","at":null})"), "");
  EXPECT_EQ(Faults(kSchema, R"({"id":"x","at":null})", Reading::kAnswer),
            "/id must be a UUID; /at must be a string");
  EXPECT_EQ(Faults(kSchema, R"({"id":null,"at":"soon"})"),
            "/id is required; /at must be a time such as 2024-12-11T22:00:00Z");
  EXPECT_EQ(Faults(kSchema, R"({"id":"a\u0000b"})"), "/id must not hold the character NUL");
}

TEST(JsonSchema, FillsInDefaultsAndDropsNulls) {
  SchemaBook book(json::object{});
  const Schema& schema = *book.Compile(ParseJson(R"({"type":"object","additionalProperties":false,
      "properties":{"keep":{"type":"integer","default":24},"name":{"type":"string"},
      "in":{"type":"object","additionalProperties":false,
            "properties":{"kind":{"type":"string","default":"auto"}}}}})")
                                           .value(),
                                       "test")
                              .value();
  json::value body = ParseJson(R"({"keep":null,"name":null,"in":{}})").value();
  FillIn(schema, body);
  EXPECT_EQ(body, ParseJson(R"({"keep":24,"in":{"kind":"auto"}})").value());
}

TEST(JsonSchema, MayReferToItself) {
  SchemaBook book(ParseJson(R"({"Tree":{"type":"object","additionalProperties":false,
      "properties":{"below":{"$ref":"#/Tree"}}}})")
                      .value());
  const auto tree = book.Compile(ParseJson(R"({"$ref":"#/Tree"})").value(), "test");
  ASSERT_TRUE(tree);
  std::vector<FieldError> faults;
  CheckAgainst(**tree, ParseJson(R"({"below":{"below":{"beside":1}}})").value(), "",
               Reading::kRequest, faults);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults.front().pointer, "/below/below/beside");
}

TEST(Utf8, KnowsWhatIsNone) {
  for (const std::string_view good : {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
    EXPECT_EQ(ValidUtf8(good), good);
  }
  for (const std::string_view bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80", "\xf0\x80\x80\x80",
        "\xe0\x80\x80", "\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad));
    EXPECT_TRUE(IsUtf8(ValidUtf8(bad)));
  }
  EXPECT_EQ(ValidUtf8("a\xff"
                      "b"),
            "a\xef\xbf\xbd"
            "b");
}

}  // namespace
}  // namespace reprise::api
