#include <fmt/format.h>
#include <isa-l/crc.h>

#include <algorithm>
#include <array>

#include "archive/hints.hpp"
#include "archive/inflate.hpp"
#include "archive/little_endian.hpp"
#include "archive/printable.hpp"
#include "archive/read_ahead.hpp"
#include "archive/zip_directory.hpp"
#include "archive/zip_format.hpp"

namespace reprise::archive {
namespace {

// Holds an entry's stream to what the directory says of it.
class CheckedEntry final : public ByteReader {
 public:
  CheckedEntry(std::unique_ptr<ByteReader> from, const ZipEntry& entry)
      : from_(std::move(from)), name_(entry.name), left_(entry.size), expected_(entry.crc32) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (left_ == 0) {
      if (!checked_) RETURN_IF_ERROR(CheckEnd(ctx));
      return 0;
    }
    const auto want = static_cast<std::size_t>(std::min<ByteCount>(into.size(), left_));
    auto read = from_->Read(ctx, into.first(want));
    if (!read) return Fail(std::move(read.error()).While("reading " + Printable(name_)));
    if (*read == 0) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("{} unpacks to {} bytes less than the zip's directory says",
                              Printable(name_), left_));
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): isa-l takes unsigned char
    crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(into.data()), *read);
    left_ -= *read;
    if (left_ == 0) RETURN_IF_ERROR(CheckEnd(ctx));
    return *read;
  }

 private:
  [[nodiscard]] Status CheckEnd(const Context& ctx) {
    checked_ = true;
    std::array<std::byte, 1> extra{};
    auto read = from_->Read(ctx, extra);
    if (!read) return Fail(std::move(read.error()).While("reading " + Printable(name_)));
    if (*read != 0) {
      return Fail(
          ErrorCode::kArchiveHostile,
          fmt::format("{} unpacks to more bytes than the zip's directory says", Printable(name_)));
    }
    if (crc_ != expected_) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("{} is damaged: its checksum is {:08x} instead of {:08x}",
                              Printable(name_), crc_, expected_),
                  kDamagedHint);
    }
    return {};
  }

  std::unique_ptr<ByteReader> from_;
  std::string name_;
  ByteCount left_;
  std::uint32_t expected_;
  std::uint32_t crc_ = 0;
  bool checked_ = false;
};

}  // namespace

Result<ByteCount> FindZipData(const Context& ctx, RandomReader& source, const ZipEntry& entry) {
  ASSIGN_OR_RETURN(
      const std::string header,
      ReadExactly(ctx, source, entry.header_offset, zip::kLocalHeaderBytes + entry.name.size()));
  const std::size_t name_length = LittleEndianAt<std::uint16_t>(header, 26);
  const std::size_t extra_length = LittleEndianAt<std::uint16_t>(header, 28);
  if (LittleEndianAt<std::uint32_t>(header, 0) != zip::kLocalHeader ||
      LittleEndianAt<std::uint16_t>(header, 8) != static_cast<std::uint16_t>(entry.method) ||
      name_length != entry.name.size() ||
      std::string_view(header).substr(zip::kLocalHeaderBytes) != entry.name) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("what stands at byte {} is not {}, as the zip's directory says",
                            entry.header_offset, Printable(entry.name)),
                kCutOffHint);
  }
  const ByteCount data = entry.header_offset + zip::kLocalHeaderBytes + name_length + extra_length;
  if (data > entry.end_limit || entry.end_limit - data < entry.packed_size) {
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("the entry {} overlaps the next", Printable(entry.name)));
  }
  return data;
}

Result<std::unique_ptr<ByteReader>> OpenZipEntry(const Context& ctx, RandomReader& source,
                                                 const ZipEntry& entry) {
  ASSIGN_OR_RETURN(const ByteCount data, FindZipData(ctx, source, entry));
  std::unique_ptr<ByteReader> stream = OpenRange(source, data, entry.packed_size);
  if (entry.method == ZipMethod::kDeflated) {
    stream = std::make_unique<InflateReader>(std::move(stream), DeflateWrapping::kRaw);
  }
  return std::make_unique<CheckedEntry>(std::move(stream), entry);
}

}  // namespace reprise::archive
