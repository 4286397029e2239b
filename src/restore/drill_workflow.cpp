#include "restore/drill_workflow.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json_fields.hpp"
#include "restore/steps_of_drill.hpp"

namespace reprise::restore {
namespace {

namespace json = boost::json;
using domain::Drill;
using domain::DrillStatus;
using domain::RestorePoint;

json::array StepsOf(const domain::Task& task) {
  json::array steps;
  for (const domain::TaskStep& one : task.steps) {
    json::value seconds;
    if (one.started_at && one.completed_at) {
      seconds = std::chrono::duration<double>(*one.completed_at - *one.started_at).count();
    }
    steps.push_back(json::object{{"name", one.name},
                                 {"state", domain::NameOf(one.state)},
                                 {"seconds", std::move(seconds)},
                                 {"error", one.error}});
  }
  return steps;
}

class DrillWorkflow final : public jobs::Workflow {
 public:
  DrillWorkflow(std::unique_ptr<RestoreSession> session, const DrillParts& parts,
                domain::DrillId id, domain::TaskId task)
      : session_(std::move(session)), parts_(parts), id_(std::move(id)), task_(std::move(task)) {
    RestoreSession& restore = *session_;
    steps_.push_back(MakeValidateStep(restore));
    steps_.push_back(MakeFencedDeployStep(restore));
    steps_.push_back(MakeDownloadStep(restore));
    steps_.push_back(MakeLoadDatabaseStep(restore));
    if (WantsFilestore(restore)) steps_.push_back(MakeStageFilestoreStep(restore));
    steps_.push_back(MakeProveStep(restore));
    steps_.push_back(MakeSwapStep(restore));
    steps_.push_back(MakeStartStep(restore));
    steps_.push_back(MakeVerifyStep(restore));
    steps_.push_back(MakeLoginStep(restore, [this](Instant at) { return NoteAnswer(at); }));
    steps_.push_back(MakeDocumentStep(restore));
    steps_.push_back(MakeRemoveStep(restore));
  }

  [[nodiscard]] const std::vector<StepPtr>& steps() const override { return steps_; }

  void StepChanged(std::string_view name, domain::StepState state) override {
    session_->FreeSpaceAfter(name, state);
    if (state != domain::StepState::kRunning || has_begun_) return;
    has_begun_ = true;
    [[maybe_unused]] const auto begun = parts_.drills.Update(id_, [&](Drill& row) -> Status {
      row.status = DrillStatus::kRunning;
      if (!row.started_at) row.started_at = session_->parts().clock.Now();
      return {};
    });
  }

  [[nodiscard]] Status Ended(const Context&, const std::optional<jobs::Failure>& failure) override {
    const bool cancelled = failure && failure->error.code == ErrorCode::kCancelled;
    RETURN_IF_ERROR(session_->SetTargetStatus(domain::EnvironmentStatus::kDeleted,
                                              failure ? failure->error.Sentence() : ""));
    const Instant now = session_->parts().clock.Now();
    RETURN_IF_ERROR(session_->Record([&](RestorePoint& row) {
      row.status = cancelled ? domain::RestoreStatus::kCancelled
                   : failure ? domain::RestoreStatus::kFailed
                             : domain::RestoreStatus::kCompleted;
      if (!row.completed_at) row.completed_at = now;
    }));
    const DrillStatus status = cancelled ? DrillStatus::kCancelled
                               : failure ? DrillStatus::kFailed
                                         : DrillStatus::kPassed;
    ASSIGN_OR_RETURN(const std::string report, ReportOf(status, failure, now));
    const auto record = [&](catalog::Transaction& transaction) -> Status {
      RETURN_IF_ERROR(catalog::DrillStore::UpdateIn(transaction, id_, [&](Drill& row) -> Status {
        row.status = status;
        if (!row.completed_at) row.completed_at = now;
        if (failure) {
          row.error_code = NameOf(failure->error.code);
          row.error_message = failure->error.Sentence();
          row.error_step = failure->step;
        }
        row.report_json = report;
        return {};
      }));
      return {};
    };
    RETURN_IF_ERROR(parts_.journal.Tell(task_, NoticeOf(status, failure), record));
    session_->FreeAllSpace();
    return {};
  }

 private:
  static jobs::Notice NoticeOf(DrillStatus status, const std::optional<jobs::Failure>& failure) {
    json::object data;
    if (failure) {
      data["error_code"] = NameOf(failure->error.code);
      data["error_message"] = failure->error.Sentence();
      data["error_step"] = failure->step;
    }
    return {"drill." + std::string(domain::NameOf(status)), std::move(data)};
  }

  Status NoteAnswer(Instant at) {
    RETURN_IF_ERROR(parts_.drills.Update(id_, [&](Drill& row) -> Status {
      if (row.started_at) {
        row.recovery_seconds = std::chrono::duration<double>(at - *row.started_at).count();
      }
      return {};
    }));
    return {};
  }

  Result<std::string> ReportOf(DrillStatus status, const std::optional<jobs::Failure>& failure,
                               Instant now) {
    ASSIGN_OR_RETURN(const Drill drill, parts_.drills.Get(id_));
    ASSIGN_OR_RETURN(const domain::Task task, parts_.journal.Get(task_));
    ASSIGN_OR_RETURN(const RestorePoint restore,
                     session_->parts().restores.Get(session_->restore().id));
    ASSIGN_OR_RETURN(const auto document, parts_.journal.Saved(task_, fact::kDocumentShown));
    const domain::Backup& backup = session_->backup();
    json::object report;
    report["drill_id"] = id_.value;
    report["result"] = domain::NameOf(status);
    report["started_at"] = FormatInstant(drill.started_at.value_or(now));
    report["completed_at"] = FormatInstant(now);
    report["recovery_seconds"] =
        drill.recovery_seconds ? json::value(*drill.recovery_seconds) : json::value(nullptr);
    report["backup"] = json::object{{"id", backup.id.value},
                                    {"name", backup.name},
                                    {"created_at", FormatInstant(backup.created_at)},
                                    {"sha256", backup.sha256},
                                    {"environment", backup.snapshot.name},
                                    {"odoo_version", backup.snapshot.odoo_version},
                                    {"postgres_version", backup.snapshot.postgres_version}};
    report["steps"] = StepsOf(task);
    report["document"] = document.value_or(json::value(nullptr));
    report["warnings"] = json::array(restore.warnings.begin(), restore.warnings.end());
    const auto proof = ParseJson(restore.proof_json);
    report["proof"] = proof ? *proof : json::value(nullptr);
    report["error"] = failure ? json::value(failure->error.Sentence()) : json::value(nullptr);
    report["error_step"] = failure ? json::value(failure->step) : json::value(nullptr);
    return json::serialize(report);
  }

  std::unique_ptr<RestoreSession> session_;
  DrillParts parts_;
  domain::DrillId id_;
  domain::TaskId task_;
  std::vector<StepPtr> steps_;
  bool has_begun_ = false;
};

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeDrillWorkflow(const RestoreParts& parts,
                                                          const DrillParts& drill,
                                                          const domain::Task& task) {
  ASSIGN_OR_RETURN(const Drill row, drill.drills.Get(domain::DrillId{task.subject_id}));
  // Its steps work on the restore into the throwaway environment.
  domain::Task of_restore = task;
  of_restore.subject_id = row.restore_id.value;
  ASSIGN_OR_RETURN(auto session, RestoreSession::Open(parts, of_restore));
  return std::make_unique<DrillWorkflow>(std::move(session), drill, row.id, task.id);
}

}  // namespace reprise::restore
