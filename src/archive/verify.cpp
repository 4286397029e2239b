#include "archive/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "archive/attachment_scanner.hpp"
#include "archive/custom_dump.hpp"
#include "archive/sql_filter.hpp"
#include "base/hash.hpp"
#include "base/task_group.hpp"

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
    if (!progress_) return count;
    const std::scoped_lock lock(mutex_);
    read_ += count;
    // Some parts are read twice (the directory, the beginning of the dump).
    progress_(std::min(read_, source_.size()), source_.size());
    return count;
  }

 private:
  RandomReader& source_;
  const Progress& progress_;
  std::mutex mutex_;  // dump and filestore are read side by side
  ByteCount read_ = 0;
};

// Custom dumps: header, contents and the frames of all data.
Status VerifyCustomDump(const Context& ctx, ByteReader& dump, AttachmentScanner& attachments,
                        VerifyReport& report) {
  const auto info = ReadCustomDump(ctx, dump, &attachments);
  if (info) return {};
  if (info.error().code != ErrorCode::kIncompatible) return Fail(info.error());
  // A newer pg_dump than we know: what can be said is that its bytes are the promised ones.
  report.warnings.push_back("the dump's inner framing was not checked: " + info.error().message);
  NullWriter nowhere;
  RETURN_IF_ERROR(Copy(ctx, dump, nowhere));
  return {};
}

// SQL: fit to be loaded, and whole.
Status VerifySqlDump(const Context& ctx, ByteReader& dump, AttachmentScanner& attachments) {
  AttachmentTap tap(dump, attachments);
  SqlFilter filter(tap);
  NullWriter nowhere;
  RETURN_IF_ERROR(Copy(ctx, filter, nowhere));
  if (filter.complete()) return {};
  return Fail(ErrorCode::kArchiveCorrupt,
              "the dump is cut off: it does not end with \"PostgreSQL database dump complete\"",
              "make the backup again, or use another one");
}

Status VerifyDump(const Context& ctx, BackupReader& backup, AttachmentScanner& attachments,
                  VerifyReport& report) {
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  HashingReader hashed(*dump, HashKind::kSha256);
  Status status = backup.dump_kind() == DumpKind::kCustom
                      ? VerifyCustomDump(ctx, hashed, attachments, report)
                      : VerifySqlDump(ctx, hashed, attachments);
  if (!status && status.error().code == ErrorCode::kArchiveHostile) {
    // Damaged bytes may look like anything, a command too. If the rest of the stream says that its
    // checksum is wrong, that is what is to be told.
    NullWriter nowhere;
    const auto rest = Copy(ctx, *dump, nowhere);
    if (!rest) status = Fail(rest.error());
  }
  if (!status) return Fail(std::move(status.error()).While("reading the dump"));
  report.dump_bytes = hashed.count();
  report.dump_sha256 = hashed.Digest();
  return {};
}

// The files of a backup as they pass.
struct SeenFiles {
  std::map<std::string, ByteCount, std::less<>> sizes;
  std::vector<std::string> altered;  // whose content does not hash to their name
};

Status ReadFile(const Context& ctx, const FilestoreFile& file, ByteReader& content, SeenFiles& seen,
                VerifyReport& report) {
  HashingReader hashed(content, HashKind::kSha1);
  NullWriter nowhere;
  ASSIGN_OR_RETURN(const ByteCount bytes, Copy(ctx, hashed, nowhere));
  const std::string digest = hashed.Digest();
  if (bytes != file.size || !file.path.ends_with(digest)) seen.altered.push_back(file.path);
  seen.sizes.emplace(file.path, file.size);
  ++report.filestore_files;
  report.filestore_bytes += bytes;
  return {};
}

void CompareAttachments(const AttachmentScanner& attachments, const SeenFiles& seen,
                        VerifyReport& report) {
  report.compared = attachments.complete() && report.has_filestore;
  if (!report.compared) return;
  report.attachments = attachments.files().size();
  for (const auto& [name, size] : attachments.files()) {
    const auto found = seen.sizes.find(name);
    if (found == seen.sizes.end()) {
      report.missing.push_back(name);
    } else if (size && *size != found->second) {
      report.wrong_size.push_back(name);
    }
  }
  for (const auto& [name, size] : seen.sizes) {
    if (!attachments.files().contains(name)) report.orphans.push_back(name);
  }
}

