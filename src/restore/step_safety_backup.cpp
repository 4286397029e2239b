#include <fmt/format.h>

#include "base/id.hpp"
#include "base/if_found.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// Backs the target up as it is, and reads that back, before anything of it is replaced. Runs beside
// the load; the swap waits for it. A failed one ends the restore with the target untouched. A
// completed one is kept, whatever becomes of the restore.
class SafetyBackupStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kSafetyBackup; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kValidate}; }
  [[nodiscard]] double weight() const override { return 9; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::BackupId id, EnsureRow(run));
    backup::BackupMaker& maker = session().parts().maker;
    const auto warn = [&](const std::string& warning) {
      session().Warn(run, "the safety backup of the state before: " + warning);
    };
    const auto check_owner = [&run] { return run.CheckOwner(); };
    Status taken = maker.Take(
        ctx, id, session().Owner(run),
        [&](double fraction, std::string detail) {
          run.Progress(0.8 * fraction, std::move(detail));
        },
        warn, check_owner, session().Hold());
    if (!taken) {
      return Fail(std::move(taken.error())
                      .WithHint("if the present state need not be kept, restore without the safety "
                                "backup"));
    }
    return maker.Verify(
        ctx, id,
        [&](double fraction, std::string detail) {
          run.Progress(0.8 + 0.2 * fraction, std::move(detail));
        },
        warn, check_owner, session().Hold());
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun& run) override {
    const domain::BackupId id{RestoreSession::TextFact(run, fact::kSafetyBackup)};
    if (id.empty()) return {};
    RETURN_IF_ERROR(run.CheckOwner());
    RETURN_IF_ERROR(session().parts().maker.Discard(ctx, id, session().Owner(run)));
    ASSIGN_OR_RETURN(const auto row, IfFound(session().parts().backups.Get(id)));
    if (!row || row->status == domain::BackupStatus::kCompleted) return {};
    return session().parts().maker.MarkEnded(
        id, Error{ErrorCode::kCancelled, "the restore that it was for has ended"},
        session().Hold());
  }

 private:
  // The row of the safety backup: made once, found again after a crash.
  Result<domain::BackupId> EnsureRow(jobs::StepRun& run) {
    const RestoreParts& parts = session().parts();
    domain::BackupId id{RestoreSession::TextFact(run, fact::kSafetyBackup)};
    if (id.empty()) {
      id.value = NewUuid();
      RETURN_IF_ERROR(run.Save(fact::kSafetyBackup, boost::json::value(id.value)));
    }
    if (!parts.backups.Get(id)) RETURN_IF_ERROR(InsertRow(id));
    // Told in any case: a crash may have come between the row and this.
    RETURN_IF_ERROR(
        session().Record([&](domain::RestorePoint& row) { row.pre_restore_backup_id = id; }));
    return id;
  }

  Status InsertRow(const domain::BackupId& id) {
    const RestoreParts& parts = session().parts();
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    domain::Backup backup;
    backup.id = id;
    backup.project_id = target.project_id;
    backup.environment_id = target.id;
    backup.task_id = session().restore().task_id;
    ASSIGN_OR_RETURN(const domain::ArchivePlace place,
                     parts.backups.PlaceFor(target.project_id, {}));
    backup.type = domain::BackupType::kPreRestore;
    backup.created_at = parts.clock.Now();
    backup.name = fmt::format("Before restoring \"{}\"", session().backup().name);
    backup.include_filestore = true;
    domain::PutAt(place, fmt::format("backups/{}/{}.zip", target.id.value, id.value), backup);
    return parts.backups.Insert(backup);
  }
};

}  // namespace

bool WantsSafetyBackup(const RestoreSession& session) {
  return session.request().create_pre_restore_backup && !session.IsNewEnvironment();
}

StepPtr MakeSafetyBackupStep(RestoreSession& session) {
  return std::make_unique<SafetyBackupStep>(session);
}

}  // namespace reprise::restore
