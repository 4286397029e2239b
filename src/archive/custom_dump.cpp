#include "archive/custom_dump.hpp"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "archive/custom_dump_input.hpp"
#include "archive/hints.hpp"
#include "archive/inflate.hpp"
#include "archive/printable.hpp"

// The layout is that of PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c.
namespace reprise::archive {
namespace {

constexpr int kFormatCustom = 1;
constexpr int kOldest = 12;  // minor of archive version 1.12
constexpr int kNewest = 16;
constexpr std::uint8_t kOffsetNotSet = 1;  // the entry has data; pg_dump wrote into a pipe
constexpr std::uint8_t kOffsetSet = 2;     // the entry has data
constexpr std::uint8_t kOffsetNoData = 3;
constexpr std::uint8_t kDataBlock = 1;
constexpr std::uint8_t kBlobsBlock = 3;
constexpr std::int64_t kMostEntries = 50'000'000;

// How the data is packed, as far as we unpack it.
enum class Packing { kNone, kZlib, kOther };

// The pieces of one table's data as a stream, to their end.
class ChunkReader final : public ByteReader {
 public:
  explicit ChunkReader(CustomDumpInput& in) : in_(in) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (ended_) return 0;
    if (left_ == 0) {
      ASSIGN_OR_RETURN(const std::int64_t length, in_.Int(ctx));
      if (length < 0) {
        return Fail(ErrorCode::kArchiveCorrupt,
                    fmt::format("the dump is damaged at byte {}: a piece of data has an impossible "
                                "length",
                                in_.position()),
                    kDamagedHint);
      }
      left_ = static_cast<ByteCount>(length);
      ended_ = length == 0;
      if (ended_) return 0;
    }
    const auto most = static_cast<std::size_t>(std::min<ByteCount>(left_, into.size()));
    ASSIGN_OR_RETURN(const std::size_t count, in_.Some(ctx, into.first(most)));
    left_ -= count;
    return count;
  }

 private:
  CustomDumpInput& in_;
  ByteCount left_ = 0;
  bool ended_ = false;
};

// The same stream for whoever wants to own one.
class Forwarded final : public ByteReader {
 public:
  explicit Forwarded(ByteReader& from) : from_(from) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    return from_.Read(ctx, into);
  }

 private:
  ByteReader& from_;
};

class CustomDumpReader {
 public:
  CustomDumpReader(const Context& ctx, ByteReader& dump, AttachmentScanner* attachments = nullptr)
      : ctx_(ctx), in_(dump), attachments_(attachments) {}

  Status ReadHeader();
  Status ReadToc();
  Status WalkData();
  CustomDumpInfo TakeInfo() { return std::move(info_); }

 private:
  Status ReadVersion();
  Status ReadEntry();
  Status SkipStrings(int count);
  Status SkipDependencies();
  Status WalkBlock(std::uint8_t type);
  Status WalkChunks();
  Status WalkBlobs();
  Status ScanAttachments();
  [[nodiscard]] tl::unexpected<Error> Damaged(std::string_view why) const {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the dump is damaged at byte {}: {}", in_.position(), why),
                kDamagedHint);
  }

  const Context& ctx_;
  CustomDumpInput in_;
  CustomDumpInfo info_;
  AttachmentScanner* attachments_;
  Packing packing_ = Packing::kOther;
  std::int64_t attachments_id_ = 0;  // dump id of their data, once their COPY was understood
  int minor_ = 0;
  std::unordered_map<std::int64_t, bool> seen_;  // by dump id: whether its data was met
};

Status CustomDumpReader::ReadVersion() {
  for (const char expected : std::string_view("PGDMP")) {
    ASSIGN_OR_RETURN(const std::uint8_t byte, in_.Byte(ctx_));
    if (byte != static_cast<std::uint8_t>(expected)) {
      return Fail(ErrorCode::kFormatUnsupported, "this is no pg_dump custom archive");
    }
  }
  ASSIGN_OR_RETURN(const std::uint8_t major, in_.Byte(ctx_));
  ASSIGN_OR_RETURN(const std::uint8_t minor, in_.Byte(ctx_));
  ASSIGN_OR_RETURN(const std::uint8_t revision, in_.Byte(ctx_));
  info_.archive_version = fmt::format("{}.{}.{}", major, minor, revision);
  minor_ = minor;
  if (major != 1 || minor < kOldest || minor > kNewest) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the dump has pg_dump's archive version {}, known are 1.{} to 1.{}",
                            info_.archive_version, kOldest, kNewest),
                "make it with pg_dump of PostgreSQL 9.0 to 18");
  }
  return {};
}

