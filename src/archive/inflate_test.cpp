#include "archive/inflate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>

#include "archive/archive_samples.hpp"
#include "archive/block_cache.hpp"
#include "archive/gzip_writer.hpp"
#include "archive/zstd_reader.hpp"

namespace reprise::archive {
namespace {

Result<std::string> Unpacked(const std::string& packed, std::vector<std::size_t> pieces = {4096}) {
  InflateReader reader(std::make_unique<PieceReader>(packed, std::move(pieces)),
                       DeflateWrapping::kGzip);
  return ReadAll(Context(), reader, 100 << 20);
}

Result<std::string> UnpackedZstd(const std::string& packed) {
  const auto reader =
      MakeZstdReader(std::make_unique<PieceReader>(packed, std::vector<std::size_t>{7}));
  return ReadAll(Context(), *reader, 100 << 20);
}

TEST(InflateReader, ReadsMembersOneAfterTheOther) {
  const std::string large = SomeBytes(1'000'000, 1);
  const std::string packed = Gzip("one") + Gzip("") + Gzip(large) + std::string(100, '\0');
  for (const std::size_t piece : {1U, 17U, 1'000'000U}) {
    const auto text = Unpacked(packed, {piece});
    ASSERT_TRUE(text) << text.error().Sentence();
    EXPECT_TRUE(*text == "one" + large);
  }
}

TEST(InflateReader, TellsWhereMembersBegin) {
  const std::string first = Gzip(SomeBytes(100'000, 1));
  InflateReader reader(
      std::make_unique<PieceReader>(first + Gzip("two"), std::vector<std::size_t>{1000}),
      DeflateWrapping::kGzip);
  ASSERT_TRUE(ReadAll(Context(), reader, 1 << 20));
  ASSERT_EQ(reader.members().size(), 2U);
  EXPECT_EQ(reader.members()[1].packed_offset, first.size());
  EXPECT_EQ(reader.members()[1].unpacked_offset, 100'000U);
}

TEST(InflateReader, RefusesWhatIsCutDamagedOrFollowed) {
  const std::string packed = Gzip(SomeBytes(2000, 1));
  for (std::size_t length = 0; length < packed.size(); ++length) {
    const auto text = Unpacked(packed.substr(0, length));
    ASSERT_FALSE(text) << length;
    EXPECT_EQ(text.error().code, ErrorCode::kArchiveCorrupt);
  }
  for (std::size_t at = 10; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
    EXPECT_FALSE(Unpacked(damaged)) << at;
  }
  EXPECT_FALSE(Unpacked(packed + "rubbish"));
}

TEST(ZstdReader, ReadsFramesOneAfterTheOther) {
  const std::string large = SomeBytes(1'000'000, 1);
  const auto text = UnpackedZstd(Zstd("one") + Zstd("") + Zstd(large));
  ASSERT_TRUE(text) << text.error().Sentence();
  EXPECT_TRUE(*text == "one" + large);
}

TEST(ZstdReader, RefusesWhatIsCut) {
  const std::string packed = Zstd(SomeBytes(2000, 1));
  for (std::size_t length = 1; length < packed.size(); ++length) {
    EXPECT_FALSE(UnpackedZstd(packed.substr(0, length))) << length;
  }
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Bombs, AreRefused) {
  const std::string zeros(1 << 20, '\0');
  const std::string zstd = Repeated(Zstd(zeros), 300);
  const std::string gzip = Repeated(Gzip(zeros), 300);
  NullWriter nowhere;
  InflateReader inflate(std::make_unique<StringReader>(gzip), DeflateWrapping::kGzip);
  const auto unzstd = MakeZstdReader(std::make_unique<StringReader>(zstd));
  for (ByteReader* reader : {static_cast<ByteReader*>(&inflate), unzstd.get()}) {
    const auto copied = Copy(Context(), *reader, nowhere);
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, ErrorCode::kArchiveHostile);
  }
}

TEST(GzipWriter, PacksWhatGetsSmallerAndStoresWhatDoesNot) {
  const std::string text(3 * GzipWriter::kMemberBytes + 17, 'a');
  std::string noise = SomeBytes(3 * GzipWriter::kMemberBytes + 17, 5);
  std::mt19937 dice(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  for (char& c : noise) c = static_cast<char>(dice());
  for (const std::string& content : {text, noise}) {
    StringWriter sink;
    GzipWriter writer(sink, 3);
    ASSERT_TRUE(writer.Write(Context(), BytesOf(content)));
    ASSERT_TRUE(writer.Finish(Context()));
    EXPECT_EQ(writer.offsets().size(), 4U) << "three that are full, and the rest";
    EXPECT_EQ(writer.offsets().front(), 0U);
    EXPECT_TRUE(Unpacked(sink.text()).value_or("failed") == content);
    if (content == text) {
      EXPECT_LT(sink.text().size(), content.size() / 100);
    } else {
      EXPECT_LT(sink.text().size(), content.size() + 1000);
    }
  }
}

TEST(GzipWriter, AFailingSinkEndsItAndItsThreads) {
  class FullSink final : public ByteWriter {
   public:
    Status Write(const Context&, ConstByteSpan) override {
      return Fail(ErrorCode::kNoSpace, "full");
    }
    Status Close(const Context&) override { return {}; }
  } full;
  GzipWriter writer(full, 2);
  const std::string piece(GzipWriter::kMemberBytes, 'a');
  Status written;
  for (int i = 0; i < 100 && written; ++i) written = writer.Write(Context(), BytesOf(piece));
  if (written) written = writer.Finish(Context());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace);
}

RC_GTEST_PROP(GzipWriter, WritesWhatIsReadBack, (const std::vector<std::string>& members)) {
  StringWriter sink;
  GzipWriter writer(sink);
  std::string all;
  for (const std::string& member : members) {
    RC_ASSERT(writer.Write(Context(), BytesOf(member)).has_value());
    RC_ASSERT(writer.member_bytes() == member.size());
    RC_ASSERT(writer.EndMember(Context()).has_value());
    all += member;
  }
  RC_ASSERT(writer.Finish(Context()).has_value());
  if (all.empty()) {
    RC_ASSERT(sink.text().empty());
  } else {
    RC_ASSERT(Unpacked(sink.text()).value_or("failed") == all);
  }
}

RC_GTEST_PROP(BlockCache, ReadsWhatIsThere, (const std::string& text)) {
  CountingSource source(text);
  BlockCache cache(source, 8, 2);
  for (int i = 0; i < 20; ++i) {
    const auto offset = *rc::gen::inRange<std::size_t>(0, text.size() + 5);
    const auto length = *rc::gen::inRange<std::size_t>(1, 40);
    std::string read(length, '?');
    const auto count = cache.ReadAt(Context(), offset, std::as_writable_bytes(std::span(read)));
    RC_ASSERT(count.has_value());
    read.resize(*count);
    const std::string expected = offset < text.size() ? text.substr(offset, length) : "";
    RC_ASSERT(read == expected);
  }
}

TEST(BlockCache, FetchesABlockOnce) {
  CountingSource source(SomeBytes(10'000, 1));
  BlockCache cache(source, 4096, 4);
  std::byte byte{};
  for (ByteCount at = 0; at < source.size(); at += 10) {
    ASSERT_TRUE(cache.ReadAt(Context(), at, ByteSpan(&byte, 1)));
  }
  EXPECT_EQ(source.reads, 3U);
}

}  // namespace
}  // namespace reprise::archive
