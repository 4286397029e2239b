#include <fmt/format.h>

#include "archive/verify.hpp"
#include "base/hash.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// Makes sure that the archive is the one that was verified. Its manifest vouches for its parts:
// those that are needed are checked as the later steps read them, by range, and nothing is read
// twice. Where it does not (other formats; backups verified by an older version), or where the live
// database goes before the dump is read (in place), the archive is read once from end to end and
// compared with its recorded checksum, or, where it has none yet, held to its manifest.
class DownloadStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kDownload; }
  [[nodiscard]] std::vector<std::string_view> after() const override {
    if (session().IsNewEnvironment()) return {step::kDeploy};
    // Without a second copy nothing of the live one may go before its backup stands.
    if (session().IsInPlace() && WantsSafetyBackup(session())) return {step::kSafetyBackup};
    return {step::kValidate};
  }
  [[nodiscard]] double weight() const override { return 20; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    const domain::Backup& backup = session().backup();
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));
    if (!backup.manifest_sha256.empty() && !session().IsInPlace()) {
      run.Progress(1, "its manifest is the one that was verified");
      return {};
    }
    if (backup.sha256.empty() && !backup.manifest_sha256.empty()) {
      return ReadByItsManifest(ctx, *open.source, run);
    }
    return ReadBySha256(ctx, *open.source, run);
  }

 private:
  static void Show(jobs::StepRun& run, ByteCount done, ByteCount all) {
    run.Progress(static_cast<double>(done) / static_cast<double>(std::max<ByteCount>(all, 1)),
                 fmt::format("{:.1f} of {:.1f} MB", static_cast<double>(done) / 1e6,
                             static_cast<double>(all) / 1e6));
  }

  // Nobody has seen all of its bytes in a row, as it is an incremental one: each part is held to
  // what its manifest says.
  static Status ReadByItsManifest(const Context& ctx, RandomReader& source, jobs::StepRun& run) {
    RETURN_IF_ERROR(archive::VerifyBackup(
        ctx, source, [&](ByteCount done, ByteCount all) { Show(run, done, all); }));
    return {};
  }

  Status ReadBySha256(const Context& ctx, RandomReader& source, jobs::StepRun& run) const {
    const domain::Backup& backup = session().backup();
    RangeReader all(source, 0, source.size());
    Hasher hasher(HashKind::kSha256);
    std::vector<std::byte> buffer(1U << 20U);
    ByteCount done = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::size_t count, all.Read(ctx, buffer));
      if (count == 0) break;
      hasher.Update(ConstByteSpan(buffer).first(count));
      done += count;
      Show(run, done, source.size());
    }
    const std::string digest = hasher.Finish();
    if (backup.sha256.empty() || digest == backup.sha256) return {};
    return Fail(
        ErrorCode::kArchiveCorrupt,
        fmt::format("the archive of \"{}\" has changed in storage: its sha256 is {}, it was "
                    "{} when it was written",
                    backup.name, digest, backup.sha256),
        "use another backup, and have the storage checked");
  }
};

}  // namespace

StepPtr MakeDownloadStep(RestoreSession& session) {
  return std::make_unique<DownloadStep>(session);
}

}  // namespace reprise::restore