constexpr std::size_t kMostNamed = 20;  // in a sentence; a report has all

// "3 of 4,712 attachments have no file (ab/ab12…, …)"
std::string Named(const std::vector<std::string>& names) {
  const auto shown = static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNamed));
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + shown, ", "),
                     names.size() > kMostNamed ? ", …" : "");
}

std::string MissingSentence(const VerifyReport& report) {
  std::string text = fmt::format("{} of {} attachments have no file: {}", report.missing.size(),
                                 report.attachments, Named(report.missing));
  if (!report.orphans.empty()) {
    text += fmt::format("; {} files belong to no attachment: {}", report.orphans.size(),
                        Named(report.orphans));
  }
  return text;
}

Status RefuseAltered(const SeenFiles& seen, const VerifyReport& report) {
  if (seen.altered.empty()) return {};
  std::string text = fmt::format(
      "{} filestore files are damaged, their content does not hash to "
      "their name: {}",
      seen.altered.size(), Named(seen.altered));
  if (!report.missing.empty()) text += "; " + MissingSentence(report);
  if (report.missing.empty() && !report.orphans.empty()) {
    text += fmt::format("; {} files belong to no attachment: {}", report.orphans.size(),
                        Named(report.orphans));
  }
  return Fail(ErrorCode::kArchiveCorrupt, std::move(text),
              "make the backup again, or use another one");
}

Status ReadFilestore(const Context& ctx, BackupReader& backup, const FilestoreFilter& reads,
                     SeenFiles& seen, VerifyReport& report) {
  const auto listing =
      reads ? backup.filestore_listing() : std::optional<std::vector<FilestoreFile>>();
  RETURN_IF_ERROR(backup.VisitFilestore(ctx, listing ? reads : FilestoreFilter(),
                                        [&](const FilestoreFile& file, ByteReader& content) {
                                          return ReadFile(ctx, file, content, seen, report);
                                        }));
  if (!listing) return {};
  for (const FilestoreFile& file : *listing) {
    if (!seen.sizes.emplace(file.path, file.size).second) continue;
    ++report.filestore_files;
    ++report.files_not_read;
    report.filestore_bytes += file.size;
  }
  return {};
}

Status JudgeFilestore(const BackupReader& backup, const AttachmentScanner& attachments,
                      const SeenFiles& seen, VerifyReport& report) {
  CompareAttachments(attachments, seen, report);
  RETURN_IF_ERROR(RefuseAltered(seen, report));
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
  if (!report.missing.empty()) report.warnings.push_back(MissingSentence(report));
  if (!report.wrong_size.empty()) {
    report.warnings.push_back(
        fmt::format("{} attachments have a file of another size than they "
                    "say: {}",
                    report.wrong_size.size(), Named(report.wrong_size)));
  }
}

}  // namespace

Result<VerifyReport> VerifyBackup(const Context& ctx, RandomReader& source,
                                  const Progress& progress) {
  return VerifyBackup(ctx, source, progress, FilestoreFilter());
}

Result<VerifyReport> VerifyBackup(const Context& ctx, RandomReader& source,
                                  const Progress& progress, const FilestoreFilter& reads) {
  CountedSource counted(source, progress);
  ASSIGN_OR_RETURN(const auto backup, OpenBackup(ctx, counted));
  VerifyReport report;
  report.format = backup->format();
  report.manifest = backup->manifest();
  report.dump_kind = backup->dump_kind();
  report.archive_bytes = source.size();
  report.has_filestore = backup->has_filestore();
  report.manifest_sha256 = backup->manifest_sha256();
  AttachmentScanner attachments;
  SeenFiles seen;
  TaskGroup group(ctx);
  group.Spawn(
      [&](const Context& inner) { return VerifyDump(inner, *backup, attachments, report); });
  group.Spawn(
      [&](const Context& inner) { return ReadFilestore(inner, *backup, reads, seen, report); });
  RETURN_IF_ERROR(group.Join());
  RETURN_IF_ERROR(JudgeFilestore(*backup, attachments, seen, report));
  AddWarnings(*backup, report);
  if (progress) progress(source.size(), source.size());
  return report;
}

}  // namespace reprise::archive
