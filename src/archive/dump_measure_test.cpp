#include "archive/dump_measure.hpp"

#include <gtest/gtest.h>

#include "archive/archive_samples.hpp"

namespace reprise::archive {
namespace {

// A stream that fails behind its text.
class Breaks final : public ByteReader {
 public:
  explicit Breaks(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, text_.Read(ctx, into));
    if (count == 0) return Fail(ErrorCode::kStorageFailed, "gone");
    return count;
  }

 private:
  StringReader text_;
};

TEST(DumpMeasure, GivesTheSameBytesAndSaysWhatTheyAre) {
  const std::string dump = Fixture("dump-pg15.custom");
  StringReader reader(dump);
  DumpMeasure measure(Context(), reader);
  EXPECT_EQ(ReadAll(Context(), measure, dump.size()), dump);
  const auto info = measure.Take();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->data.size(), 4U);
  EXPECT_GT(info->data.front().bytes, 0U);
}

TEST(DumpMeasure, GivesWhatIsNoWholeDumpAllTheSame) {
  const std::string dump = Fixture("dump-pg15.custom");
  const std::string large(std::size_t{5} << 20U, 'x');  // more than waits on the way
  for (const std::string& text : {dump.substr(0, dump.size() / 2), dump + "x", dump + large, large,
                                  std::string("PGDMP") + large, std::string()}) {
    StringReader reader(text);
    DumpMeasure measure(Context(), reader);
    EXPECT_EQ(ReadAll(Context(), measure, text.size()), text);
    EXPECT_FALSE(measure.Take());
  }
}

TEST(DumpMeasure, GivesTheFailureOfItsStream) {
  Breaks reader(Fixture("dump-pg15.custom"));
  DumpMeasure measure(Context(), reader);
  EXPECT_EQ(ReadAll(Context(), measure, 1 << 20).error().code, ErrorCode::kStorageFailed);
  EXPECT_FALSE(measure.Take());
}

TEST(DumpMeasure, OfADumpThatNobodyReadToItsEndIsNone) {
  StringReader reader(Fixture("dump-pg15.custom"));
  DumpMeasure measure(Context(), reader);
  std::vector<std::byte> some(100);
  ASSERT_TRUE(measure.Read(Context(), some));
  EXPECT_FALSE(measure.Take());
}

}  // namespace
}  // namespace reprise::archive
