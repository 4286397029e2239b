#include "storage/sealed_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <vector>

namespace reprise::storage {
namespace {

constexpr ByteCount kMostSegmentsAtOnce = 8;
constexpr std::size_t kMostKept = 4;

using Plain = std::shared_ptr<const std::vector<std::byte>>;

tl::unexpected<Error> Altered(ByteCount number) {
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("segment {} of the sealed archive is not what was written", number),
              "it was altered, cut off or exchanged in the storage; use another backup, and find "
              "out who writes there");
}

class SealedReader final : public RandomReader {
 public:
  SealedReader(std::unique_ptr<RandomReader> from, const SealedHeader& header,
               const SealedExtent& extent, SegmentCipher cipher)
      : from_(std::move(from)),
        header_bytes_(header.bytes()),
        plain_segment_(header.segment_bytes()),
        sealed_segment_(header.sealed_segment_bytes()),
        extent_(extent),
        cipher_(std::move(cipher)) {}

  // That the end is the object's end.
  [[nodiscard]] Status CheckEnd(const Context& ctx) {
    const ByteCount last = extent_.segments - 1;
    ASSIGN_OR_RETURN(const auto sealed, Fetch(ctx, last, 1));
    std::vector<std::byte> plain(PlainBytesOf(last));
    RETURN_IF_ERROR(OpenSegment(sealed, last, plain));
    Keep(last, std::make_shared<const std::vector<std::byte>>(std::move(plain)));
    return {};
  }

  [[nodiscard]] ByteCount size() const override { return extent_.plain_bytes; }

  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    if (offset >= size()) return 0;
    into = into.first(static_cast<std::size_t>(std::min<ByteCount>(into.size(), size() - offset)));
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ByteCount at = offset + filled;
      const ByteSpan rest = into.subspan(filled);
      if (const Plain kept = Find(at / plain_segment_)) {
        filled += CopyPart(*kept, at, rest);
      } else {
        ASSIGN_OR_RETURN(const std::size_t count, ReadRun(ctx, at, rest));
        filled += count;
      }
    }
    return filled;
  }

 private:
  [[nodiscard]] std::size_t PlainBytesOf(ByteCount number) const {
    const ByteCount start = number * plain_segment_;
    return static_cast<std::size_t>(std::min(plain_segment_, extent_.plain_bytes - start));
  }

  [[nodiscard]] std::size_t CopyPart(const std::vector<std::byte>& segment, ByteCount at,
                                     ByteSpan into) const {
    const auto skip = static_cast<std::size_t>(at % plain_segment_);
    const std::size_t count = std::min(into.size(), segment.size() - skip);
    std::memcpy(into.data(), segment.data() + skip, count);
    return count;
  }

  Result<std::vector<std::byte>> Fetch(const Context& ctx, ByteCount first, ByteCount count) {
    const ByteCount last = first + count - 1;
    const ByteCount bytes = (count - 1) * sealed_segment_ + PlainBytesOf(last) + kSegmentExtraBytes;
    std::vector<std::byte> sealed(static_cast<std::size_t>(bytes));
    ASSIGN_OR_RETURN(const std::size_t got,
                     from_->ReadAt(ctx, header_bytes_ + first * sealed_segment_, sealed));
    if (got != sealed.size()) return Altered(last);
    return sealed;
  }

  Status OpenSegment(ConstByteSpan sealed, ByteCount number, ByteSpan plain) const {
    SegmentPlace place = SegmentPlace::kInside;
    const bool opened = cipher_.Open(sealed, number, plain, place);
    const bool is_last = number + 1 == extent_.segments;
    if (!opened || is_last != (place == SegmentPlace::kLast)) return Altered(number);
    return {};
  }

  // Segments from the one of `at` on, fetched at once: those that are wanted whole are opened in
  // place, the others are kept.
  Result<std::size_t> ReadRun(const Context& ctx, ByteCount at, ByteSpan into) {
    const ByteCount first = at / plain_segment_;
    const ByteCount wanted = (at + into.size() - 1) / plain_segment_ - first + 1;
    const ByteCount count = std::min(wanted, kMostSegmentsAtOnce);
    ASSIGN_OR_RETURN(const auto fetched, Fetch(ctx, first, count));
    ConstByteSpan sealed = fetched;
    std::size_t filled = 0;
    for (ByteCount number = first; number < first + count; ++number) {
      const std::size_t plain_bytes = PlainBytesOf(number);
      const ConstByteSpan one = sealed.first(plain_bytes + kSegmentExtraBytes);
      sealed = sealed.subspan(one.size());
      const ByteSpan rest = into.subspan(filled);
      if ((at + filled) % plain_segment_ == 0 && rest.size() >= plain_bytes) {
        RETURN_IF_ERROR(OpenSegment(one, number, rest.first(plain_bytes)));
        filled += plain_bytes;
        continue;
      }
      std::vector<std::byte> plain(plain_bytes);
      RETURN_IF_ERROR(OpenSegment(one, number, plain));
      filled += CopyPart(plain, at + filled, rest);
      Keep(number, std::make_shared<const std::vector<std::byte>>(std::move(plain)));
    }
    return filled;
  }

  Plain Find(ByteCount number) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const auto& one) { return one.first == number; });
    if (found == kept_.end()) return nullptr;
    kept_.splice(kept_.begin(), kept_, found);
    return found->second;
  }

  void Keep(ByteCount number, Plain plain) {
    const std::scoped_lock lock(mutex_);
    kept_.emplace_front(number, std::move(plain));
    if (kept_.size() > kMostKept) kept_.pop_back();
  }

  const std::unique_ptr<RandomReader> from_;
  const ByteCount header_bytes_;
  const ByteCount plain_segment_;
  const ByteCount sealed_segment_;
  const SealedExtent extent_;
  const SegmentCipher cipher_;
  std::mutex mutex_;
  std::list<std::pair<ByteCount, Plain>> kept_;  // the last used first
};

