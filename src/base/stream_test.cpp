#include "base/stream.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>

namespace reprise {
namespace {

// Gives a few bytes at a time, as sockets do, and fails at the end if told to.
class SlowReader final : public ByteReader {
 public:
  SlowReader(std::string text, std::size_t step, bool fails = false)
      : text_(std::move(text)), step_(step), fails_(fails) {}
  [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan into) override {
    const std::size_t count = std::min({step_, into.size(), text_.size() - at_});
    if (count == 0 && fails_) return Fail(ErrorCode::kIo, "the line is cut");
    std::memcpy(into.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t step_;
  bool fails_;
  std::size_t at_ = 0;
};

class FullWriter final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context&, ConstByteSpan) override {
    return Fail(ErrorCode::kNoSpace, "full");
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }
};

Context Cancelled() {
  std::stop_source stop;
  stop.request_stop();
  return Context(stop.get_token());
}

TEST(Copy, MovesEverythingAndCounts) {
  const std::string text(700'001, 'q');
  SlowReader from(text, 4096);
  StringWriter to;
  EXPECT_EQ(Copy(Context(), from, to).value(), text.size());
  EXPECT_EQ(to.text(), text);
}

TEST(Copy, StopsAtTheFailureOfEitherSide) {
  SlowReader cut("abc", 2, true);
  StringWriter to;
  EXPECT_EQ(Copy(Context(), cut, to).error().code, ErrorCode::kIo);
  EXPECT_EQ(to.text(), "abc");
  StringReader from("abc");
  FullWriter full;
  EXPECT_EQ(Copy(Context(), from, full).error().code, ErrorCode::kNoSpace);
}

TEST(Copy, StopsWhenCancelled) {
  StringReader from("abc");
  StringWriter to;
  EXPECT_EQ(Copy(Cancelled(), from, to).error().code, ErrorCode::kCancelled);
}

TEST(ReadAll, TakesUpToItsLimitAndNotAByteMore) {
  SlowReader fits("12345", 2);
  EXPECT_EQ(ReadAll(Context(), fits, 5).value(), "12345");
  SlowReader too_long("123456", 2);
  EXPECT_EQ(ReadAll(Context(), too_long, 5).error().code, ErrorCode::kPayloadTooLarge);
  SlowReader empty("", 2);
  EXPECT_EQ(ReadAll(Context(), empty, 0).value(), "");
}

TEST(ReadFull, FillsTheBufferOverShortReads) {
  std::string buffer(5, '-');
  SlowReader from("1234567", 2);
  const ByteSpan into = std::as_writable_bytes(std::span(buffer.data(), buffer.size()));
  EXPECT_EQ(ReadFull(Context(), from, into).value(), 5U);
  EXPECT_EQ(buffer, "12345");
  EXPECT_EQ(ReadFull(Context(), from, into).value(), 2U);
  EXPECT_EQ(buffer.substr(0, 2), "67");
}

TEST(RangeReader, ReadsItsPieceOnly) {
  StringSource source("0123456789");
  RangeReader range(source, 3, 4);
  EXPECT_EQ(ReadAll(Context(), range, 100).value(), "3456");
}

TEST(RangeReader, SaysWhenTheFileIsTooShort) {
  StringSource source("0123456789");
  RangeReader range(source, 8, 4);
  const auto text = ReadAll(Context(), range, 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_NE(text.error().message.find("2 bytes too early"), std::string::npos)
      << text.error().message;
}

RC_GTEST_PROP(StringSource, ReadsAnywhereAsSubstrDoes, (const std::string& text)) {
  const auto offset = *rc::gen::inRange<std::size_t>(0, text.size() + 10);
  const auto length = *rc::gen::inRange<std::size_t>(1, text.size() + 10);
  StringSource source(text);
  std::string into(length, '\0');
  const auto count =
      source.ReadAt(Context(), offset, std::as_writable_bytes(std::span(into.data(), into.size())));
  RC_ASSERT(count.has_value());
  RC_ASSERT(into.substr(0, *count) ==
            (offset < text.size() ? text.substr(offset, length) : std::string()));
}

}  // namespace
}  // namespace reprise
