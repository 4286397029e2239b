#include "docker/frames.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "docker/scripted_server.hpp"
#include "docker/text_tail.hpp"

namespace reprise::docker {
namespace {

RC_GTEST_PROP(FrameSplitterTest, KeepsOutputsApartHoweverTheyArrive,
              (const std::vector<std::pair<bool, std::string>>& parts)) {
  std::string stream;
  std::string output;
  std::string error;
  for (const auto& [to_error, content] : parts) {
    stream += Frame(to_error ? 2 : 1, content);
    (to_error ? error : output) += content;
  }
  const std::size_t piece = *rc::gen::inRange<std::size_t>(1, 30);
  StringWriter got_output;
  StringWriter got_error;
  FrameSplitter splitter(&got_output, &got_error);

  for (std::string_view rest = stream; !rest.empty();) {
    const std::string_view now = rest.substr(0, piece);
    RC_ASSERT(splitter.Feed(Context(), BytesOf(now)).has_value());
    rest.remove_prefix(now.size());
  }

  RC_ASSERT(splitter.Finish().has_value());
  RC_ASSERT(got_output.text() == output);
  RC_ASSERT(got_error.text() == error);
}

TEST(FrameSplitterTest, AnEndInsideAFrameIsAFailure) {
  const std::string frame = Frame(1, "abc");
  for (std::size_t length = 1; length < frame.size(); ++length) {
    FrameSplitter splitter(nullptr, nullptr);
    ASSERT_TRUE(splitter.Feed(Context(), BytesOf(std::string_view(frame).substr(0, length))));
    ASSERT_FALSE(splitter.Finish()) << "cut at " << length;
    EXPECT_EQ(splitter.Finish().error().code, ErrorCode::kEngineUnavailable);
  }
}

TEST(FrameSplitterTest, RefusesWhatIsNotFramed) {
  FrameSplitter splitter(nullptr, nullptr);

  const Status fed = splitter.Feed(Context(), BytesOf("plain text of a terminal"));

  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, ErrorCode::kContainerFailed);
}

TEST(FrameSplitterTest, TellsTheEnginesOwnFailure) {
  StringWriter output;
  FrameSplitter splitter(&output, nullptr);

  ASSERT_TRUE(splitter.Feed(Context(), BytesOf(Frame(1, "a") + Frame(3, "log file is gone"))));

  EXPECT_EQ(output.text(), "a");
  ASSERT_FALSE(splitter.Finish());
  EXPECT_NE(splitter.Finish().error().message.find("log file is gone"), std::string::npos);
}

TEST(FrameSplitterTest, ReturnsTheSinksFailure) {
  class Full final : public ByteWriter {
   public:
    [[nodiscard]] Status Write(const Context&, ConstByteSpan) override {
      return Fail(ErrorCode::kNoSpace, "full");
    }
    [[nodiscard]] Status Close(const Context&) override { return {}; }
  } sink;
  FrameSplitter splitter(&sink, nullptr);

  EXPECT_TRUE(splitter.Feed(Context(), BytesOf(Frame(2, "thrown away"))));
  const Status fed = splitter.Feed(Context(), BytesOf(Frame(1, "kept")));

  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, ErrorCode::kNoSpace);
}

TEST(TextTailTest, KeepsWholeLinesOfTheEnd) {
  TextTail tail(10);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(tail.Write(Context(), BytesOf("abc\n")));

  EXPECT_EQ(tail.Take(), "abc\nabc\n");
}

TEST(TextTailTest, KeepsEverythingThatFits) {
  TextTail tail(10);
  ASSERT_TRUE(tail.Write(Context(), BytesOf("abc\n123456")));

  EXPECT_EQ(tail.Take(), "abc\n123456");
}

TEST(TextTailTest, KeepsTheEndOfAnOverlongLine) {
  TextTail tail(4);
  ASSERT_TRUE(tail.Write(Context(), BytesOf("0123456789")));

  EXPECT_EQ(tail.Take(), "6789");
}

}  // namespace
}  // namespace reprise::docker
