#include "archive/zip_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "archive/budget.hpp"
#include "archive/hints.hpp"
#include "archive/little_endian.hpp"
#include "archive/printable.hpp"
#include "archive/read_ahead.hpp"
#include "archive/zip_format.hpp"

namespace reprise::archive {
namespace {

constexpr ByteCount kMostDirectoryBytes = ByteCount{512} << 20;
constexpr std::size_t kMostNameBytes = 1024;

struct DirectoryPlace {
  ByteCount offset = 0;
  ByteCount length = 0;
  ByteCount entries = 0;
};

tl::unexpected<Error> Inconsistent(std::string_view what) {
  return Fail(ErrorCode::kArchiveCorrupt, fmt::format("the zip's directory is damaged: {}", what),
              kCutOffHint);
}

// The end record stands last, followed by a comment that reaches exactly to the end.
std::optional<std::size_t> FindEnd(std::string_view tail) {
  if (tail.size() < zip::kEndBytes) return std::nullopt;
  for (std::size_t at = tail.size() - zip::kEndBytes + 1; at-- > 0;) {
    if (LittleEndianAt<std::uint32_t>(tail, at) != zip::kEnd) continue;
    const auto comment = LittleEndianAt<std::uint16_t>(tail, at + 20);
    if (at + zip::kEndBytes + comment == tail.size()) return at;
  }
  return std::nullopt;
}

Result<DirectoryPlace> ReadEnd64(const Context& ctx, RandomReader& source, ByteCount end_offset) {
  if (end_offset < zip::kEnd64LocatorBytes) return Inconsistent("no zip64 record");
  const ByteCount locator_offset = end_offset - zip::kEnd64LocatorBytes;
  ASSIGN_OR_RETURN(const std::string locator,
                   ReadExactly(ctx, source, locator_offset, zip::kEnd64LocatorBytes));
  if (LittleEndianAt<std::uint32_t>(locator, 0) != zip::kEnd64Locator) {
    return Inconsistent("no zip64 record");
  }
  const auto record_offset = LittleEndianAt<std::uint64_t>(locator, 8);
  if (record_offset > locator_offset || locator_offset - record_offset < zip::kEnd64Bytes) {
    return Inconsistent("its zip64 record is not where it should be");
  }
  ASSIGN_OR_RETURN(const std::string record,
                   ReadExactly(ctx, source, record_offset, zip::kEnd64Bytes));
  if (LittleEndianAt<std::uint32_t>(record, 0) != zip::kEnd64) {
    return Inconsistent("its zip64 record is not where it should be");
  }
  DirectoryPlace place;
  place.entries = LittleEndianAt<std::uint64_t>(record, 32);
  place.length = LittleEndianAt<std::uint64_t>(record, 40);
  place.offset = LittleEndianAt<std::uint64_t>(record, 48);
  if (place.offset > record_offset || record_offset - place.offset != place.length) {
    return Inconsistent("it does not end where its zip64 record begins");
  }
  return place;
}

Result<DirectoryPlace> FindDirectory(const Context& ctx, RandomReader& source) {
  constexpr ByteCount kMostTail = zip::kEndBytes + std::numeric_limits<std::uint16_t>::max();
  const ByteCount tail_length = std::min(source.size(), kMostTail);
  const ByteCount tail_offset = source.size() - tail_length;
  ASSIGN_OR_RETURN(const std::string tail, ReadExactly(ctx, source, tail_offset, tail_length));
  const std::optional<std::size_t> at = FindEnd(tail);
  if (!at) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the zip is cut off: its directory, the last part of every zip, is "
                            "missing from these {} bytes",
                            source.size()),
                kCutOffHint);
  }
  const auto disk = LittleEndianAt<std::uint16_t>(tail, *at + 4);
  const auto disk_of_directory = LittleEndianAt<std::uint16_t>(tail, *at + 6);
  DirectoryPlace place;
  place.entries = LittleEndianAt<std::uint16_t>(tail, *at + 10);
  place.length = LittleEndianAt<std::uint32_t>(tail, *at + 12);
  place.offset = LittleEndianAt<std::uint32_t>(tail, *at + 16);
  const ByteCount end_offset = tail_offset + *at;
  if (place.entries == zip::kFull16 || place.length == zip::kFull32 ||
      place.offset == zip::kFull32) {
    Result<DirectoryPlace> place64 = ReadEnd64(ctx, source, end_offset);
    // 65,535 entries may be meant as they stand.
    if (place64 || place.length == zip::kFull32 || place.offset == zip::kFull32) return place64;
  }
  if (disk != 0 || disk_of_directory != 0) {
    return Fail(ErrorCode::kFormatUnsupported, "the zip is split into several volumes",
                "join the volumes into one zip first");
  }
  if (place.offset > end_offset || end_offset - place.offset != place.length) {
    return Inconsistent("it is not where the zip's end says");
  }
  return place;
}

