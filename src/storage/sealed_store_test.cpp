#include "storage/sealed_store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/memory_store.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/sealed_reader.hpp"

namespace reprise::storage {
namespace {

constexpr int kSmallLog2 = 4;
constexpr std::size_t kSmall = 1U << kSmallLog2;
constexpr std::size_t kSealedSmall = kSmall + kSegmentExtraBytes;
const std::string kKey = "backups/a.zip.sealed";

// A store whose sealed objects have segments of 16 bytes, and what lies below it.
struct Bench {
  explicit Bench(int segment_log2 = kSmallLog2, std::string ending = ".sealed")
      : store(inner, keys, {std::move(ending), segment_log2}) {}

  static void Put(ObjectStore& store, std::string_view key, std::string_view content) {
    auto writer = store.Create(Context(), key).value();
    ASSERT_TRUE(writer->Write(Context(), BytesOf(content)));
    ASSERT_TRUE(writer->Close(Context()));
  }
  static Result<std::string> Get(ObjectStore& store, std::string_view key) {
    ASSIGN_OR_RETURN(const auto reader, store.Open(Context(), key));
    RangeReader range(*reader, 0, reader->size());
    return ReadAll(Context(), range, ByteCount{1} << 30);
  }
  void Put(std::string_view content) { Put(store, kKey, content); }
  // Replaces what is stored, as whoever owns the storage can, and says why it is not read.
  ErrorCode CodeWhenStored(std::string_view bytes) {
    Put(*inner, kKey, bytes);
    const auto read = Get(store, kKey);
    return read ? ErrorCode::kInternal : read.error().code;
  }
  std::string Stored() { return Get(*inner, kKey).value(); }

  ManualClock clock;
  std::shared_ptr<MemoryStore> inner = std::make_shared<MemoryStore>(clock);
  std::vector<ArchiveKey> known = {NewArchiveKey(clock.Now())};
  std::shared_ptr<ListedKeys> keys = std::make_shared<ListedKeys>(known);
  SealedStore store;
};

std::string Text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + (i * 7 + i / 26) % 26);
  return text;
}

class SealedStage {
 public:
  ObjectStore& store() { return bench_.store; }

 private:
  Bench bench_{kSegmentLog2, ""};  // every key
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sealed, ObjectStoreConformance, SealedStage);

TEST(SealedStore, StoresNothingThatCanBeRead) {
  Bench bench;
  const std::string content = "PK\x03\x04 PGDMP and other things that a backup holds";
  bench.Put(content);
  EXPECT_TRUE(LooksSealed(bench.Stored()));
  const std::string stored = bench.Stored().substr(28 + kKey.size());  // the name is no secret
  for (std::size_t at = 0; at + 4 <= content.size(); ++at) {
    EXPECT_EQ(stored.find(content.substr(at, 4)), std::string::npos) << content.substr(at, 4);
  }
  EXPECT_EQ(Bench::Get(bench.store, kKey).value(), content);
  EXPECT_EQ(bench.store.Stat(Context(), kKey)->size, content.size());
  EXPECT_EQ(bench.store.Presign(Context(), kKey, {}).value(), std::nullopt);
}

TEST(SealedStore, LeavesOtherKeysAsTheyAre) {
  Bench bench;
  Bench::Put(bench.store, "backups/plain.zip", "plain");
  EXPECT_EQ(Bench::Get(*bench.inner, "backups/plain.zip").value(), "plain");
  EXPECT_EQ(Bench::Get(bench.store, "backups/plain.zip").value(), "plain");
}

TEST(SealedStore, TakesNoPlainObjectForASealedOne) {
  Bench bench;
  EXPECT_EQ(bench.CodeWhenStored("PK\x03\x04 somebody's own archive, of the right length perhaps"),
            ErrorCode::kArchiveCorrupt);
}

// Every byte counts: whichever is altered, nothing of that segment is given out, and the whole is
// not read.
TEST(SealedStore, RefusesAnyAlteredByte) {
  Bench bench;
  bench.Put(Text(3 * kSmall + 5));
  const std::string stored = bench.Stored();
  for (std::size_t at = 0; at < stored.size(); ++at) {
    std::string altered = stored;
    altered[at] = static_cast<char>(altered[at] ^ 0x20);
    const ErrorCode code = bench.CodeWhenStored(altered);
    const bool names_another_key = at >= 12 && at < 28;
    const bool names_another_version = at == 8;
    EXPECT_EQ(code, names_another_key       ? ErrorCode::kFormatUnsupported
                    : names_another_version ? ErrorCode::kFormatUnsupported
                                            : ErrorCode::kArchiveCorrupt)
        << "byte " << at;
  }
}

