#include "storage/sealed_format.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cstdlib>

#include "base/hex.hpp"

namespace reprise::storage {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kFixedBytes = 12 + kIdBytes;  // before the name
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kWrappedBytes = kArchiveKeyBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr int kLeastLog2 = 4;
constexpr int kMostLog2 = 24;

static_assert(kArchiveKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kArchiveKeyBytes == crypto_secretstream_xchacha20poly1305_KEYBYTES);
static_assert(kSegmentExtraBytes ==
              kStreamHeaderBytes + crypto_secretstream_xchacha20poly1305_ABYTES);
static_assert(kLeastHeaderBytes == kFixedBytes + kNonceBytes + kWrappedBytes);

void EnsureSodium() {
  if (sodium_init() < 0) std::abort();
}

std::string IdBytesOf(std::string_view uuid) {
  std::string digits;
  for (const char c : uuid) {
    if (c != '-') digits += c;
  }
  std::string bytes = FromHex(digits);
  bytes.resize(kIdBytes, '\0');
  return bytes;
}

std::string UuidOf(std::string_view bytes) {
  std::string text = ToHex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

std::array<unsigned char, 8> NumberBytes(std::uint64_t number) {
  std::array<unsigned char, 8> bytes{};
  for (unsigned char& byte : bytes) {
    byte = static_cast<unsigned char>(number & 0xFFU);
    number >>= 8U;
  }
  return bytes;
}

tl::unexpected<Error> Unreadable(std::string why) {
  return Fail(ErrorCode::kArchiveCorrupt, std::move(why),
              "it was cut off or altered; use another backup");
}

}  // namespace

bool LooksSealed(std::string_view first_bytes) { return first_bytes.starts_with(kSealedMagic); }

Result<SealedExtent> ExtentOf(const SealedHeader& header, ByteCount stored) {
  if (stored > header.bytes()) {
    const ByteCount rest = stored - header.bytes();
    const ByteCount each = header.sealed_segment_bytes();
    const ByteCount segments = (rest + each - 1) / each;
    const ByteCount last = rest - (segments - 1) * each;
    // Only an object without any bytes has a segment without any.
    const bool whole = last > kSegmentExtraBytes || (last == kSegmentExtraBytes && segments == 1);
    if (whole) return SealedExtent{segments, rest - segments * kSegmentExtraBytes};
  }
  return Unreadable(
      fmt::format("the sealed archive ends at byte {}, in the middle of something", stored));
}

Result<SealedHeader> ParseSealedHeader(std::string_view first_bytes) {
  if (!LooksSealed(first_bytes)) return Unreadable("the archive is not sealed, but should be");
  if (first_bytes.size() < kLeastHeaderBytes) {
    return Unreadable("the sealed archive ends within its header");
  }
  if (first_bytes[8] != kVersion) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("the archive is sealed in version {} of the format, which is not known",
                            static_cast<int>(static_cast<unsigned char>(first_bytes[8]))),
                "use the version of reprise that made it, or a newer one");
  }
  SealedHeader header;
  header.segment_log2 = static_cast<unsigned char>(first_bytes[9]);
  if (header.segment_log2 < kLeastLog2 || header.segment_log2 > kMostLog2) {
    return Unreadable("the sealed archive's header names a segment size that none has");
  }
  const std::size_t name_bytes = static_cast<unsigned char>(first_bytes[10]) +
                                 256U * static_cast<unsigned char>(first_bytes[11]);
  if (kLeastHeaderBytes + name_bytes > std::min(first_bytes.size(), kMostHeaderBytes)) {
    return Unreadable("the sealed archive ends within its header");
  }
  header.key_id = UuidOf(first_bytes.substr(12, kIdBytes));
  header.name = first_bytes.substr(kFixedBytes, name_bytes);
  header.bound = first_bytes.substr(0, kFixedBytes + name_bytes);
  header.wrapped = first_bytes.substr(header.bound.size(), kNonceBytes + kWrappedBytes);
  return header;
}

