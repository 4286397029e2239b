#include "archive/backup_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "archive/filestore_index.hpp"
#include "archive/filestore_path.hpp"
#include "archive/gzip_writer.hpp"
#include "archive/tar_format.hpp"
#include "archive/zip_writer.hpp"
#include "base/hash.hpp"

namespace reprise::archive {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kMostTopDirectory = 155;  // a tar header's prefix field

// The database's name where it can be a directory's; "checklist" would be taken for Odoo's markers.
std::string TopDirectory(const std::string& db_name) {
  const bool fit = !db_name.empty() && db_name.size() <= kMostTopDirectory && db_name != "." &&
                   db_name != ".." && db_name != "checklist" &&
                   std::none_of(db_name.begin(), db_name.end(), [](char c) {
                     return static_cast<unsigned char>(c) < 0x20 || c == '/' || c == '\\';
                   });
  return fit ? db_name : std::string();
}

class ZipBackupWriter final : public BackupWriter {
 public:
  ZipBackupWriter(ByteWriter& sink, const WriterOptions& options)
      : zip_(sink),
        top_directory_(TopDirectory(options.db_name)),
        tar_(zip_.content(), HashKind::kSha256),
        gzip_(tar_) {}

  [[nodiscard]] Status WriteDump(const Context& ctx, ByteReader& dump) override;
  [[nodiscard]] Status BeginFilestore(const Context& ctx) override;
  [[nodiscard]] Status AddPacked(const Context& ctx, const PackedFiles& packed) override;
  [[nodiscard]] Status AddFile(const Context& ctx, std::string_view path, ByteCount size,
                               ByteReader& content) override;
  [[nodiscard]] Status FlushFiles(const Context& ctx) override { return gzip_.Finish(ctx); }
  [[nodiscard]] Result<Manifest> Finish(const Context& ctx, Manifest manifest) override;

 private:
  enum class Stage { kNotBegun, kOpen, kEnded };

  Status EndFilestore(const Context& ctx);
  Status WriteIndex(const Context& ctx);
  Status BeginFile(const Context& ctx, std::string_view path, ByteCount size);
  Status CopyFile(const Context& ctx, std::string_view path, ByteCount size, ByteReader& content);
  Status WriteText(const Context& ctx, std::string_view name, std::string_view text);

  ZipWriter zip_;
  std::string top_directory_;
  HashingWriter tar_;  // the bytes of filestore.tar.gz
  GzipWriter gzip_;
  bool has_dump_ = false;
  Stage filestore_ = Stage::kNotBegun;
  bool is_finished_ = false;
  Manifest written_;                 // what Finish will fill in
  std::vector<IndexedFile> packed_;  // of AddPacked
  ByteCount packed_bytes_ = 0;       // in the tar.gz, before what is packed here
  std::vector<IndexedFile> index_;   // of AddFile
  FilestorePathSet added_;
  std::vector<std::byte> piece_ = std::vector<std::byte>(kPieceBytes);
};

Status ZipBackupWriter::WriteDump(const Context& ctx, ByteReader& dump) {
  if (has_dump_) return Fail(ErrorCode::kInternal, "the dump was written before");
  if (filestore_ == Stage::kOpen) RETURN_IF_ERROR(EndFilestore(ctx));
  RETURN_IF_ERROR(zip_.BeginEntry(ctx, "dump.sql"));
  HashingWriter hashed(zip_.content(), HashKind::kSha256);
  auto copied = Copy(ctx, dump, hashed);
  if (!copied) return Fail(std::move(copied.error()).While("writing dump.sql"));
  if (*copied == 0) return Fail(ErrorCode::kDumpFailed, "the dump is empty");
  RETURN_IF_ERROR(zip_.EndEntry(ctx));
  written_.dump_bytes = *copied;
  written_.sha256["dump.sql"] = hashed.Digest();
  has_dump_ = true;
  return {};
}

Status ZipBackupWriter::BeginFilestore(const Context& ctx) {
  if (filestore_ == Stage::kOpen) return {};
  if (filestore_ == Stage::kEnded || is_finished_) {
    return Fail(ErrorCode::kInternal, "a filestore file came after the end of the filestore");
  }
  filestore_ = Stage::kOpen;
  return zip_.BeginEntry(ctx, "filestore.tar.gz");
}

Status ZipBackupWriter::BeginFile(const Context& ctx, std::string_view path, ByteCount size) {
  const ByteCount needed = kTarBlock + TarPadded(size);
  if (gzip_.member_bytes() + needed > GzipWriter::kMemberBytes) {
    RETURN_IF_ERROR(gzip_.EndMember(ctx));
  }
  // Where its member begins is known only when those before it are packed: see EndFilestore.
  index_.push_back({std::string(path), size, gzip_.member(), gzip_.member_bytes()});
  const TarBlock header = MakeTarHeader(top_directory_, path, size);
  return gzip_.Write(ctx, std::as_bytes(std::span(header)));
}

Status ZipBackupWriter::CopyFile(const Context& ctx, std::string_view path, ByteCount size,
                                 ByteReader& content) {
  Hasher hasher(HashKind::kSha1);
  ByteCount copied = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, content.Read(ctx, piece_));
    if (count == 0) break;
    copied += count;
    if (copied > size) break;
    const auto bytes = ConstByteSpan(piece_).first(count);
    hasher.Update(bytes);
    RETURN_IF_ERROR(gzip_.Write(ctx, bytes));
  }
  if (copied != size) {
    return Fail(ErrorCode::kProofFailed,
                fmt::format("the filestore file {} has {} bytes than the {} it was said to have",
                            path, copied > size ? "more" : "fewer", size),
                "it was changed while it was read; make the backup again");
  }
  const std::string digest = hasher.Finish();
  if (!path.ends_with(digest)) {
    return Fail(ErrorCode::kProofFailed,
                fmt::format("the live filestore is damaged: the content of {} has the sha1 {}",
                            path, digest),
                "restore this file from an earlier backup, or remove its attachment in Odoo");
  }
  constexpr std::array<std::byte, kTarBlock> kPadding{};
  const auto padding = static_cast<std::size_t>(TarPadded(size) - size);
  RETURN_IF_ERROR(gzip_.Write(ctx, ConstByteSpan(kPadding).first(padding)));
  // No other file begins in the last member of one that has several.
  if (gzip_.member() != index_.back().member_offset) return gzip_.EndMember(ctx);
  return {};
}

