#include "archive/custom_dump.hpp"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "archive/custom_dump_input.hpp"
#include "archive/custom_dump_rows.hpp"
#include "archive/hints.hpp"
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

class CustomDumpReader {
 public:
  CustomDumpReader(const Context& ctx, ByteReader& dump, AttachmentScanner* attachments = nullptr)
      : ctx_(ctx), in_(dump), attachments_(attachments) {}

  // What is needed to copy tables' rows is kept as well, and no more than this in all.
  void KeepCopies(ByteCount most) { most_kept_ = most; }
  Status ReadHeader();
  Status ReadToc();
  Status WalkData();
  CustomDumpInfo TakeInfo() { return std::move(info_); }

 private:
  Status ReadVersion();
  Status ReadEntry();
  Result<std::optional<std::string>> ReadDefinition(std::string_view desc);
  Result<std::optional<std::string>> ReadCopy(std::int64_t dump_id, std::string_view desc,
                                              std::string_view tag);
  Status Keep(CustomDumpData data);
  Status SkipStrings(int count);
  Status SkipDependencies();
  Status WalkBlock(std::uint8_t type);
  Status WalkChunks();
  Status WalkBlobs();
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
  std::optional<ByteCount> most_kept_;
  ByteCount kept_ = 0;
  std::unordered_map<std::int64_t, std::size_t> places_;  // by dump id, in what the info has
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

// Of the entry that says which encoding all text in the dump has.
Result<std::optional<std::string>> CustomDumpReader::ReadDefinition(std::string_view desc) {
  if (most_kept_ && desc == "ENCODING") return in_.String(ctx_);
  RETURN_IF_ERROR(SkipStrings(1));
  return std::optional<std::string>();
}

Result<std::optional<std::string>> CustomDumpReader::ReadCopy(std::int64_t dump_id,
                                                              std::string_view desc,
                                                              std::string_view tag) {
  const bool is_attachments = attachments_ != nullptr && desc == "TABLE DATA" &&
                              tag == "ir_attachment" && packing_ != Packing::kOther;
  if (!is_attachments && !(most_kept_ && desc == "TABLE DATA")) {
    RETURN_IF_ERROR(SkipStrings(1));
    return std::optional<std::string>();
  }
  ASSIGN_OR_RETURN(auto copy, in_.String(ctx_));
  if (is_attachments && copy && attachments_->Begin(*copy)) attachments_id_ = dump_id;
  return copy;
}

Status CustomDumpReader::Keep(CustomDumpData data) {
  if (!places_.emplace(data.dump_id, info_.data.size()).second) {
    return Damaged("two entries have the same number");
  }
  if (most_kept_) {
    constexpr ByteCount kPlace = 64;  // of a number's place, about
    kept_ += sizeof(data) + kPlace + data.desc.capacity() + data.schema.capacity() +
             data.name.capacity() + data.copy.capacity();
    if (kept_ > *most_kept_) {
      return Fail(ErrorCode::kPayloadTooLarge, "the dump's contents are too large to be kept");
    }
  }
  info_.data.push_back(std::move(data));
  return {};
}

Status CustomDumpReader::ReadEntry() {
  ASSIGN_OR_RETURN(const std::int64_t dump_id, in_.Int(ctx_));
  if (dump_id <= 0) return Damaged("an entry has no number");
  RETURN_IF_ERROR(in_.Int(ctx_));   // hadDumper
  RETURN_IF_ERROR(SkipStrings(2));  // the catalog's oid, the object's oid
  ASSIGN_OR_RETURN(auto tag, in_.String(ctx_));
  ASSIGN_OR_RETURN(auto desc, in_.String(ctx_));
  RETURN_IF_ERROR(in_.Int(ctx_));  // section
  ASSIGN_OR_RETURN(auto definition, ReadDefinition(desc.value_or("")));
  if (definition) info_.encoding = std::move(*definition);
  RETURN_IF_ERROR(SkipStrings(1));  // drop statement
  ASSIGN_OR_RETURN(auto copy, ReadCopy(dump_id, desc.value_or(""), tag.value_or("")));
  ASSIGN_OR_RETURN(auto schema, in_.String(ctx_));
  RETURN_IF_ERROR(SkipStrings(minor_ >= 14 ? 2 : 1));  // tablespace, access method
  if (minor_ >= 16) RETURN_IF_ERROR(in_.Int(ctx_));    // relkind
  RETURN_IF_ERROR(SkipStrings(2));                     // owner, with oids
  RETURN_IF_ERROR(SkipDependencies());
  ASSIGN_OR_RETURN(const std::uint8_t state, in_.SkipOffset(ctx_));
  if (desc == "EXTENSION" && tag && !most_kept_) info_.extensions.push_back(*tag);
  if (state == kOffsetNotSet || state == kOffsetSet) {
    return Keep({dump_id, std::move(desc).value_or(""), std::move(schema).value_or(""),
                 std::move(tag).value_or(""), std::move(copy).value_or("")});
  }
  if (state != kOffsetNoData) return Damaged("an entry says wrongly where its data is");
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
  const auto place = places_.find(dump_id);
  if (place == places_.end() || info_.data[place->second].bytes) {
    return Damaged("data that its contents do not name, or twice");
  }
  const ByteCount start = in_.position();
  if (dump_id == attachments_id_ && type == kDataBlock) {
    RETURN_IF_ERROR(ScanAttachments(ctx_, in_, packing_, *attachments_));
  } else {
    RETURN_IF_ERROR(type == kDataBlock ? WalkChunks() : WalkBlobs());
  }
  info_.data[place->second].bytes = in_.position() - start;
  return {};
}

Status CustomDumpReader::WalkData() {
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<std::uint8_t> type, in_.ByteOrEnd(ctx_));
    if (!type) break;
    RETURN_IF_ERROR(WalkBlock(*type));
  }
  for (const CustomDumpData& data : info_.data) {
    if (data.bytes) continue;
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

Result<CustomDumpInfo> MeasureCustomDump(const Context& ctx, ByteReader& dump, ByteCount most) {
  CustomDumpReader reader(ctx, dump);
  reader.KeepCopies(most);
  RETURN_IF_ERROR(reader.ReadHeader());
  RETURN_IF_ERROR(reader.ReadToc());
  RETURN_IF_ERROR(reader.WalkData());
  return reader.TakeInfo();
}

}  // namespace reprise::archive