Status CustomDumpReader::ReadHeader() {
  RETURN_IF_ERROR(ReadVersion());
  ASSIGN_OR_RETURN(const std::uint8_t int_bytes, in_.Byte(ctx_));
  ASSIGN_OR_RETURN(const std::uint8_t offset_bytes, in_.Byte(ctx_));
  ASSIGN_OR_RETURN(const std::uint8_t format, in_.Byte(ctx_));
  constexpr std::uint8_t kMostWidth = 8;
  if (int_bytes == 0 || int_bytes > kMostWidth || offset_bytes == 0 || offset_bytes > kMostWidth) {
    return Damaged("its numbers have an impossible width");
  }
  in_.SetWidths(int_bytes, offset_bytes);
  if (format != kFormatCustom) {
    return Fail(ErrorCode::kFormatUnsupported,
                "the dump is the contents of pg_dump's tar or directory format, without the data",
                "make it in the custom format: pg_dump -Fc");
  }
  if (minor_ >= 15) {
    ASSIGN_OR_RETURN(const std::uint8_t method, in_.Byte(ctx_));
    packing_ = method == 0 ? Packing::kNone : method == 1 ? Packing::kZlib : Packing::kOther;
  } else {
    ASSIGN_OR_RETURN(const std::int64_t level, in_.Int(ctx_));
    packing_ = level == 0 ? Packing::kNone : Packing::kZlib;
  }
  constexpr int kTimeFields = 7;
  for (int i = 0; i < kTimeFields; ++i) RETURN_IF_ERROR(in_.Int(ctx_));
  ASSIGN_OR_RETURN(auto db_name, in_.String(ctx_));
  ASSIGN_OR_RETURN(auto server_version, in_.String(ctx_));
  ASSIGN_OR_RETURN(auto pg_dump_version, in_.String(ctx_));
  info_.db_name = std::move(db_name).value_or("");
  info_.server_version = std::move(server_version).value_or("");
  info_.pg_dump_version = std::move(pg_dump_version).value_or("");
  return {};
}

Status CustomDumpReader::SkipStrings(int count) {
  for (int i = 0; i < count; ++i) RETURN_IF_ERROR(in_.SkipString(ctx_));
  return {};
}

Status CustomDumpReader::SkipDependencies() {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, in_.SkipString(ctx_));
    if (!more) return {};
  }
}

Status CustomDumpReader::ReadEntry() {
  ASSIGN_OR_RETURN(const std::int64_t dump_id, in_.Int(ctx_));
  if (dump_id <= 0) return Damaged("an entry has no number");
  RETURN_IF_ERROR(in_.Int(ctx_));   // hadDumper
  RETURN_IF_ERROR(SkipStrings(2));  // the catalog's oid, the object's oid
  ASSIGN_OR_RETURN(auto tag, in_.String(ctx_));
  ASSIGN_OR_RETURN(auto desc, in_.String(ctx_));
  RETURN_IF_ERROR(in_.Int(ctx_));   // section
  RETURN_IF_ERROR(SkipStrings(2));  // definition, drop statement
  const bool is_attachments = attachments_ != nullptr && desc == "TABLE DATA" &&
                              tag == "ir_attachment" && packing_ != Packing::kOther;
  if (is_attachments) {
    ASSIGN_OR_RETURN(const auto copy, in_.String(ctx_));
    if (copy && attachments_->Begin(*copy)) attachments_id_ = dump_id;
  } else {
    RETURN_IF_ERROR(SkipStrings(1));  // copy statement
  }
  ASSIGN_OR_RETURN(auto schema, in_.String(ctx_));
  RETURN_IF_ERROR(SkipStrings(minor_ >= 14 ? 2 : 1));  // tablespace, access method
  if (minor_ >= 16) RETURN_IF_ERROR(in_.Int(ctx_));    // relkind
  RETURN_IF_ERROR(SkipStrings(2));                     // owner, with oids
  RETURN_IF_ERROR(SkipDependencies());
  ASSIGN_OR_RETURN(const std::uint8_t state, in_.SkipOffset(ctx_));
  if (desc == "EXTENSION" && tag) info_.extensions.push_back(*tag);
  if (state == kOffsetNotSet || state == kOffsetSet) {
    if (!seen_.emplace(dump_id, false).second) return Damaged("two entries have the same number");
    info_.data.push_back({dump_id, std::move(desc).value_or(""), std::move(schema).value_or(""),
                          std::move(tag).value_or("")});
  } else if (state != kOffsetNoData) {
    return Damaged("an entry says wrongly where its data is");
  }
  return {};
}

