#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hpp"
#include "storage/archive_key.hpp"

// A sealed object (docs/encryption.md): a header, then segments of equal size, each a libsodium
// secretstream of its own, so that a range is read without what is before it.
//   header   "RPSEALED", version (1), log2 of a segment's plain bytes (1), length of the name (2),
//            id of the organization's key (16), name, nonce (24), the object's key wrapped (48)
//   segment  secretstream header (24), then one message: ciphertext, tag and MAC (17 more)
// The object's key is wrapped with all that is before the nonce as associated data, so the name
// (the object's key in its storage) is bound to it; a segment is bound to its number, and the last
// one alone carries the tag FINAL. Numbers are little-endian.
namespace reprise::storage {

inline constexpr std::string_view kSealedMagic = "RPSEALED";
inline constexpr std::size_t kSegmentExtraBytes = 24 + 17;
inline constexpr int kSegmentLog2 = 20;  // what is written
inline constexpr std::size_t kLeastHeaderBytes = 28 + 24 + 48;
inline constexpr std::size_t kMostHeaderBytes = kLeastHeaderBytes + 1024;

[[nodiscard]] bool LooksSealed(std::string_view first_bytes);

struct SealedHeader {
  std::string key_id;
  std::string name;
  int segment_log2 = kSegmentLog2;
  std::string bound;    // the bytes that the wrapping vouches for
  std::string wrapped;  // nonce and wrapped key

  [[nodiscard]] ByteCount bytes() const { return bound.size() + wrapped.size(); }
  [[nodiscard]] ByteCount segment_bytes() const { return ByteCount{1} << segment_log2; }
  [[nodiscard]] ByteCount sealed_segment_bytes() const {
    return segment_bytes() + kSegmentExtraBytes;
  }
};

// How many segments and plain bytes an object of `stored` bytes holds. kArchiveCorrupt for a size
// that none has.
struct SealedExtent {
  ByteCount segments = 0;
  ByteCount plain_bytes = 0;
};
[[nodiscard]] Result<SealedExtent> ExtentOf(const SealedHeader& header, ByteCount stored);

// Of the first bytes of an object, which may go on past it. kArchiveCorrupt when there is none.
[[nodiscard]] Result<SealedHeader> ParseSealedHeader(std::string_view first_bytes);

enum class SegmentPlace { kInside, kLast };

// Seals and opens the segments of one object. Thread-safe.
class SegmentCipher {
 public:
  // A new object named `name`, with a key of its own; `header` becomes what stands before the
  // segments.
  [[nodiscard]] static SegmentCipher ForNew(const ArchiveKey& key, std::string_view name,
                                            int segment_log2, SealedHeader& header);
  // kArchiveCorrupt when the header is not as it was written with this key.
  [[nodiscard]] static Result<SegmentCipher> ForExisting(const ArchiveKey& key,
                                                         const SealedHeader& header);

  [[nodiscard]] std::string Seal(ConstByteSpan plain, std::uint64_t number,
                                 SegmentPlace place) const;
  // `plain` has kSegmentExtraBytes less than `sealed`. Says where the segment stands; false for one
  // that does not open as `number`.
  [[nodiscard]] bool Open(ConstByteSpan sealed, std::uint64_t number, ByteSpan plain,
                          SegmentPlace& place) const;

 private:
  explicit SegmentCipher(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace reprise::storage
