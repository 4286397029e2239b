#include "archive/reprise_zip_reader.hpp"

#include <fmt/format.h>

#include "archive/filestore_tar.hpp"
#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

constexpr ByteCount kMostIndexBytes = ByteCount{512} << 20;

Result<std::vector<IndexedFile>> LoadIndex(const Context& ctx, ByteReader& stream) {
  auto text = ReadAll(ctx, stream, kMostIndexBytes);
  if (!text) return Fail(std::move(text.error()).While("reading filestore.index"));
  return ParseFilestoreIndex(*text);
}

}  // namespace

Result<std::unique_ptr<BackupReader>> RepriseZipReader::Open(const Context& ctx, Parts parts) {
  for (const auto& [name, digest] : parts.manifest.sha256) {
    if ((name == "filestore.tar.gz" && !parts.layout.filestore_tar) ||
        (name == "filestore.index" && !parts.layout.filestore_index)) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("{} is missing, though the manifest names it", name), kDamagedHint);
    }
  }
  if (!parts.layout.filestore_tar || !parts.layout.filestore_index) {
    return std::make_unique<RepriseZipReader>(std::move(parts), std::nullopt);
  }
  auto reader = std::make_unique<RepriseZipReader>(std::move(parts), std::nullopt);
  ASSIGN_OR_RETURN(const auto stream, reader->OpenEntry(ctx, *reader->layout_.filestore_index));
  ASSIGN_OR_RETURN(reader->index_, LoadIndex(ctx, *stream));
  return reader;
}

RepriseZipReader::RepriseZipReader(Parts parts, std::optional<std::vector<IndexedFile>> index)
    : ZipBackup(std::move(parts)), index_(std::move(index)) {
  manifest_.has_filestore = has_filestore();
}

std::string RepriseZipReader::manifest_sha256() const {
  const auto vouches = [this](const char* entry) { return manifest_.sha256.contains(entry); };
  if (!vouches("dump.sql") || layout_.dump.name != "dump.sql") return {};
  if (!has_filestore()) return manifest_digest_;
  const bool by_index = index_ && layout_.filestore_tar->method == ZipMethod::kStored;
  return by_index && vouches("filestore.index") ? manifest_digest_ : std::string();
}

std::optional<std::vector<FilestoreFile>> RepriseZipReader::filestore_listing() const {
  if (!has_filestore()) return std::vector<FilestoreFile>();
  if (!index_) return std::nullopt;
  std::vector<FilestoreFile> listing;
  listing.reserve(index_->size());
  for (const IndexedFile& file : *index_) listing.push_back({file.path, file.size});
  return listing;
}

Result<std::optional<PackedFilestore>> RepriseZipReader::FindPackedFiles(const Context& ctx) const {
  if (!has_filestore() || !index_ || layout_.filestore_tar->method != ZipMethod::kStored) {
    return std::optional<PackedFilestore>();
  }
  const ZipEntry& tar = *layout_.filestore_tar;
  ASSIGN_OR_RETURN(const ByteCount offset, FindZipData(ctx, *cache_, tar));
  return std::optional<PackedFilestore>({offset, tar.packed_size, *index_});
}

Status RepriseZipReader::VisitFilestore(const Context& ctx, const FilestoreFilter& wanted,
                                        const FilestoreVisitor& visit) {
  if (!has_filestore()) return {};
  const ZipEntry& tar = *layout_.filestore_tar;
  if (wanted && index_ && tar.method == ZipMethod::kStored) {
    ASSIGN_OR_RETURN(const ByteCount offset, FindZipData(ctx, *cache_, tar));
    // By exact ranges: a cache's whole blocks would be several times what a few files need.
    return VisitIndexedFiles(ctx, cache_->source(), offset, tar.packed_size, *index_, wanted,
                             visit);
  }
  ASSIGN_OR_RETURN(auto stream, OpenEntry(ctx, tar));
  return VisitFilestoreTar(ctx, std::move(stream), index_ ? &*index_ : nullptr, wanted, visit);
}

}  // namespace reprise::archive
