#include "base/hash.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

// FIPS 180 examples.
TEST(Hash, GivesThePublishedDigests) {
  EXPECT_EQ(HashOf(HashKind::kSha1, ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(HashOf(HashKind::kSha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HashOf(HashKind::kSha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(HashOf(HashKind::kSha256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HashOf(HashKind::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HashOf(HashKind::kSha256, std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hasher, PiecesGiveTheDigestOfTheWholeAndItStartsAnew) {
  Hasher hasher(HashKind::kSha1);
  hasher.Update(BytesOf("a"));
  hasher.Update(BytesOf(""));
  hasher.Update(BytesOf("bc"));
  EXPECT_EQ(hasher.Finish(), HashOf(HashKind::kSha1, "abc"));
  EXPECT_EQ(hasher.Finish(), HashOf(HashKind::kSha1, ""));
  hasher.Update(BytesOf("abc"));
  Hasher moved = std::move(hasher);
  EXPECT_EQ(moved.Finish(), HashOf(HashKind::kSha1, "abc"));
}

TEST(HashingStreams, PassOnWhatTheyHash) {
  StringReader source("some bytes");
  HashingReader reader(source, HashKind::kSha256);
  StringWriter sink;
  HashingWriter writer(sink, HashKind::kSha1);
  ASSERT_TRUE(Copy(Context(), reader, writer));
  EXPECT_EQ(sink.text(), "some bytes");
  EXPECT_EQ(reader.count(), 10U);
  EXPECT_EQ(writer.count(), 10U);
  EXPECT_EQ(reader.Digest(), HashOf(HashKind::kSha256, "some bytes"));
  EXPECT_EQ(writer.Digest(), HashOf(HashKind::kSha1, "some bytes"));
}

}  // namespace
}  // namespace reprise
