#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <cerrno>

#include "archive/backup_reader.hpp"
#include "archive/verify.hpp"
#include "base/file.hpp"
#include "base/write_all.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "storage/recovery_sheet.hpp"
#include "storage/sealed_reader.hpp"

// What needs no server: a file on this machine.
namespace reprise::cli {
namespace {

namespace json = boost::json;

json::object JsonOf(const archive::Manifest& manifest) {
  json::object modules;
  for (const auto& [name, version] : manifest.modules) modules[name] = version;
  return {{"created_at", manifest.created_at},
          {"db_name", manifest.db_name},
          {"odoo_version", manifest.odoo_version},
          {"postgres_version", manifest.postgres_version},
          {"environment_name", manifest.environment_name},
          {"environment_type", manifest.environment_type},
          {"modules", std::move(modules)},
          {"extensions", json::array(manifest.extensions.begin(), manifest.extensions.end())}};
}

void AddManifest(Facts& facts, const archive::Manifest& manifest) {
  facts.Add("environment", manifest.environment_name);
  facts.Add("type", manifest.environment_type);
  facts.Add("created", manifest.created_at);
  facts.Add("database", manifest.db_name);
  facts.Add("odoo", manifest.odoo_version);
  facts.Add("postgresql", manifest.postgres_version);
  if (!manifest.modules.empty()) {
    facts.Add("modules", fmt::format("{} installed", manifest.modules.size()));
  }
}

std::string_view NameOf(archive::DumpKind kind) {
  return kind == archive::DumpKind::kCustom ? "custom" : "plain_sql";
}

// Files and bytes of the filestore, where the archive says so without being read through.
struct FilestoreTotals {
  std::uint64_t files = 0;
  ByteCount bytes = 0;
};
std::optional<FilestoreTotals> TotalsOf(const archive::BackupReader& reader) {
  const auto listing = reader.filestore_listing();
  if (!listing) return std::nullopt;
  FilestoreTotals totals{listing->size(), 0};
  for (const archive::FilestoreFile& file : *listing) totals.bytes += file.size;
  return totals;
}

std::string InspectText(const std::string& path, ByteCount size,
                        const archive::BackupReader& reader) {
  Facts facts;
  facts.Add("file", path);
  facts.Add("size", HumanSize(size));
  facts.Add("format", std::string(archive::NameOf(reader.format())));
  facts.Add("dump", std::string(NameOf(reader.dump_kind())));
  if (const auto bytes = reader.dump_bytes()) facts.Add("dump size", HumanSize(*bytes));
  AddManifest(facts, reader.manifest());
  if (!reader.has_filestore()) {
    facts.Add("filestore", "none");
  } else if (const auto totals = TotalsOf(reader)) {
    facts.Add("filestore", fmt::format("{} files, {}", totals->files, HumanSize(totals->bytes)));
  } else {
    facts.Add("filestore", "yes; \"reprise verify\" counts it");
  }
  return facts.Render();
}

json::object InspectJson(const std::string& path, ByteCount size,
                         const archive::BackupReader& reader) {
  json::object answer{{"file", path},
                      {"size", size},
                      {"format", archive::NameOf(reader.format())},
                      {"dump_kind", NameOf(reader.dump_kind())},
                      {"dump_bytes", nullptr},
                      {"has_filestore", reader.has_filestore()},
                      {"filestore_files", nullptr},
                      {"filestore_bytes", nullptr},
                      {"manifest", JsonOf(reader.manifest())}};
  if (const auto bytes = reader.dump_bytes()) answer["dump_bytes"] = *bytes;
  if (const auto totals = TotalsOf(reader)) {
    answer["filestore_files"] = totals->files;
    answer["filestore_bytes"] = totals->bytes;
  }
  return answer;
}

std::string VerifyText(const std::string& path, const archive::VerifyReport& report) {
  Facts facts;
  facts.Add("file", path);
  facts.Add("result", "whole and consistent");
  facts.Add("format", std::string(archive::NameOf(report.format)));
  facts.Add("size", HumanSize(report.archive_bytes));
  facts.Add("dump", fmt::format("{}, {}", NameOf(report.dump_kind), HumanSize(report.dump_bytes)));
  facts.Add("dump sha256", report.dump_sha256);
  facts.Add("filestore", report.has_filestore ? fmt::format("{} files, {}", report.filestore_files,
                                                            HumanSize(report.filestore_bytes))
                                              : "none");
  AddManifest(facts, report.manifest);
  for (const std::string& warning : report.warnings) facts.Add("warning", warning);
  return facts.Render();
}

json::object VerifyJson(const std::string& path, const archive::VerifyReport& report) {
  return {{"file", path},
          {"verified", true},
          {"format", archive::NameOf(report.format)},
          {"size", report.archive_bytes},
          {"dump_kind", NameOf(report.dump_kind)},
          {"dump_bytes", report.dump_bytes},
          {"dump_sha256", report.dump_sha256},
          {"has_filestore", report.has_filestore},
          {"filestore_files", report.filestore_files},
          {"filestore_bytes", report.filestore_bytes},
          {"warnings", json::array(report.warnings.begin(), report.warnings.end())},
          {"manifest", JsonOf(report.manifest)}};
}

// The file as it is, or opened with the recovery sheet when it is sealed.
Result<std::unique_ptr<RandomReader>> OpenArchive(const Session& session, const std::string& path,
                                                  const std::string& key_file) {
  ASSIGN_OR_RETURN(std::unique_ptr<RandomReader> file, OpenFile(path));
  std::string first(storage::kSealedMagic.size(), '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   file->ReadAt(session.ctx, 0, std::as_writable_bytes(std::span(first))));
  first.resize(count);
  if (!storage::LooksSealed(first)) return file;
  ASSIGN_OR_RETURN(const storage::SealedHeader header,
                   storage::ReadSealedHeader(session.ctx, *file));
  if (key_file.empty()) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("{} is a sealed archive ({}); the key {} opens it", path,
                            Printable(header.name), header.key_id),
                "give the organization's recovery sheet with --key-file");
  }
  ASSIGN_OR_RETURN(const std::string sheet, ReadTextFile(key_file));
  ASSIGN_OR_RETURN(auto keys, storage::ReadRecoverySheet(sheet));
  storage::ListedKeys ring(std::move(keys));
  return storage::OpenSealed(session.ctx, std::move(file), ring, "");
}

// The standard output; unlike a terminal's text, not one byte may be lost unseen.
class OutputWriter final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    const int refused = WriteAll(STDOUT_FILENO, bytes);
    if (refused != 0) return Fail(ErrnoError(refused, "the output"));
    return {};
  }
  [[nodiscard]] Status Close(const Context& ctx) override { return ctx.Check(); }
};

}  // namespace

