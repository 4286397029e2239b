#include "archive/zip_writer.hpp"

#include <sys/stat.h>

#include "archive/crc32.hpp"
#include "archive/little_endian.hpp"
#include "archive/zip_format.hpp"

namespace reprise::archive {
namespace {

constexpr std::uint16_t kVersion = 45;  // zip64
constexpr std::uint16_t kMadeBy = 3U << 8U | kVersion;
constexpr std::uint16_t kMidnight = 0;
constexpr std::uint16_t kFirstOf1980 = 1U << 5U | 1U;  // the zip epoch: the manifest has the time
constexpr std::uint32_t kAttributes = std::uint32_t{S_IFREG | 0644} << 16U;

template <class Unsigned>
void Put(std::string& bytes, Unsigned value) {
  AppendLittleEndian(bytes, value);
}

void PutExtraHeader(std::string& bytes, std::size_t length) {
  Put(bytes, zip::kZip64Extra);
  Put(bytes, static_cast<std::uint16_t>(length));
}

std::uint32_t Clamp32(ByteCount value) {
  return value >= zip::kFull32 ? zip::kFull32 : static_cast<std::uint32_t>(value);
}

std::string LocalHeader(std::string_view name) {
  std::string bytes;
  Put(bytes, zip::kLocalHeader);
  Put(bytes, kVersion);
  Put(bytes, zip::kFlagDescriptor);
  Put(bytes, std::uint16_t{0});  // stored
  Put(bytes, kMidnight);
  Put(bytes, kFirstOf1980);
  Put(bytes, std::uint32_t{0});  // the CRC and the sizes come in the descriptor
  Put(bytes, zip::kFull32);
  Put(bytes, zip::kFull32);
  Put(bytes, static_cast<std::uint16_t>(name.size()));
  Put(bytes, static_cast<std::uint16_t>(4 + 2 * sizeof(std::uint64_t)));
  bytes += name;
  // Also says that the descriptor's sizes have 8 bytes each.
  PutExtraHeader(bytes, 2 * sizeof(std::uint64_t));
  Put(bytes, std::uint64_t{0});
  Put(bytes, std::uint64_t{0});
  return bytes;
}

std::string CentralHeader(std::string_view name, std::uint32_t crc32, ByteCount size,
                          ByteCount offset) {
  std::string extra;
  if (size >= zip::kFull32) {
    Put(extra, std::uint64_t{size});
    Put(extra, std::uint64_t{size});
  }
  if (offset >= zip::kFull32) Put(extra, std::uint64_t{offset});
  std::string bytes;
  Put(bytes, zip::kCentralHeader);
  Put(bytes, kMadeBy);
  Put(bytes, kVersion);
  Put(bytes, zip::kFlagDescriptor);
  Put(bytes, std::uint16_t{0});
  Put(bytes, kMidnight);
  Put(bytes, kFirstOf1980);
  Put(bytes, crc32);
  Put(bytes, Clamp32(size));
  Put(bytes, Clamp32(size));
  Put(bytes, static_cast<std::uint16_t>(name.size()));
  Put(bytes, static_cast<std::uint16_t>(extra.empty() ? 0 : 4 + extra.size()));
  Put(bytes, std::uint16_t{0});  // no comment
  Put(bytes, std::uint16_t{0});  // disk
  Put(bytes, std::uint16_t{0});  // internal attributes
  Put(bytes, kAttributes);
  Put(bytes, Clamp32(offset));
  bytes += name;
  if (!extra.empty()) {
    PutExtraHeader(bytes, extra.size());
    bytes += extra;
  }
  return bytes;
}

std::string End64(ByteCount entries, ByteCount length, ByteCount offset) {
  std::string bytes;
  Put(bytes, zip::kEnd64);
  Put(bytes, std::uint64_t{zip::kEnd64Bytes - 12});
  Put(bytes, kMadeBy);
  Put(bytes, kVersion);
  Put(bytes, std::uint32_t{0});
  Put(bytes, std::uint32_t{0});
  Put(bytes, std::uint64_t{entries});
  Put(bytes, std::uint64_t{entries});
  Put(bytes, std::uint64_t{length});
  Put(bytes, std::uint64_t{offset});
  Put(bytes, zip::kEnd64Locator);
  Put(bytes, std::uint32_t{0});
  Put(bytes, std::uint64_t{offset + length});
  Put(bytes, std::uint32_t{1});
  return bytes;
}

std::string End(std::size_t entries, ByteCount length, ByteCount offset) {
  std::string bytes;
  Put(bytes, zip::kEnd);
  Put(bytes, std::uint16_t{0});
  Put(bytes, std::uint16_t{0});
  Put(bytes, static_cast<std::uint16_t>(entries));
  Put(bytes, static_cast<std::uint16_t>(entries));
  Put(bytes, Clamp32(length));
  Put(bytes, Clamp32(offset));
  Put(bytes, std::uint16_t{0});
  return bytes;
}

}  // namespace

Status ZipWriter::Content::Write(const Context& ctx, ConstByteSpan bytes) {
  Entry& entry = zip_.entries_.back();
  entry.crc32 = Crc32(entry.crc32, bytes);
  entry.size += bytes.size();
  zip_.position_ += bytes.size();
  return zip_.sink_.Write(ctx, bytes);
}

void ZipWriter::AddElsewhere(ByteCount bytes, std::uint32_t crc32) {
  Entry& entry = entries_.back();
  entry.crc32 = CombineCrc32(entry.crc32, crc32, bytes);
  entry.size += bytes;
  position_ += bytes;
}

Status ZipWriter::Emit(const Context& ctx, std::string_view bytes) {
  position_ += bytes.size();
  return sink_.Write(ctx, BytesOf(bytes));
}

Status ZipWriter::BeginEntry(const Context& ctx, std::string_view name) {
  entries_.push_back({std::string(name), 0, 0, position_});
  return Emit(ctx, LocalHeader(name));
}

Status ZipWriter::EndEntry(const Context& ctx) {
  const Entry& entry = entries_.back();
  std::string descriptor;
  Put(descriptor, zip::kDataDescriptor);
  Put(descriptor, entry.crc32);
  Put(descriptor, std::uint64_t{entry.size});
  Put(descriptor, std::uint64_t{entry.size});
  return Emit(ctx, descriptor);
}

Status ZipWriter::Finish(const Context& ctx) {
  const ByteCount offset = position_;
  std::string bytes;
  for (const Entry& entry : entries_) {
    bytes += CentralHeader(entry.name, entry.crc32, entry.size, entry.offset);
  }
  const ByteCount length = bytes.size();
  if (offset >= zip::kFull32) bytes += End64(entries_.size(), length, offset);
  bytes += End(entries_.size(), length, offset);
  return Emit(ctx, bytes);
}

}  // namespace reprise::archive
