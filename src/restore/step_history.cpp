#include "restore/step_history.hpp"

#include "backup/incremental_check.hpp"
#include "base/if_found.hpp"

namespace reprise::restore {
namespace {

using domain::TaskKind;

constexpr int kMostPast = 30;  // tasks of each kind that are looked at

// Whose steps tell something of a task of this kind.
std::vector<TaskKind> KindsFor(TaskKind kind) {
  switch (kind) {
    case TaskKind::kBackup:
    case TaskKind::kImport:
    case TaskKind::kVerify:
      return {TaskKind::kBackup, TaskKind::kImport, TaskKind::kVerify};
    case TaskKind::kRestore:
    case TaskKind::kDrill:
      return {TaskKind::kRestore, TaskKind::kDrill, TaskKind::kBackup, TaskKind::kVerify};
    default:
      return {kind};
  }
}

// What its safety backup, which is as large as `like`, adds to a restore.
void AddTaking(const domain::Backup& like, TaskSizes& sizes) {
  const TaskSizes taking = SizesOfTaking(like);
  sizes.taken = taking.taken;
  sizes.read_back = taking.read_back;
}

}  // namespace

Result<domain::ServerId> StepHistory::ServerOf(const domain::EnvironmentId& id) const {
  ASSIGN_OR_RETURN(const auto environment, IfFound(parts_.environments.Get(id)));
  return environment ? environment->server_id : domain::ServerId{};
}

Result<std::optional<domain::Backup>> StepHistory::LastOf(const domain::EnvironmentId& id,
                                                          const domain::Backup& like) const {
  if (id.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(
      const auto newest,
      parts_.backups.List({.environment_id = id, .status = domain::BackupStatus::kCompleted},
                          {1, kMostPast}));
  for (const domain::Backup& backup : newest.items) {
    if (backup.include_filestore == like.include_filestore) return backup;
  }
  return std::nullopt;
}

Result<StepHistory::Facts> StepHistory::FactsOfBackup(const domain::Task& task, When when) const {
  Facts facts;
  ASSIGN_OR_RETURN(domain::Backup backup, parts_.backups.Get(domain::BackupId{task.subject_id}));
  ASSIGN_OR_RETURN(facts.about.server, ServerOf(backup.environment_id));
  facts.about.is_incremental = task.kind == TaskKind::kBackup && backup::IsIncremental(backup);
  if (when == When::kAhead && task.kind == TaskKind::kBackup) {
    ASSIGN_OR_RETURN(const auto last, LastOf(backup.environment_id, backup));
    backup = last.value_or(domain::Backup{});
  }
  facts.about.sizes = SizesOfTaking(backup);
  return facts;
}

Result<StepHistory::Facts> StepHistory::FactsOfRestore(const domain::RestoreId& id,
                                                       When when) const {
  ASSIGN_OR_RETURN(const domain::RestorePoint restore, parts_.restores.Get(id));
  ASSIGN_OR_RETURN(const domain::Backup backup, parts_.backups.Get(restore.backup_id));
  Facts facts;
  facts.strategy = restore.strategy;
  facts.downtime_seconds = restore.downtime_seconds;
  facts.about.server = restore.target_server_id;
  TaskSizes& sizes = facts.about.sizes;
  sizes = SizesOfRestoring(backup, restore.request, restore.strategy);
  std::optional<domain::Backup> safety;
  if (when == When::kPast && !restore.pre_restore_backup_id.empty()) {
    ASSIGN_OR_RETURN(safety, IfFound(parts_.backups.Get(restore.pre_restore_backup_id)));
  } else if (when == When::kAhead) {
    ASSIGN_OR_RETURN(safety, LastOf(restore.target_environment_id, domain::Backup{}));
    // The target is about to be what is restored: it may well be of its size now.
    if (!safety) safety = backup;
  }
  if (safety) {
    AddTaking(*safety, sizes);
  }
  return facts;
}

Result<StepHistory::Facts> StepHistory::FactsOf(const domain::Task& task, When when) const {
  Result<Facts> facts = Facts{};
  switch (task.kind) {
    case TaskKind::kBackup:
    case TaskKind::kImport:
    case TaskKind::kVerify:
      facts = FactsOfBackup(task, when);
      break;
    case TaskKind::kRestore:
    case TaskKind::kUndo:
    case TaskKind::kRelease:
      facts = FactsOfRestore(domain::RestoreId{task.subject_id}, when);
      break;
    case TaskKind::kDrill: {
      if (parts_.drills == nullptr) break;
      ASSIGN_OR_RETURN(const domain::Drill drill,
                       parts_.drills->Get(domain::DrillId{task.subject_id}));
      facts = FactsOfRestore(drill.restore_id, when);
      break;
    }
    case TaskKind::kMount:
    case TaskKind::kUnmount:
    case TaskKind::kSnapshot:
    case TaskKind::kRollback:
    case TaskKind::kDropSnapshot:
      break;
    case TaskKind::kDeploy:
    case TaskKind::kRemove: {
      ASSIGN_OR_RETURN(facts->about.server, ServerOf(domain::EnvironmentId{task.subject_id}));
      break;
    }
  }
  if (facts) facts->about.kind = task.kind;
  return facts;
}

Result<std::vector<PastTask>> StepHistory::PastFor(TaskKind kind) const {
  std::vector<PastTask> past;
  for (const TaskKind each : KindsFor(kind)) {
    if (each == TaskKind::kDrill && parts_.drills == nullptr) continue;
    ASSIGN_OR_RETURN(const auto tasks,
                     parts_.journal.List({.kind = each, .status = domain::TaskStatus::kCompleted},
                                         {1, kMostPast}));
    for (const domain::Task& task : tasks.items) {
      if (task.attempts > 1) continue;
      const auto facts = FactsOf(task, When::kPast);
      if (!facts) continue;  // what it worked on is gone
      past.push_back({each, facts->about.server, facts->about.sizes, task.steps, facts->strategy,
                      facts->downtime_seconds, facts->about.is_incremental});
    }
  }
  return past;
}

Result<jobs::SecondsByStep> StepHistory::Expect(const domain::Task& task) const {
  ASSIGN_OR_RETURN(const Facts facts, FactsOf(task, When::kAhead));
  ASSIGN_OR_RETURN(const auto past, PastFor(task.kind));
  return ExpectSteps(past, facts.about);
}

Result<Estimate> StepHistory::EstimateOf(const Order& order) const {
  TaskAhead ahead{TaskKind::kRestore, order.target.server_id,
                  SizesOfRestoring(order.backup, order.request, order.strategy)};
  ASSIGN_OR_RETURN(const auto safety, LastOf(order.target.id, domain::Backup{}));
  AddTaking(safety.value_or(order.backup), ahead.sizes);
  ASSIGN_OR_RETURN(const auto past, PastFor(TaskKind::kRestore));
  return EstimateRestore(past, ahead, order);
}

}  // namespace reprise::restore