SegmentCipher SegmentCipher::ForNew(const ArchiveKey& key, std::string_view name, int segment_log2,
                                    SealedHeader& header) {
  EnsureSodium();
  header.key_id = key.id;
  header.name = name;
  header.segment_log2 = segment_log2;
  header.bound = kSealedMagic;
  header.bound += kVersion;
  header.bound += static_cast<char>(segment_log2);
  header.bound += static_cast<char>(name.size() & 0xFFU);
  header.bound += static_cast<char>(name.size() >> 8U);
  header.bound += IdBytesOf(key.id);
  header.bound += name;

  std::string object_key(kArchiveKeyBytes, '\0');
  crypto_secretstream_xchacha20poly1305_keygen(Bytes(object_key));
  std::string nonce(kNonceBytes, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string wrapped(kWrappedBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      Bytes(wrapped), nullptr, Bytes(std::string_view(object_key)), object_key.size(),
      Bytes(std::string_view(header.bound)), header.bound.size(), nullptr,
      Bytes(std::string_view(nonce)), Bytes(std::string_view(key.secret)));
  header.wrapped = nonce + wrapped;
  return SegmentCipher(std::move(object_key));
}

Result<SegmentCipher> SegmentCipher::ForExisting(const ArchiveKey& key,
                                                 const SealedHeader& header) {
  EnsureSodium();
  const std::string_view nonce = std::string_view(header.wrapped).substr(0, kNonceBytes);
  const std::string_view wrapped = std::string_view(header.wrapped).substr(kNonceBytes);
  std::string object_key(kArchiveKeyBytes, '\0');
  if (key.secret.size() == kArchiveKeyBytes && wrapped.size() == kWrappedBytes &&
      crypto_aead_xchacha20poly1305_ietf_decrypt(
          Bytes(object_key), nullptr, nullptr, Bytes(wrapped), wrapped.size(),
          Bytes(std::string_view(header.bound)), header.bound.size(), Bytes(nonce),
          Bytes(std::string_view(key.secret))) == 0) {
    return SegmentCipher(std::move(object_key));
  }
  return Unreadable(fmt::format(
      "the sealed archive's header does not open with the key {} that it names", header.key_id));
}

std::string SegmentCipher::Seal(ConstByteSpan plain, std::uint64_t number,
                                SegmentPlace place) const {
  crypto_secretstream_xchacha20poly1305_state state;
  std::string sealed(plain.size() + kSegmentExtraBytes, '\0');
  unsigned char* const at = Bytes(sealed);
  crypto_secretstream_xchacha20poly1305_init_push(&state, at, Bytes(std::string_view(key_)));
  const auto bound = NumberBytes(number);
  const unsigned char tag = place == SegmentPlace::kLast
                                ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  crypto_secretstream_xchacha20poly1305_push(&state, at + kStreamHeaderBytes, nullptr,
                                             Bytes(TextOf(plain)), plain.size(), bound.data(),
                                             bound.size(), tag);
  sodium_memzero(&state, sizeof(state));
  return sealed;
}

bool SegmentCipher::Open(ConstByteSpan sealed, std::uint64_t number, ByteSpan plain,
                         SegmentPlace& place) const {
  if (sealed.size() != plain.size() + kSegmentExtraBytes) return false;
  crypto_secretstream_xchacha20poly1305_state state;
  const unsigned char* const from = Bytes(TextOf(sealed));
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state, from,
                                                      Bytes(std::string_view(key_))) != 0) {
    return false;
  }
  const auto bound = NumberBytes(number);
  unsigned char tag = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes, as libsodium names them
  auto* const into = reinterpret_cast<unsigned char*>(plain.data());
  const int opened = crypto_secretstream_xchacha20poly1305_pull(
      &state, into, nullptr, &tag, from + kStreamHeaderBytes, sealed.size() - kStreamHeaderBytes,
      bound.data(), bound.size());
  sodium_memzero(&state, sizeof(state));
  place = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL ? SegmentPlace::kLast
                                                                 : SegmentPlace::kInside;
  return opened == 0;
}

}  // namespace reprise::storage
