#include "archive/zip_backup.hpp"

#include <fmt/format.h>

#include "archive/digest_checked_reader.hpp"
#include "archive/dump_facts.hpp"
#include "archive/odoo_zip_reader.hpp"
#include "archive/printable.hpp"
#include "archive/reprise_zip_reader.hpp"
#include "archive/sniff.hpp"
#include "base/hash.hpp"

namespace reprise::archive {
namespace {

constexpr ByteCount kMostManifestBytes = 64 << 20;

Result<Manifest> LoadManifest(const Context& ctx, RandomReader& source, const ZipLayout& layout,
                              std::string& sha256) {
  if (!layout.manifest) return Manifest{};
  ASSIGN_OR_RETURN(const auto stream, OpenZipEntry(ctx, source, *layout.manifest));
  auto text = ReadAll(ctx, *stream, kMostManifestBytes);
  if (!text) return Fail(std::move(text.error()).While("reading manifest.json"));
  sha256 = HashOf(HashKind::kSha256, *text);
  return ParseManifest(*text);
}

Result<DumpKind> SniffDump(const Context& ctx, RandomReader& source, const ZipEntry& dump) {
  ASSIGN_OR_RETURN(const auto stream, OpenZipEntry(ctx, source, dump));
  std::string first(kSniffBytes, '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, *stream, std::as_writable_bytes(std::span(first))));
  first.resize(count);
  switch (Sniff(first)) {
    case Content::kCustomDump:
      return DumpKind::kCustom;
    case Content::kSql:
      return DumpKind::kPlainSql;
    default:
      return Fail(ErrorCode::kFormatUnsupported,
                  fmt::format("{} is no dump of a PostgreSQL database, but {}",
                              Printable(dump.name), DescribeUnknown(first)));
  }
}

}  // namespace

Result<std::unique_ptr<ByteReader>> ZipBackup::OpenEntry(const Context& ctx,
                                                         const ZipEntry& entry) const {
  ASSIGN_OR_RETURN(auto stream, OpenZipEntry(ctx, *cache_, entry));
  const auto digest = manifest_.sha256.find(entry.name);
  if (digest == manifest_.sha256.end()) return stream;
  return CheckDigest(std::move(stream), entry.name, digest->second);
}

Result<std::unique_ptr<ByteReader>> ZipBackup::OpenDump(const Context& ctx) {
  return OpenEntry(ctx, layout_.dump);
}

Result<std::unique_ptr<BackupReader>> OpenZipBackup(const Context& ctx, RandomReader& source) {
  auto cache = std::make_unique<BlockCache>(source);
  ASSIGN_OR_RETURN(auto entries, ReadZipDirectory(ctx, *cache));
  ASSIGN_OR_RETURN(ZipLayout layout, ArrangeZipEntries(std::move(entries)));
  std::string manifest_sha256;
  ASSIGN_OR_RETURN(Manifest manifest, LoadManifest(ctx, *cache, layout, manifest_sha256));
  ASSIGN_OR_RETURN(const DumpKind kind, SniffDump(ctx, *cache, layout.dump));
  manifest.dump_bytes = layout.dump.size;
  {
    ASSIGN_OR_RETURN(const auto dump, OpenZipEntry(ctx, *cache, layout.dump));
    RETURN_IF_ERROR(AddDumpFacts(ctx, kind, *dump, manifest));
  }
  const bool ours = layout.filestore_tar || !manifest.format_version.empty();
  ZipBackup::Parts parts{std::move(cache), std::move(layout), std::move(manifest), kind,
                         std::move(manifest_sha256)};
  if (ours) return RepriseZipReader::Open(ctx, std::move(parts));
  return std::make_unique<OdooZipReader>(std::move(parts));
}

}  // namespace reprise::archive
