#include "archive/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/hash.hpp"

namespace reprise::archive {
namespace {

using Progress = std::function<void(ByteCount done, ByteCount all)>;

// Tells how much of the source was read, for progress.
class CountedSource final : public RandomReader {
 public:
  CountedSource(RandomReader& source, const Progress& progress)
      : source_(source), progress_(progress) {}
  [[nodiscard]] ByteCount size() const override { return source_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, source_.ReadAt(ctx, offset, into));
    read_ += count;
    // Some parts are read twice (the directory, the beginning of the dump).
    if (progress_) progress_(std::min(read_.load(), source_.size()), source_.size());
    return count;
  }

 private:
  RandomReader& source_;
  const Progress& progress_;
  std::atomic<ByteCount> read_{0};
};

// The end of a dump in SQL, kept while it passes.
class TailKeeper {
 public:
  void Take(std::string_view text) {
    tail_.append(text.substr(text.size() - std::min(text.size(), kTailBytes)));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  }
  [[nodiscard]] bool TellsComplete() const {
    return tail_.find("PostgreSQL database dump complete") != std::string::npos;
  }

 private:
  static constexpr std::size_t kTailBytes = 4096;
  std::string tail_;
};

Status VerifyDump(const Context& ctx, BackupReader& backup, VerifyReport& report) {
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  HashingReader hashed(*dump, HashKind::kSha256);
  std::vector<std::byte> buffer(256 * 1024);
  TailKeeper tail;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, hashed.Read(ctx, buffer));
    if (count == 0) break;
    tail.Take(TextOf(ConstByteSpan(buffer).first(count)));
  }
  if (backup.dump_kind() == DumpKind::kPlainSql && !tail.TellsComplete()) {
    return Fail(ErrorCode::kArchiveCorrupt,
                "the dump is cut off: it does not end with \"PostgreSQL database dump complete\"",
                "make the backup again, or use another one");
  }
  report.dump_bytes = hashed.count();
  report.dump_sha256 = hashed.Digest();
  return {};
}

Status VerifyFile(const Context& ctx, const FilestoreFile& file, ByteReader& content,
                  VerifyReport& report) {
  HashingReader hashed(content, HashKind::kSha1);
  NullWriter nowhere;
  ASSIGN_OR_RETURN(const ByteCount bytes, Copy(ctx, hashed, nowhere));
  const std::string digest = hashed.Digest();
  if (bytes != file.size || !file.path.ends_with(digest)) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the filestore file {} is damaged: its content has the sha1 {}",
                            file.path, digest),
                "make the backup again, or use another one");
  }
  ++report.filestore_files;
  report.filestore_bytes += bytes;
  return {};
}

Status VerifyFilestore(const Context& ctx, BackupReader& backup, VerifyReport& report) {
  RETURN_IF_ERROR(backup.VisitFilestore(ctx, FilestoreFilter(),
                                        [&](const FilestoreFile& file, ByteReader& content) {
                                          return VerifyFile(ctx, file, content, report);
                                        }));
  const Manifest& manifest = backup.manifest();
  const bool counted = !manifest.format_version.empty();
  if (counted && manifest.has_filestore &&
      (manifest.filestore_files != report.filestore_files ||
       manifest.filestore_bytes != report.filestore_bytes)) {
    return Fail(
        ErrorCode::kArchiveCorrupt,
        fmt::format("the filestore has {} files of {} bytes, the manifest promises {} of {}",
                    report.filestore_files, report.filestore_bytes, manifest.filestore_files,
                    manifest.filestore_bytes));
  }
  return {};
}

void AddWarnings(const BackupReader& backup, VerifyReport& report) {
  if (!backup.manifest().sha256.contains("dump.sql")) {
    report.warnings.emplace_back("no checksum of the dump to compare it with");
  }
  if (!backup.has_filestore()) {
    report.warnings.emplace_back("no filestore: attachments are not in this backup");
  }
}

}  // namespace

Result<VerifyReport> VerifyBackup(const Context& ctx, RandomReader& source,
                                  const Progress& progress) {
  CountedSource counted(source, progress);
  ASSIGN_OR_RETURN(const auto backup, OpenBackup(ctx, counted));
  VerifyReport report;
  report.format = backup->format();
  report.manifest = backup->manifest();
  report.dump_kind = backup->dump_kind();
  report.archive_bytes = source.size();
  report.has_filestore = backup->has_filestore();
  RETURN_IF_ERROR(VerifyDump(ctx, *backup, report));
  RETURN_IF_ERROR(VerifyFilestore(ctx, *backup, report));
  AddWarnings(*backup, report);
  if (progress) progress(source.size(), source.size());
  return report;
}

}  // namespace reprise::archive
