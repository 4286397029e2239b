#include "base/pipe.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "base/hash.hpp"

namespace reprise {
namespace {

using std::chrono::milliseconds;

// A call with it does what can be done at once and then gives up, instead of waiting.
Context Impatient() { return Context().WithTimeout(milliseconds(0)); }

Error Trouble(ErrorCode code) { return {code, "trouble"}; }

std::string ReadSome(Pipe& pipe, std::size_t most) {
  std::string text(most, '\0');
  const auto count =
      pipe.reader().Read(Impatient(), std::as_writable_bytes(std::span(text.data(), text.size())));
  return count ? text.substr(0, *count) : "failed: " + std::string(NameOf(count.error().code));
}

TEST(Pipe, HandsOnInOrderAndThenTheEnd) {
  Pipe pipe;
  ASSERT_TRUE(pipe.writer().Write(Context(), BytesOf("first ")));
  ASSERT_TRUE(pipe.writer().Write(Context(), BytesOf("second")));
  ASSERT_TRUE(pipe.writer().Close(Context()));
  EXPECT_EQ(ReadSome(pipe, 4), "firs");
  EXPECT_EQ(ReadSome(pipe, 100), "t second");
  EXPECT_EQ(ReadSome(pipe, 100), "");
  EXPECT_EQ(ReadSome(pipe, 100), "");
}

TEST(Pipe, HoldsNoMoreThanItsCapacity) {
  Pipe pipe(10);
  const Status written = pipe.writer().Write(Impatient(), BytesOf(std::string(1000, 'x')));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(ReadSome(pipe, 1000), std::string(10, 'x'));
  EXPECT_EQ(ReadSome(pipe, 1000), "failed: timeout");
}

TEST(Pipe, AReaderWithNothingToReadWaitsForItsContext) {
  Pipe pipe;
  EXPECT_EQ(ReadSome(pipe, 10), "failed: timeout");
  std::stop_source stop;
  stop.request_stop();
  std::array<std::byte, 8> buffer{};
  const auto count = pipe.reader().Read(Context(stop.get_token()), buffer);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, ErrorCode::kCancelled);
}

TEST(Pipe, ACancelWakesAReaderThatWaits) {
  Pipe pipe;
  std::stop_source stop;
  Status ended;
  {
    const std::jthread reader([&] {
      std::array<std::byte, 8> buffer{};
      const auto count = pipe.reader().Read(Context(stop.get_token()), buffer);
      if (!count) ended = Fail(count.error());
    });
    stop.request_stop();
  }
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
}

TEST(Pipe, ACancelWakesAWriterThatWaits) {
  Pipe pipe(4);
  std::stop_source stop;
  Status ended;
  {
    const std::jthread writer([&] {
      ended = pipe.writer().Write(Context(stop.get_token()), BytesOf(std::string(100, 'x')));
    });
    EXPECT_NE(ReadSome(pipe, 1), "");  // it has begun, or has not: either way it ends
    stop.request_stop();
  }
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
}

TEST(Pipe, AFailedWriterIsToldAfterWhatItWrote) {
  Pipe pipe;
  ASSERT_TRUE(pipe.writer().Write(Context(), BytesOf("half")));
  pipe.FailWriter(Trouble(ErrorCode::kDumpFailed));
  EXPECT_EQ(ReadSome(pipe, 100), "half");
  EXPECT_EQ(ReadSome(pipe, 100), "failed: dump_failed");
  EXPECT_EQ(ReadSome(pipe, 100), "failed: dump_failed");
}

TEST(Pipe, AFailureAfterTheEndIsTooLate) {
  Pipe pipe;
  ASSERT_TRUE(pipe.writer().Close(Context()));
  pipe.FailWriter(Trouble(ErrorCode::kDumpFailed));
  EXPECT_EQ(ReadSome(pipe, 100), "");
}

TEST(Pipe, TheFirstFailureStays) {
  Pipe pipe;
  pipe.FailWriter(Trouble(ErrorCode::kNoSpace));
  pipe.FailWriter(Trouble(ErrorCode::kIo));
  EXPECT_EQ(ReadSome(pipe, 100), "failed: no_space");
  pipe.FailReader(Trouble(ErrorCode::kLoadFailed));
  pipe.FailReader(Trouble(ErrorCode::kIo));
  const Status written = pipe.writer().Write(Context(), BytesOf("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kLoadFailed);
}

TEST(Pipe, AFailedReaderStopsTheWriterAtOnceAlsoWhenThereIsRoom) {
  Pipe pipe;
  pipe.FailReader(Trouble(ErrorCode::kNoSpace));
  const Status written = pipe.writer().Write(Context(), BytesOf("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace);
}

TEST(Pipe, AFailedReaderWakesAWriterThatWaits) {
  Pipe pipe(4);
  Status ended;
  {
    const std::jthread writer(
        [&] { ended = pipe.writer().Write(Context(), BytesOf(std::string(100, 'x'))); });
    pipe.FailReader(Trouble(ErrorCode::kNoSpace));
  }
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kNoSpace);
}

TEST(Pipe, CarriesMoreThanItHoldsWithoutChangingAByte) {
  std::string text(3'000'017, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>((i * i / 7) & 0xFFU);
  Pipe pipe(4099);
  Status written;
  Result<std::string> read;
  {
    const std::jthread writer([&] {
      for (std::size_t at = 0, size = 1; at < text.size() && written; at += size) {
        size = 1 + at % 10'007;
        written = pipe.writer().Write(Context(), BytesOf(std::string_view(text).substr(at, size)));
      }
      if (written) written = pipe.writer().Close(Context());
    });
    read = ReadAll(Context(), pipe.reader(), text.size());
  }
  ASSERT_TRUE(written);
  ASSERT_TRUE(read);
  EXPECT_EQ(HashOf(HashKind::kSha1, *read), HashOf(HashKind::kSha1, text));
}

}  // namespace
}  // namespace reprise