Status Run(const Session& session, const DecryptFile& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomReader> file,
                   OpenArchive(session, options.file, options.key_file));
  std::unique_ptr<ByteWriter> to = std::make_unique<OutputWriter>();
  if (!options.to.empty()) {
    ASSIGN_OR_RETURN(to, CreateFileAtomically(options.to));
  }
  const Interruption interruption;
  const Context ctx = session.ctx.WithStop(interruption.token());
  RangeReader all(*file, 0, file->size());
  RETURN_IF_ERROR(Copy(ctx, all, *to));
  RETURN_IF_ERROR(to->Close(ctx));
  if (!options.to.empty()) session.terminal.Err(options.to + "\n");
  return {};
}

Status Run(const Session& session, const InspectFile& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomReader> file,
                   OpenArchive(session, options.file, options.key_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<archive::BackupReader> reader,
                   archive::OpenBackup(session.ctx, *file));
  if (session.json) {
    session.PrintJson(InspectJson(options.file, file->size(), *reader));
  } else {
    session.terminal.Out(InspectText(options.file, file->size(), *reader));
  }
  return {};
}

Status Run(const Session& session, const VerifyFile& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomReader> file,
                   OpenArchive(session, options.file, options.key_file));
  Result<archive::VerifyReport> report = archive::VerifyReport{};
  {
    const Interruption interruption;
    ProgressDisplay display(session.terminal, session.noise());
    report = archive::VerifyBackup(
        session.ctx.WithStop(interruption.token()), *file,
        [&](ByteCount done, ByteCount all) { display.ShowTransfer("reading", done, all); });
  }
  if (!report) return Fail(report.error());
  if (session.json) {
    session.PrintJson(VerifyJson(options.file, *report));
  } else {
    session.terminal.Out(VerifyText(options.file, *report));
  }
  return {};
}

}  // namespace reprise::cli