class UnsealedStream final : public ByteReader {
 public:
  UnsealedStream(ByteReader& from, std::string first, const SealedHeader& header,
                 SegmentCipher cipher)
      : from_(from),
        first_(std::move(first)),
        sealed_(static_cast<std::size_t>(header.sealed_segment_bytes())),
        cipher_(std::move(cipher)) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    while (at_ == plain_.size()) {
      if (ended_) return 0;
      RETURN_IF_ERROR(Next(ctx));
    }
    const std::size_t count = std::min(into.size(), plain_.size() - at_);
    std::memcpy(into.data(), plain_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  // Bytes that were taken already, then those that still come.
  Result<std::size_t> Fill(const Context& ctx, ByteSpan into) {
    const std::size_t count = std::min(into.size(), first_.size());
    std::memcpy(into.data(), first_.data(), count);
    first_.erase(0, count);
    if (count == into.size()) return count;
    ASSIGN_OR_RETURN(const std::size_t more, ReadFull(ctx, from_, into.subspan(count)));
    return count + more;
  }

  Status Next(const Context& ctx) {
    ASSIGN_OR_RETURN(const std::size_t got, Fill(ctx, sealed_));
    if (got < kSegmentExtraBytes) return Altered(number_);
    plain_.resize(got - kSegmentExtraBytes);
    at_ = 0;
    SegmentPlace place = SegmentPlace::kInside;
    if (!cipher_.Open(ConstByteSpan(sealed_).first(got), number_, plain_, place)) {
      return Altered(number_);
    }
    ended_ = place == SegmentPlace::kLast;
    if (!ended_ && got < sealed_.size()) return Altered(number_);
    if (ended_) {
      std::byte beyond{};
      ASSIGN_OR_RETURN(const std::size_t more, Fill(ctx, ByteSpan(&beyond, 1)));
      if (more != 0) return Altered(number_ + 1);
    }
    ++number_;
    return {};
  }

  ByteReader& from_;
  std::string first_;
  std::vector<std::byte> sealed_;
  const SegmentCipher cipher_;
  std::vector<std::byte> plain_;
  std::size_t at_ = 0;
  ByteCount number_ = 0;
  bool ended_ = false;
};

Result<SegmentCipher> CipherFor(const Context& ctx, KeyRing& keys, const SealedHeader& header) {
  auto key = keys.Find(ctx, header.key_id);
  if (!key) {
    // That a key is not known must not look as if the object were gone.
    if (key.error().code == ErrorCode::kNotFound) key.error().code = ErrorCode::kFormatUnsupported;
    return Fail(std::move(key.error()).While("opening the sealed " + header.name));
  }
  return SegmentCipher::ForExisting(*key, header);
}

}  // namespace

Result<SealedHeader> ReadSealedHeader(const Context& ctx, RandomReader& from) {
  std::string first(static_cast<std::size_t>(std::min<ByteCount>(from.size(), kMostHeaderBytes)),
                    '\0');
  if (!first.empty()) {
    ASSIGN_OR_RETURN(const std::size_t got,
                     from.ReadAt(ctx, 0, std::as_writable_bytes(std::span(first))));
    first.resize(got);
  }
  return ParseSealedHeader(first);
}

Result<std::unique_ptr<RandomReader>> OpenSealed(const Context& ctx,
                                                 std::unique_ptr<RandomReader> from, KeyRing& keys,
                                                 std::string_view name) {
  ASSIGN_OR_RETURN(const SealedHeader header, ReadSealedHeader(ctx, *from));
  if (!name.empty() && header.name != name) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("what lies at {} in the storage was written as another object", name),
                "somebody has exchanged archives in the storage; use another backup");
  }
  ASSIGN_OR_RETURN(const SealedExtent extent, ExtentOf(header, from->size()));
  ASSIGN_OR_RETURN(SegmentCipher cipher, CipherFor(ctx, keys, header));
  auto reader = std::make_unique<SealedReader>(std::move(from), header, extent, std::move(cipher));
  RETURN_IF_ERROR(reader->CheckEnd(ctx));
  return reader;
}

Result<std::unique_ptr<ByteReader>> UnsealStream(const Context& ctx, ByteReader& from,
                                                 std::string first, KeyRing& keys) {
  const std::size_t had = first.size();
  if (had < kMostHeaderBytes) {
    first.resize(kMostHeaderBytes);
    ASSIGN_OR_RETURN(const std::size_t got,
                     ReadFull(ctx, from, std::as_writable_bytes(std::span(first)).subspan(had)));
    first.resize(had + got);
  }
  ASSIGN_OR_RETURN(const SealedHeader header, ParseSealedHeader(first));
  ASSIGN_OR_RETURN(SegmentCipher cipher, CipherFor(ctx, keys, header));
  first.erase(0, static_cast<std::size_t>(header.bytes()));
  return std::make_unique<UnsealedStream>(from, std::move(first), header, std::move(cipher));
}

}  // namespace reprise::storage
