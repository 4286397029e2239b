#include "archive/bare_dump_reader.hpp"

#include <fmt/format.h>

#include "archive/dump_facts.hpp"
#include "archive/inflate.hpp"
#include "archive/read_ahead.hpp"
#include "archive/sniff.hpp"
#include "archive/zstd_reader.hpp"

namespace reprise::archive {
namespace {

enum class Packing { kNone, kGzip, kZstd };

std::unique_ptr<ByteReader> OpenUnpacked(RandomReader& source, Packing packing) {
  std::unique_ptr<ByteReader> stream = OpenRange(source, 0, source.size());
  switch (packing) {
    case Packing::kGzip:
      return std::make_unique<InflateReader>(std::move(stream), DeflateWrapping::kGzip);
    case Packing::kZstd:
      return MakeZstdReader(std::move(stream));
    case Packing::kNone:
      break;
  }
  return stream;
}

class BareDumpReader final : public BackupReader {
 public:
  BareDumpReader(RandomReader& source, Packing packing, DumpKind kind, Manifest manifest)
      : source_(source), packing_(packing), kind_(kind), manifest_(std::move(manifest)) {}

  [[nodiscard]] BackupFormat format() const override {
    if (packing_ == Packing::kGzip) return BackupFormat::kPlainSqlGzip;
    if (packing_ == Packing::kZstd) return BackupFormat::kPlainSqlZstd;
    return kind_ == DumpKind::kCustom ? BackupFormat::kCustomDump : BackupFormat::kPlainSql;
  }
  [[nodiscard]] const Manifest& manifest() const override { return manifest_; }
  [[nodiscard]] DumpKind dump_kind() const override { return kind_; }
  [[nodiscard]] std::optional<ByteCount> dump_bytes() const override {
    if (packing_ != Packing::kNone) return std::nullopt;
    return source_.size();
  }
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenDump(const Context&) override {
    return OpenUnpacked(source_, packing_);
  }
  [[nodiscard]] bool has_filestore() const override { return false; }
  [[nodiscard]] std::optional<std::vector<FilestoreFile>> filestore_listing() const override {
    return std::vector<FilestoreFile>();
  }
  [[nodiscard]] Status VisitFilestore(const Context&, const FilestoreFilter&,
                                      const FilestoreVisitor&) override {
    return {};
  }

 private:
  RandomReader& source_;
  Packing packing_;
  DumpKind kind_;
  Manifest manifest_;
};

Packing PackingOf(Content content) {
  if (content == Content::kGzip) return Packing::kGzip;
  if (content == Content::kZstd) return Packing::kZstd;
  return Packing::kNone;
}

}  // namespace

Result<std::unique_ptr<BackupReader>> OpenBareDump(const Context& ctx, RandomReader& source,
                                                   std::string_view first) {
  const Packing packing = PackingOf(Sniff(first));
  std::string unpacked(kSniffBytes, '\0');
  const auto stream = OpenUnpacked(source, packing);
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, *stream, std::as_writable_bytes(std::span(unpacked))));
  unpacked.resize(count);
  const Content content = Sniff(unpacked);
  if (content != Content::kCustomDump && content != Content::kSql) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("this is no backup that can be read: {}{}", DescribeUnknown(unpacked),
                            packing == Packing::kNone ? "" : ", compressed"),
                "accepted are Odoo's and Reprise's zips, and pg_dump's custom format or SQL, plain "
                "or in gzip or zstd");
  }
  const DumpKind kind = content == Content::kCustomDump ? DumpKind::kCustom : DumpKind::kPlainSql;
  Manifest manifest;
  if (packing == Packing::kNone) manifest.dump_bytes = source.size();
  const auto again = OpenUnpacked(source, packing);
  RETURN_IF_ERROR(AddDumpFacts(ctx, kind, *again, manifest));
  return std::make_unique<BareDumpReader>(source, packing, kind, std::move(manifest));
}

}  // namespace reprise::archive