Status ZipBackupWriter::AddPacked(const Context& ctx, const PackedFiles& packed) {
  if (!index_.empty()) return Fail(ErrorCode::kInternal, "packed files came after others");
  RETURN_IF_ERROR(BeginFilestore(ctx));
  for (const IndexedFile& file : packed.files) {
    if (!added_.Add(file.path)) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{} was added twice", file.path));
    }
    packed_.push_back(file);
    packed_.back().member_offset += packed_bytes_;
    ++written_.filestore_files;
    written_.filestore_bytes += file.size;
  }
  zip_.AddElsewhere(packed.bytes, packed.crc32);
  packed_bytes_ += packed.bytes;
  return {};
}

Status ZipBackupWriter::AddFile(const Context& ctx, std::string_view path, ByteCount size,
                                ByteReader& content) {
  if (!IsFilestorePath(path)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is no filestore file", path));
  }
  if (!added_.Add(path)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} was added twice", path));
  }
  RETURN_IF_ERROR(BeginFilestore(ctx));
  RETURN_IF_ERROR(BeginFile(ctx, path, size));
  RETURN_IF_ERROR(CopyFile(ctx, path, size, content));
  ++written_.filestore_files;
  written_.filestore_bytes += size;
  return {};
}

Status ZipBackupWriter::EndFilestore(const Context& ctx) {
  RETURN_IF_ERROR(gzip_.EndMember(ctx));
  constexpr std::array<std::byte, 2 * kTarBlock> kEndOfTar{};
  RETURN_IF_ERROR(gzip_.Write(ctx, kEndOfTar));
  RETURN_IF_ERROR(gzip_.Finish(ctx));
  RETURN_IF_ERROR(zip_.EndEntry(ctx));
  for (IndexedFile& file : index_) {
    file.member_offset =
        packed_bytes_ + gzip_.offsets().at(static_cast<std::size_t>(file.member_offset));
  }
  packed_.insert(packed_.end(), index_.begin(), index_.end());
  if (packed_bytes_ == 0) written_.sha256["filestore.tar.gz"] = tar_.Digest();
  filestore_ = Stage::kEnded;
  return {};
}

Status ZipBackupWriter::WriteIndex(const Context& ctx) {
  const std::string index = WriteFilestoreIndex(packed_);
  written_.sha256["filestore.index"] = HashOf(HashKind::kSha256, index);
  return WriteText(ctx, "filestore.index", index);
}

Status ZipBackupWriter::WriteText(const Context& ctx, std::string_view name,
                                  std::string_view text) {
  RETURN_IF_ERROR(zip_.BeginEntry(ctx, name));
  RETURN_IF_ERROR(zip_.content().Write(ctx, BytesOf(text)));
  return zip_.EndEntry(ctx);
}

Result<Manifest> ZipBackupWriter::Finish(const Context& ctx, Manifest manifest) {
  if (!has_dump_ || is_finished_) {
    return Fail(ErrorCode::kInternal, "the backup has no dump, or was finished before");
  }
  if (manifest.has_filestore && filestore_ == Stage::kNotBegun) {
    RETURN_IF_ERROR(BeginFilestore(ctx));
  }
  if (filestore_ == Stage::kOpen) RETURN_IF_ERROR(EndFilestore(ctx));
  manifest.has_filestore = filestore_ == Stage::kEnded;
  if (manifest.has_filestore) RETURN_IF_ERROR(WriteIndex(ctx));
  is_finished_ = true;
  manifest.format_version = "1";
  manifest.sha256 = written_.sha256;
  manifest.dump_bytes = written_.dump_bytes;
  manifest.filestore_files = written_.filestore_files;
  manifest.filestore_bytes = written_.filestore_bytes;
  RETURN_IF_ERROR(WriteText(ctx, "manifest.json", WriteManifest(manifest)));
  RETURN_IF_ERROR(zip_.Finish(ctx));
  return manifest;
}

}  // namespace

std::unique_ptr<BackupWriter> BackupWriter::Create(ByteWriter& sink) {
  return Create(sink, WriterOptions());
}

std::unique_ptr<BackupWriter> BackupWriter::Create(ByteWriter& sink, const WriterOptions& options) {
  return std::make_unique<ZipBackupWriter>(sink, options);
}

}  // namespace reprise::archive
