#include "api/http_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api/file_response.hpp"

namespace reprise::api {
namespace {

RC_GTEST_PROP(PercentDecode, TurnsBackWhatPercentEncodeMakes, (const std::string& text)) {
  RC_PRE(text.find('\0') == std::string::npos);
  RC_ASSERT(PercentDecode(PercentEncode(text), PlusSign::kLiteral) == text);
}

TEST(PercentDecode, RefusesBrokenEscapesAndNul) {
  for (const char* text : {"%", "%4", "%zz", "a%", "%00", "%%20"}) {
    EXPECT_FALSE(PercentDecode(text, PlusSign::kLiteral)) << text;
  }
  EXPECT_EQ(PercentDecode("a+b%2b", PlusSign::kSpace), "a b+");
  EXPECT_EQ(PercentDecode("a+b", PlusSign::kLiteral), "a+b");
}

TEST(ParseQuery, KeepsOrderAndEmptyValues) {
  const auto query = ParseQuery("a=1&&b=&c&a=%20").value();
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", ""}, {"c", ""}, {"a", " "}};
  EXPECT_EQ(query, expected);
}

TEST(SplitTarget, TakesOriginAndAbsoluteForm) {
  EXPECT_EQ(SplitTarget("/a?b=c#d")->path, "/a");
  EXPECT_EQ(SplitTarget("/a?b=c#d")->query, "b=c");
  EXPECT_EQ(SplitTarget("http://host:80/a")->path, "/a");
  EXPECT_EQ(SplitTarget("HTTPS://host")->path, "/");
  EXPECT_FALSE(SplitTarget("*"));
  EXPECT_FALSE(SplitTarget(""));
  EXPECT_FALSE(SplitTarget("host:443"));
}

TEST(HttpDate, IsInTheFormOfTheStandard) {
  EXPECT_EQ(HttpDate(ParseInstant("2024-12-11T11:00:00Z").value()),
            "Wed, 11 Dec 2024 11:00:00 GMT");
}

TEST(AttachmentDisposition, CannotBeBrokenOutOf) {
  EXPECT_EQ(AttachmentDisposition("a\"; x=\r\nb"),
            "attachment; filename=\"a__ x___b\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0Ab");
}

TEST(ChooseRange, FollowsTheStandard) {
  const auto check = [](std::string_view header, RangeKind kind, ByteCount offset,
                        ByteCount length) {
    const RangeChoice choice = ChooseRange(header, 100);
    EXPECT_EQ(choice.kind, kind) << header;
    EXPECT_EQ(choice.range.offset, offset) << header;
    EXPECT_EQ(choice.range.length, length) << header;
  };
  check("bytes=0-0", RangeKind::kPart, 0, 1);
  check("bytes=10-19", RangeKind::kPart, 10, 10);
  check("bytes=90-", RangeKind::kPart, 90, 10);
  check("bytes=90-1000", RangeKind::kPart, 90, 10);
  check("bytes=-10", RangeKind::kPart, 90, 10);
  check("bytes=-1000", RangeKind::kPart, 0, 100);
  check("Bytes= 5-6", RangeKind::kPart, 5, 2);
  check("bytes=100-", RangeKind::kUnsatisfiable, 0, 0);
  check("bytes=-0", RangeKind::kUnsatisfiable, 0, 0);
  for (const char* header : {"", "bytes", "bytes=", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6",
                             "lines=0-1", "bytes=--1", "bytes=99999999999999999999-"}) {
    check(header, RangeKind::kWhole, 0, 0);
  }
}

RC_GTEST_PROP(ChooseRange, NeverReachesBeyondTheFile,
              (const std::string& spec, std::uint32_t size)) {
  const RangeChoice choice = ChooseRange("bytes=" + spec, size);
  RC_ASSERT(choice.range.offset + choice.range.length <= size);
}

}  // namespace
}  // namespace reprise::api