TEST(SealedStore, RefusesAnObjectThatWasCutOffAnywhere) {
  for (const std::size_t bytes : {std::size_t{0}, kSmall, 3 * kSmall, 3 * kSmall + 5}) {
    Bench bench;
    bench.Put(Text(bytes));
    const std::string stored = bench.Stored();
    for (std::size_t length = 0; length < stored.size(); ++length) {
      EXPECT_EQ(bench.CodeWhenStored(stored.substr(0, length)), ErrorCode::kArchiveCorrupt)
          << length << " of " << stored.size();
    }
    EXPECT_EQ(bench.CodeWhenStored(stored + "x"), ErrorCode::kArchiveCorrupt);
    EXPECT_EQ(bench.CodeWhenStored(stored + stored.substr(stored.size() - kSegmentExtraBytes)),
              ErrorCode::kArchiveCorrupt);
  }
}

TEST(SealedStore, RefusesSegmentsThatWereExchangedRepeatedOrLeftOut) {
  Bench bench;
  bench.Put(Text(4 * kSmall));
  const std::string stored = bench.Stored();
  const std::size_t start = stored.size() - 4 * kSealedSmall;
  const std::string header = stored.substr(0, start);
  const auto segment = [&](std::size_t n) {
    return stored.substr(start + n * kSealedSmall, kSealedSmall);
  };
  const auto built = [&](const std::vector<std::size_t>& order) {
    std::string text = header;
    for (const std::size_t n : order) text += segment(n);
    return text;
  };
  using Order = std::vector<std::size_t>;
  for (const Order& order :
       {Order{1, 0, 2, 3}, Order{0, 2, 1, 3}, Order{0, 0, 1, 3}, Order{0, 1, 3}, Order{3},
        Order{0, 1, 2, 3, 3}, Order{0, 3, 2, 1}, Order{0, 1, 2}}) {
    EXPECT_EQ(bench.CodeWhenStored(built(order)), ErrorCode::kArchiveCorrupt);
  }
  Bench::Put(*bench.inner, kKey, built({0, 1, 2, 3}));
  EXPECT_EQ(Bench::Get(bench.store, kKey).value(), Text(4 * kSmall));
}

TEST(SealedStore, RefusesPartsOfAnotherObjectAndAnotherObject) {
  Bench bench;
  bench.Put(Text(2 * kSmall));
  const std::string stored = bench.Stored();
  const std::string other_key = "backups/b.zip.sealed";
  Bench::Put(bench.store, other_key, Text(2 * kSmall));
  const std::string other = Bench::Get(*bench.inner, other_key).value();
  ASSERT_EQ(other.size(), stored.size());
  const std::size_t start = stored.size() - 2 * kSealedSmall;
  EXPECT_EQ(bench.CodeWhenStored(other), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(bench.CodeWhenStored(other.substr(0, start) + stored.substr(start)),
            ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(bench.CodeWhenStored(stored.substr(0, start) + other.substr(start)),
            ErrorCode::kArchiveCorrupt);
  // Also an earlier object of the same name does not lend it its segments.
  bench.Put(Text(2 * kSmall));
  EXPECT_EQ(bench.CodeWhenStored(bench.Stored().substr(0, start + kSealedSmall) +
                                 stored.substr(start + kSealedSmall)),
            ErrorCode::kArchiveCorrupt);
}

TEST(SealedStore, AnotherKeyOfTheSameIdDoesNotOpenIt) {
  Bench bench;
  bench.Put("content");
  ArchiveKey forged = NewArchiveKey(bench.clock.Now());
  forged.id = bench.known.front().id;
  SealedStore other(bench.inner, std::make_shared<ListedKeys>(std::vector<ArchiveKey>{forged}),
                    {".sealed"});
  const auto read = Bench::Get(other, kKey);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kArchiveCorrupt);
}

TEST(SealedStore, SealsWithTheNewestKeyAndReadsWithOlderOnes) {
  Bench bench;
  bench.Put("before");
  bench.clock.Advance(std::chrono::seconds(1));
  bench.known.push_back(NewArchiveKey(bench.clock.Now()));
  SealedStore rotated(bench.inner, std::make_shared<ListedKeys>(bench.known), {".sealed"});
  Bench::Put(rotated, "after.sealed", "after");
  EXPECT_EQ(Bench::Get(rotated, kKey).value(), "before");
  EXPECT_EQ(Bench::Get(rotated, "after.sealed").value(), "after");
  const auto without = Bench::Get(bench.store, "after.sealed");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, ErrorCode::kFormatUnsupported);
}

