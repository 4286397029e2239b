#include <fmt/format.h>

#include "domain/names.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

constexpr double kLoadedPerDumpByte = 8;  // a database on disk against its compressed dump

std::string InGigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

// Looks at everything that can be known before anything is written; the world may have moved since
// the restore was asked for. Changes nothing, so there is nothing to take back.
class ValidateStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kValidate; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {}; }
  [[nodiscard]] double weight() const override { return 1; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    RETURN_IF_ERROR(session().Record([&](domain::RestorePoint& row) {
      if (!row.started_at) row.started_at = session().parts().clock.Now();
    }));
    RETURN_IF_ERROR(CheckBackup(ctx));
    if (session().IsNewEnvironment()) return {};
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    RETURN_IF_ERROR(CheckTarget(ctx, target));
    RETURN_IF_ERROR(CheckVersion(ctx, target, run));
    return CheckSpace(ctx, target, run);
  }

 private:
  Status CheckBackup(const Context& ctx) {
    const domain::Backup& backup = session().backup();
    if (backup.status != domain::BackupStatus::kCompleted || !backup.is_verified) {
      return Fail(
          ErrorCode::kBackupNotAvailable,
          fmt::format("the backup \"{}\" is {} and {}", backup.name, domain::NameOf(backup.status),
                      backup.is_verified ? "verified" : "not verified"),
          "use a completed and verified backup, or verify this one again");
    }
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));
    if (open.source->size() != backup.compressed_size) {
      return Fail(
          ErrorCode::kArchiveCorrupt,
          fmt::format("the archive of \"{}\" has {} bytes in storage, but had {} when it was "
                      "verified",
                      backup.name, open.source->size(), backup.compressed_size),
          "it was altered since; use another backup");
    }
    return {};
  }

  Status CheckTarget(const Context& ctx, const domain::Environment& target) {
    for (const std::string& container :
         {target.containers.odoo, target.containers.db, target.containers.pgbouncer}) {
      if (container.empty()) continue;
      auto info = session().engine().Inspect(ctx, container);
      if (!info && info.error().code == ErrorCode::kContainerMissing) {
        return Fail(ErrorCode::kContainerMissing,
                    fmt::format("the container {} of \"{}\" is gone", container, target.name),
                    "bring it back, adopt the environment anew, or restore into a new environment");
      }
      if (!info) return Fail(info.error());
      if (container == target.containers.db && !info->state.running) {
        return Fail(ErrorCode::kContainerFailed,
                    fmt::format("the database container {} does not run", container),
                    fmt::format("start it: docker start {}", container));
      }
    }
    return {};
  }

  Status CheckVersion(const Context& ctx, const domain::Environment& target, jobs::StepRun& run) {
    const std::string& wanted = session().backup().snapshot.odoo_version;
    ASSIGN_OR_RETURN(const odoo::Installation installation,
                     session().ReadTargetInstallation(ctx, run, "look"));
    if (wanted.empty()) {
      session().Warn(run,
                     "the backup does not say which Odoo version it is of; the check of the "
                     "registry will tell whether it fits");
      return {};
    }
    if (odoo::MajorOf(wanted) == odoo::MajorOf(installation.version)) return {};
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the backup is of Odoo {}, but \"{}\" runs Odoo {}", wanted,
                            target.name, installation.version),
                "restore it into an environment of the same version, or into a new one");
  }

  // Room for a second copy of the database beside the live one.
  Status CheckSpace(const Context& ctx, const domain::Environment& target, jobs::StepRun& run) {
    const postgres::Cluster cluster = ClusterOf(target);
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));
    double needed = static_cast<double>(open.reader->manifest().database_bytes);
    if (needed == 0) {
      const double dump = static_cast<double>(session().backup().database_size);
      // A plain dump is about as large as its tables; a compressed one is not.
      needed = open.reader->dump_kind() == archive::DumpKind::kCustom ? dump * kLoadedPerDumpByte
                                                                      : dump * 2;
    }
    needed = needed * 1.1 + 64e6;
    ASSIGN_OR_RETURN(const std::uint64_t free, cluster.FreeBytes(ctx));
    double available = static_cast<double>(free);
    if (session().IsInPlace()) {
      ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
      if (live) {
        ASSIGN_OR_RETURN(const std::uint64_t bytes, cluster.DatabaseBytes(ctx, target.db_name));
        available += static_cast<double>(bytes);
      }
    }
    run.Log(fmt::format("the database will need about {}, {} are free", InGigabytes(needed),
                        InGigabytes(available)));
    if (available >= needed) return {};
    return Fail(
        ErrorCode::kNoSpace,
        fmt::format("not enough space on the volume of {}: {} are free, the restored database "
                    "needs about {}",
                    target.containers.db, InGigabytes(available), InGigabytes(needed)),
        session().IsInPlace()
            ? "free space on it, then try again"
            : "free space on it, or restore with strategy in_place, which drops the live "
              "database first");
  }
};

}  // namespace

StepPtr MakeValidateStep(RestoreSession& session) {
  return std::make_unique<ValidateStep>(session);
}

}  // namespace reprise::restore
