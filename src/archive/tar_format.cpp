#include "archive/tar_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "archive/printable.hpp"

namespace reprise::archive {
namespace {

// POSIX.1-1988 ustar: where each field begins, and its length.
struct Place {
  std::size_t at;
  std::size_t length;
};
constexpr Place kName{0, 100};
constexpr Place kMode{100, 8};
constexpr Place kUid{108, 8};
constexpr Place kGid{116, 8};
constexpr Place kSize{124, 12};
constexpr Place kTime{136, 12};
constexpr Place kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Place kMagic{257, 6};
constexpr Place kVersion{263, 2};
constexpr Place kPrefix{345, 155};

std::string_view FieldOf(const TarBlock& block, Place place) {
  return std::string_view(block.data(), block.size()).substr(place.at, place.length);
}

std::string_view TextField(const TarBlock& block, Place place) {
  const std::string_view field = FieldOf(block, place);
  return field.substr(0, field.find('\0'));
}

// Octal digits ended by a space, a zero or the field; or base 256 with the top bit set (GNU).
std::optional<ByteCount> NumberField(const TarBlock& block, Place place) {
  std::string_view field = FieldOf(block, place);
  ByteCount value = 0;
  constexpr unsigned kTopBit = 0x80;
  if ((static_cast<unsigned char>(field.front()) & kTopBit) != 0) {
    const auto first = static_cast<unsigned char>(field.front());
    if (first != kTopBit) return std::nullopt;  // negative, or beyond 64 bits
    for (const char c : field.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  while (field.starts_with(' ')) field.remove_prefix(1);
  for (const char c : field) {
    if (c == ' ' || c == '\0') break;
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3U | static_cast<ByteCount>(c - '0');
  }
  return value;
}

ByteCount ChecksumOf(const TarBlock& block) {
  ByteCount sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.at && i < kChecksum.at + kChecksum.length;
    sum += own ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block.at(i));
  }
  return sum;
}

TarKind KindOf(char type) {
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return TarKind::kFile;
    case '5':
      return TarKind::kDirectory;
    case 'L':
      return TarKind::kLongName;
    case 'x':
    case 'g':
      return TarKind::kPax;
    default:
      return TarKind::kOther;
  }
}

void PutText(TarBlock& block, Place place, std::string_view text) {
  text.substr(0, place.length).copy(block.data() + place.at, place.length);
}

void PutNumber(TarBlock& block, Place place, ByteCount value) {
  const std::size_t digits = place.length - 1;
  if (value >> (3 * digits) == 0) {
    PutText(block, place, fmt::format("{:0{}o}", value, digits));
    return;
  }
  for (std::size_t i = place.length; i-- > 1; value >>= 8U) {
    block.at(place.at + i) = static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
  }
  block.at(place.at) = static_cast<char>(static_cast<unsigned char>(0x80));
}

tl::unexpected<Error> BadHeader(std::string_view why) {
  return Fail(ErrorCode::kArchiveCorrupt, fmt::format("a tar header is damaged: {}", why));
}

}  // namespace

bool IsZeroBlock(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

Result<TarHeader> ParseTarHeader(const TarBlock& block) {
  if (NumberField(block, kChecksum) != ChecksumOf(block)) return BadHeader("wrong checksum");
  const std::optional<ByteCount> size = NumberField(block, kSize);
  constexpr ByteCount kMostSize = ByteCount{1} << 50;
  if (!size || *size > kMostSize) return BadHeader("it tells no size");
  TarHeader header;
  header.size = *size;
  header.type = block.at(kType);
  header.kind = KindOf(header.type);
  header.name = TextField(block, kName);
  // GNU's own magic, "ustar " with a space, keeps other things where the prefix would be.
  if (FieldOf(block, kMagic) == std::string_view("ustar\0", kMagic.length)) {
    const std::string_view prefix = TextField(block, kPrefix);
    if (!prefix.empty()) header.name = fmt::format("{}/{}", prefix, header.name);
  }
  return header;
}

TarBlock MakeTarHeader(std::string_view prefix, std::string_view name, ByteCount size) {
  constexpr ByteCount kReadable = 0644;
  // When a file was written is not kept. Zip, and so Odoo's own backup, knows no time before 1980.
  constexpr ByteCount kYear2000 = 946684800;  // seconds since 1970
  TarBlock block{};
  PutText(block, kName, name);
  PutNumber(block, kMode, kReadable);
  PutNumber(block, kUid, 0);
  PutNumber(block, kGid, 0);
  PutNumber(block, kSize, size);
  PutNumber(block, kTime, kYear2000);
  block.at(kType) = '0';
  PutText(block, kMagic, std::string_view("ustar\0", kMagic.length));
  PutText(block, kVersion, "00");
  PutText(block, kPrefix, prefix);
  // Six digits, a zero, a space: as every tar writes it.
  PutText(block, kChecksum, fmt::format("{:06o}", ChecksumOf(block)));
  block.at(kChecksum.at + kChecksum.length - 1) = ' ';
  return block;
}

Result<PaxFields> ParsePax(std::string_view records) {
  PaxFields fields;
  while (!records.empty() && records.front() != '\0') {
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || length > records.size() || length < digits + 3 || *end != ' ' ||
        records[length - 1] != '\n') {
      return BadHeader("malformed pax record");
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return BadHeader("malformed pax record");
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path") {
      fields.path = value;
    } else if (key == "size") {
      ByteCount size = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), size);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) {
        return BadHeader("malformed pax size");
      }
      fields.size = size;
    } else if (key == "linkpath" || key.starts_with("GNU.sparse")) {
      return Fail(ErrorCode::kArchiveHostile,
                  fmt::format("the tar holds a link or sparse file ({}): no backup holds that",
                              Printable(key)));
    }
    records.remove_prefix(length);
  }
  return fields;
}

}  // namespace reprise::archive