// Walks over the extra fields for the zip64 one; nullopt-like empty view when there is none.
std::string_view FindZip64Extra(std::string_view extra) {
  while (extra.size() >= 4) {
    const auto id = LittleEndianAt<std::uint16_t>(extra, 0);
    const std::size_t length = LittleEndianAt<std::uint16_t>(extra, 2);
    if (extra.size() - 4 < length) return {};
    if (id == zip::kZip64Extra) return extra.substr(4, length);
    extra.remove_prefix(4 + length);
  }
  return {};
}

Status ApplyZip64(std::string_view extra, ZipEntry& entry) {
  std::string_view rest = FindZip64Extra(extra);
  for (ByteCount* field : {&entry.size, &entry.packed_size, &entry.header_offset}) {
    if (*field != zip::kFull32) continue;
    if (rest.size() < sizeof(std::uint64_t)) {
      return Inconsistent(fmt::format("the sizes of {} are missing", Printable(entry.name)));
    }
    *field = LittleEndianAt<std::uint64_t>(rest, 0);
    rest.remove_prefix(sizeof(std::uint64_t));
  }
  return {};
}

Status CheckKind(const ZipEntry& entry, std::uint32_t attributes, std::uint16_t flags,
                 std::uint16_t method) {
  // The upper half is a Unix mode, or zero where the maker's system has none.
  const std::uint32_t type = (attributes >> 16U) & S_IFMT;
  const bool directory = entry.name.ends_with('/');
  if (type != 0 && type != (directory ? S_IFDIR : S_IFREG)) {
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("the entry {} is {}: no backup holds that", Printable(entry.name),
                            type == S_IFLNK ? "a symbolic link" : "no regular file"));
  }
  if ((flags & zip::kFlagEncrypted) != 0) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("the entry {} is encrypted", Printable(entry.name)),
                "unpack the zip with its password and pack it again without one");
  }
  if (method != static_cast<std::uint16_t>(ZipMethod::kStored) &&
      method != static_cast<std::uint16_t>(ZipMethod::kDeflated)) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("the entry {} is packed by method {}, which is not supported",
                            Printable(entry.name), method),
                "pack it again as a plain zip (deflate)");
  }
  return {};
}

Status CheckSizes(const ZipEntry& entry, ByteCount directory_offset) {
  if (entry.header_offset > directory_offset ||
      directory_offset - entry.header_offset < zip::kLocalHeaderBytes + entry.name.size() ||
      directory_offset - entry.header_offset - zip::kLocalHeaderBytes - entry.name.size() <
          entry.packed_size) {
    return Inconsistent(fmt::format("{} would reach beyond the archive", Printable(entry.name)));
  }
  if (entry.method == ZipMethod::kStored && entry.size != entry.packed_size) {
    return Inconsistent(fmt::format("{} is stored but has two sizes", Printable(entry.name)));
  }
  if (!WithinBudget(entry.packed_size, entry.size)) {
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("{} claims to unpack from {} to {} bytes: a zip bomb",
                            Printable(entry.name), entry.packed_size, entry.size));
  }
  return {};
}