Status CustomDumpReader::ReadToc() {
  ASSIGN_OR_RETURN(const std::int64_t count, in_.Int(ctx_));
  if (count < 0 || count > kMostEntries) return Damaged("an impossible number of entries");
  for (std::int64_t i = 0; i < count; ++i) {
    Status entry = ReadEntry();
    if (!entry) {
      return Fail(std::move(entry.error())
                      .While(fmt::format("reading entry {} of {} of its contents", i + 1, count)));
    }
  }
  info_.entries = static_cast<std::uint64_t>(count);
  return {};
}

Status CustomDumpReader::WalkChunks() {
  while (true) {
    ASSIGN_OR_RETURN(const std::int64_t length, in_.Int(ctx_));
    if (length == 0) return {};
    if (length < 0) return Damaged("a piece of data has an impossible length");
    RETURN_IF_ERROR(in_.Skip(ctx_, static_cast<ByteCount>(length)));
  }
}

Status CustomDumpReader::ScanAttachments() {
  ChunkReader chunks(in_);
  std::vector<std::byte> buffer(64U * 1024U);
  InflateReader inflated(std::make_unique<Forwarded>(chunks), DeflateWrapping::kZlib);
  ByteReader& rows = packing_ == Packing::kZlib ? static_cast<ByteReader&>(inflated) : chunks;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, rows.Read(ctx_, buffer));
    if (count == 0) break;
    attachments_->Feed(TextOf(ConstByteSpan(buffer).first(count)));
  }
  // Unpacking ends with the packed stream, before the mark that ends the pieces.
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, chunks.Read(ctx_, buffer));
    if (count == 0) return {};
  }
}

Status CustomDumpReader::WalkBlobs() {
  while (true) {
    ASSIGN_OR_RETURN(const std::int64_t oid, in_.Int(ctx_));
    if (oid == 0) return {};
    RETURN_IF_ERROR(WalkChunks());
  }
}

Status CustomDumpReader::WalkBlock(std::uint8_t type) {
  if (type != kDataBlock && type != kBlobsBlock) return Damaged("a block of an unknown kind");
  ASSIGN_OR_RETURN(const std::int64_t dump_id, in_.Int(ctx_));
  const auto entry = seen_.find(dump_id);
  if (entry == seen_.end() || entry->second) {
    return Damaged("data that its contents do not name, or twice");
  }
  entry->second = true;
  if (dump_id == attachments_id_ && type == kDataBlock) return ScanAttachments();
  return type == kDataBlock ? WalkChunks() : WalkBlobs();
}

Status CustomDumpReader::WalkData() {
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<std::uint8_t> type, in_.ByteOrEnd(ctx_));
    if (!type) break;
    RETURN_IF_ERROR(WalkBlock(*type));
  }
  for (const CustomDumpData& data : info_.data) {
    if (seen_[data.dump_id]) continue;
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the dump is cut off at byte {}: the data of {} is missing",
                            in_.position(), Printable(data.schema + "." + data.name)),
                kCutOffHint);
  }
  return {};
}

}  // namespace

Result<CustomDumpInfo> ReadCustomDumpToc(const Context& ctx, ByteReader& dump) {
  CustomDumpReader reader(ctx, dump);
  RETURN_IF_ERROR(reader.ReadHeader());
  RETURN_IF_ERROR(reader.ReadToc());
  return reader.TakeInfo();
}

Result<CustomDumpInfo> ReadCustomDump(const Context& ctx, ByteReader& dump,
                                      AttachmentScanner* attachments) {
  CustomDumpReader reader(ctx, dump, attachments);
  RETURN_IF_ERROR(reader.ReadHeader());
  RETURN_IF_ERROR(reader.ReadToc());
  RETURN_IF_ERROR(reader.WalkData());
  return reader.TakeInfo();
}

}  // namespace reprise::archive
