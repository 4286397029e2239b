#include "catalog/statistics.hpp"

#include <chrono>

namespace reprise::catalog {
namespace {

constexpr double kMicros = 1e6;
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1'000'000;

double Seconds(std::int64_t micros) { return static_cast<double>(micros) / kMicros; }

Status TellTasks(Transaction& tx, std::int64_t now, MetricsText& into) {
  into.Family("reprise_tasks", "gauge", "Tasks in the journal, by kind and status.");
  ASSIGN_OR_RETURN(
      const std::vector<Row> tasks,
      tx.Query("SELECT kind, status, COUNT(*) FROM task GROUP BY kind, status ORDER BY 1, 2", {}));
  for (const Row& row : tasks) {
    into.Sample({{"kind", row.Text(0)}, {"status", row.Text(1)}}, row.Real(2));
  }
  ASSIGN_OR_RETURN(const std::vector<Row> waiting,
                   tx.Query("SELECT COUNT(*), MIN(CASE WHEN run_at > created_at THEN run_at"
                            " ELSE created_at END) FROM task WHERE status = 'queued'"
                            " AND (run_at IS NULL OR run_at <= $1)",
                            {now}));
  into.Family("reprise_queue_due", "gauge", "Queued tasks that may run now.");
  into.Sample({}, waiting.front().Real(0));
  into.Family("reprise_queue_age_seconds", "gauge", "How long the oldest of them waits.");
  into.Sample({}, waiting.front().IsNull(1) ? 0 : Seconds(now - waiting.front().Int(1)));
  ASSIGN_OR_RETURN(const std::vector<Row> late,
                   tx.Query("SELECT COUNT(*), MIN(lease_until) FROM task WHERE status = 'running'"
                            " AND lease_until < $1",
                            {now}));
  into.Family("reprise_worker_lag_seconds", "gauge",
              "How long a running task has been without a living worker.");
  into.Sample({}, late.front().IsNull(1) ? 0 : Seconds(now - late.front().Int(1)));
  return {};
}

Status TellSteps(Transaction& tx, std::int64_t now, MetricsText& into) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> steps,
      tx.Query("SELECT task.kind, step.name, COUNT(*), SUM(step.completed_at - step.started_at),"
               " MAX(step.completed_at - step.started_at) FROM task JOIN step ON step.task_id ="
               " task.id WHERE task.created_at > $1 AND step.state = 'done'"
               " AND step.started_at IS NOT NULL AND step.completed_at IS NOT NULL"
               " GROUP BY task.kind, step.name ORDER BY 1, 2",
               {now - kDay}));
  const auto tell = [&](std::string_view name, std::string_view help, const auto& value) {
    into.Family(name, "gauge", help);
    for (const Row& row : steps) {
      into.Sample({{"kind", row.Text(0)}, {"step", row.Text(1)}}, value(row));
    }
  };
  tell("reprise_step_day_count", "Steps done, of tasks of the last 24 hours.",
       [](const Row& row) { return row.Real(2); });
  tell("reprise_step_day_mean_seconds", "How long they took on average.",
       [](const Row& row) { return row.Real(3) / kMicros / row.Real(2); });
  tell("reprise_step_day_longest_seconds", "How long the longest of them took.",
       [](const Row& row) { return row.Real(4) / kMicros; });
  return {};
}

Status TellRestores(Transaction& tx, std::int64_t now, MetricsText& into) {
  into.Family("reprise_restores", "gauge", "Restores, by status and what became of the target.");
  ASSIGN_OR_RETURN(const std::vector<Row> restores,
                   tx.Query("SELECT status, outcome, COUNT(*) FROM restore_point"
                            " GROUP BY status, outcome ORDER BY 1, 2",
                            {}));
  for (const Row& row : restores) {
    into.Sample({{"status", row.Text(0)}, {"outcome", row.Text(1)}}, row.Real(2));
  }
  ASSIGN_OR_RETURN(const std::vector<Row> downtime,
                   tx.Query("SELECT COUNT(downtime_seconds), COALESCE(SUM(downtime_seconds), 0),"
                            " COALESCE(MAX(downtime_seconds), 0) FROM restore_point"
                            " WHERE created_at > $1",
                            {now - kDay}));
  into.Family("reprise_restore_day_downtime_seconds", "gauge",
              "Downtime of the restores of the last 24 hours.");
  into.Sample({{"of", "all"}}, downtime.front().Real(1));
  into.Sample({{"of", "longest"}}, downtime.front().Real(2));
  return {};
}

Status TellBackups(Transaction& tx, MetricsText& into) {
  ASSIGN_OR_RETURN(const std::vector<Row> backups,
                   tx.Query("SELECT status, type, COUNT(*), SUM(compressed_size) FROM backup"
                            " GROUP BY status, type ORDER BY 1, 2",
                            {}));
  into.Family("reprise_backups", "gauge", "Backups, by status and type.");
  for (const Row& row : backups) {
    into.Sample({{"status", row.Text(0)}, {"type", row.Text(1)}}, row.Real(2));
  }
  into.Family("reprise_backup_bytes", "gauge", "Size of the archives that are kept.");
  for (const Row& row : backups) {
    if (row.Text(0) == "completed") into.Sample({{"type", row.Text(1)}}, row.Real(3));
  }
  ASSIGN_OR_RETURN(
      const std::vector<Row> newest,
      tx.Query("SELECT environment.id, environment.name, environment.type,"
               " MAX(backup.completed_at), MAX(backup.verified_at) FROM environment"
               " LEFT JOIN backup ON backup.environment_id = environment.id"
               " AND backup.status = 'completed' WHERE environment.status <> 'deleted'"
               " GROUP BY environment.id, environment.name, environment.type ORDER BY 2, 1",
               {}));
  const auto tell = [&](std::string_view name, std::string_view help, std::size_t column) {
    into.Family(name, "gauge", help);
    for (const Row& row : newest) {
      into.Sample({{"environment", row.Text(1)}, {"id", row.Text(0)}, {"type", row.Text(2)}},
                  Seconds(row.Int(column)));
    }
  };
  tell("reprise_environment_last_backup_timestamp_seconds",
       "When the newest good backup of an environment was completed; 0: there is none.", 3);
  tell("reprise_environment_last_verified_timestamp_seconds",
       "When a backup of it was last read back; 0: never.", 4);
  return {};
}

}  // namespace

Status TellStatistics(Database& database, Instant now, MetricsText& into) {
  const std::int64_t micros = ToMicros(now);
  return database.Read([&](Transaction& tx) -> Status {
    MetricsText told;  // of this try
    RETURN_IF_ERROR(TellTasks(tx, micros, told));
    RETURN_IF_ERROR(TellSteps(tx, micros, told));
    RETURN_IF_ERROR(TellRestores(tx, micros, told));
    RETURN_IF_ERROR(TellBackups(tx, told));
    into = std::move(told);
    return {};
  });
}

}  // namespace reprise::catalog