// Takes one record off the front of `records`.
Result<ZipEntry> ParseEntry(std::string_view& records, ByteCount directory_offset) {
  if (records.size() < zip::kCentralHeaderBytes ||
      LittleEndianAt<std::uint32_t>(records, 0) != zip::kCentralHeader) {
    return Inconsistent("an entry is not where it should be");
  }
  const auto flags = LittleEndianAt<std::uint16_t>(records, 8);
  const auto method = LittleEndianAt<std::uint16_t>(records, 10);
  const std::size_t name_length = LittleEndianAt<std::uint16_t>(records, 28);
  const std::size_t extra_length = LittleEndianAt<std::uint16_t>(records, 30);
  const std::size_t comment_length = LittleEndianAt<std::uint16_t>(records, 32);
  const auto attributes = LittleEndianAt<std::uint32_t>(records, 38);
  ZipEntry entry;
  entry.method = static_cast<ZipMethod>(method);
  entry.crc32 = LittleEndianAt<std::uint32_t>(records, 16);
  entry.packed_size = LittleEndianAt<std::uint32_t>(records, 20);
  entry.size = LittleEndianAt<std::uint32_t>(records, 24);
  entry.header_offset = LittleEndianAt<std::uint32_t>(records, 42);
  records.remove_prefix(zip::kCentralHeaderBytes);
  if (records.size() < name_length + extra_length + comment_length) {
    return Inconsistent("its last entry is cut off");
  }
  entry.name = records.substr(0, name_length);
  if (name_length > kMostNameBytes || entry.name.find('\0') != std::string::npos) {
    return Fail(
        ErrorCode::kArchiveHostile,
        fmt::format("the entry name {} is none that a backup holds", Printable(entry.name)));
  }
  RETURN_IF_ERROR(ApplyZip64(records.substr(name_length, extra_length), entry));
  records.remove_prefix(name_length + extra_length + comment_length);
  RETURN_IF_ERROR(CheckKind(entry, attributes, flags, method));
  RETURN_IF_ERROR(CheckSizes(entry, directory_offset));
  return entry;
}

// Entries that share bytes make a bomb out of a small file, and two truths out of one.
Status SetLimits(std::vector<ZipEntry>& entries, ByteCount directory_offset) {
  std::vector<ZipEntry*> by_offset;
  by_offset.reserve(entries.size());
  for (ZipEntry& entry : entries) by_offset.push_back(&entry);
  std::sort(by_offset.begin(), by_offset.end(), [](const ZipEntry* a, const ZipEntry* b) {
    return a->header_offset < b->header_offset;
  });
  ByteCount packed = 0;
  ByteCount unpacked = 0;
  for (std::size_t i = 0; i < by_offset.size(); ++i) {
    ZipEntry& entry = *by_offset[i];
    packed += entry.packed_size;
    unpacked += entry.size;
    entry.end_limit = i + 1 < by_offset.size() ? by_offset[i + 1]->header_offset : directory_offset;
    const ByteCount least = zip::kLocalHeaderBytes + entry.name.size() + entry.packed_size;
    if (entry.end_limit - entry.header_offset < least) {
      return Fail(ErrorCode::kArchiveHostile,
                  fmt::format("the entries {} and {} overlap", Printable(entry.name),
                              i + 1 < by_offset.size() ? Printable(by_offset[i + 1]->name)
                                                       : "the directory"));
    }
  }
  if (!WithinBudget(packed, unpacked)) {
    return Fail(
        ErrorCode::kArchiveHostile,
        fmt::format("the zip claims to unpack from {} to {} bytes: a zip bomb", packed, unpacked));
  }
  return {};
}

}  // namespace

Result<std::vector<ZipEntry>> ReadZipDirectory(const Context& ctx, RandomReader& source) {
  ASSIGN_OR_RETURN(const DirectoryPlace place, FindDirectory(ctx, source));
  if (place.length > kMostDirectoryBytes) {
    return Fail(
        ErrorCode::kArchiveHostile,
        fmt::format("the zip's directory has {} bytes, more than any backup's", place.length));
  }
  if (place.entries > place.length / zip::kCentralHeaderBytes) {
    return Inconsistent("it has room for fewer entries than it claims");
  }
  ASSIGN_OR_RETURN(const std::string bytes, ReadExactly(ctx, source, place.offset, place.length));
  std::string_view records = bytes;
  std::vector<ZipEntry> entries;
  entries.reserve(static_cast<std::size_t>(place.entries));
  for (ByteCount i = 0; i < place.entries; ++i) {
    ASSIGN_OR_RETURN(entries.emplace_back(), ParseEntry(records, place.offset));
  }
  if (!records.empty()) return Inconsistent("it holds more entries than it claims");
  RETURN_IF_ERROR(SetLimits(entries, place.offset));
  return entries;
}

}  // namespace reprise::archive