TEST(SealedStore, MakesNothingWithoutAKey) {
  Bench bench;
  SealedStore without(bench.inner, std::make_shared<ListedKeys>(std::vector<ArchiveKey>{}),
                      {".sealed"});
  const auto writer = without.Create(Context(), kKey);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(bench.inner->List(Context(), "")->empty());
}

// Counts what is asked of the storage.
class CountingReader final : public RandomReader {
 public:
  CountingReader(std::string text, ByteCount& bytes) : source_(std::move(text)), bytes_(bytes) {}
  [[nodiscard]] ByteCount size() const override { return source_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    bytes_ += into.size();
    return source_.ReadAt(ctx, offset, into);
  }

 private:
  StringSource source_;
  ByteCount& bytes_;
};

TEST(SealedStore, ReadsOnlyTheSegmentsOfARange) {
  Bench bench;
  const std::string content = Text(100 * kSmall);
  bench.Put(content);
  ByteCount bytes = 0;
  const auto reader = OpenSealed(Context(), std::make_unique<CountingReader>(bench.Stored(), bytes),
                                 *bench.keys, kKey)
                          .value();
  bytes = 0;
  std::string text(kSmall, '?');
  ASSERT_TRUE(reader->ReadAt(Context(), 50 * kSmall + 3, std::as_writable_bytes(std::span(text))));
  EXPECT_EQ(text, content.substr(50 * kSmall + 3, kSmall));
  EXPECT_EQ(bytes, 2 * kSealedSmall);
  // What goes on in a segment that was used in part asks for nothing.
  ASSERT_TRUE(
      reader->ReadAt(Context(), 51 * kSmall + 3, std::as_writable_bytes(std::span(text).first(8))));
  EXPECT_EQ(bytes, 2 * kSealedSmall);
}

RC_GTEST_PROP(SealedStore, GivesBackAnyRange, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 40 * kSmall);
  const auto offset = *rc::gen::inRange<std::size_t>(0, size + 20);
  const auto length = *rc::gen::inRange<std::size_t>(1, 40 * kSmall);
  Bench bench;
  const std::string content = Text(size);
  bench.Put(content);
  const auto reader = bench.store.Open(Context(), kKey).value();
  RC_ASSERT(reader->size() == size);
  for (int again = 0; again < 2; ++again) {
    std::string text(length, '?');
    const auto count =
        reader->ReadAt(Context(), offset, std::as_writable_bytes(std::span(text))).value();
    RC_ASSERT(text.substr(0, count) ==
              (offset < size ? content.substr(offset, length) : std::string()));
  }
}

// Gives a few bytes at a time, as a network does.
class Drip final : public ByteReader {
 public:
  explicit Drip(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& /*ctx*/, ByteSpan into) override {
    const std::size_t count = std::min({into.size(), text_.size() - at_, std::size_t{7}});
    std::copy_n(BytesOf(text_).begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

Result<std::string> Unsealed(KeyRing& keys, const std::string& stored) {
  Drip drip(stored.substr(std::min<std::size_t>(8, stored.size())));
  ASSIGN_OR_RETURN(const auto stream, UnsealStream(Context(), drip, stored.substr(0, 8), keys));
  return ReadAll(Context(), *stream, ByteCount{1} << 20);
}

TEST(UnsealStream, GivesWhatWasSealedAndNothingOfACutOne) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{3}, kSmall, 200 * kSmall + 1}) {
    Bench bench;
    const std::string content = Text(bytes);
    bench.Put(content);
    const std::string stored = bench.Stored();
    const auto unsealed = Unsealed(*bench.keys, stored);
    ASSERT_TRUE(unsealed) << unsealed.error().Sentence();
    EXPECT_EQ(*unsealed, content);
    const std::size_t step = std::max<std::size_t>(1, stored.size() / 300);
    for (std::size_t length = 8; length < stored.size(); length += step) {
      const auto cut = Unsealed(*bench.keys, stored.substr(0, length));
      ASSERT_FALSE(cut) << length;
      EXPECT_EQ(cut.error().code, ErrorCode::kArchiveCorrupt);
    }
    // Cut right behind a segment, and with one more.
    if (bytes > kSmall) {
      EXPECT_FALSE(Unsealed(*bench.keys, stored.substr(0, stored.size() - kSegmentExtraBytes - 1)));
    }
    EXPECT_FALSE(Unsealed(*bench.keys, stored + "x"));
    for (std::size_t at = 8; at < stored.size(); at += step) {
      std::string altered = stored;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      EXPECT_FALSE(Unsealed(*bench.keys, altered)) << at;
    }
  }
}

}  // namespace
}  // namespace reprise::storage
