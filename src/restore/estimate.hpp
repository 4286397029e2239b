#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/backup.hpp"
#include "domain/restore_point.hpp"
#include "domain/step_times.hpp"
#include "domain/task.hpp"
#include "jobs/workflow.hpp"
#include "restore/order.hpp"

namespace reprise::restore {

// What a task moves, in megabytes; nullopt where that is not known (yet).
struct TaskSizes {
  std::optional<double> fetched;    // of an archive that is read once before it is used
  std::optional<double> dump;       // that is loaded
  std::optional<double> files;      // that are staged and proven
  std::optional<double> taken;      // dump and files of a backup that it makes
  std::optional<double> read_back;  // of an archive that it verifies
};

// A task that went well here.
struct PastTask {
  domain::TaskKind kind = domain::TaskKind::kRestore;
  domain::ServerId server;
  TaskSizes sizes;
  std::vector<domain::TaskStep> steps;
  domain::RestoreStrategy strategy = domain::RestoreStrategy::kAuto;  // of a restore
  std::optional<double> downtime_seconds;
  bool is_incremental = false;  // a backup that stored only what was new
};

// A task whose time is asked for.
struct TaskAhead {
  domain::TaskKind kind = domain::TaskKind::kRestore;
  domain::ServerId server;
  TaskSizes sizes;
  bool is_incremental = false;
};

// How long a restore will take, by what this installation has measured; empty without history.
struct Estimate {
  std::optional<double> seconds;
  std::optional<double> downtime_seconds;
  std::map<std::string, double> steps;  // seconds by step
  std::size_t measured = 0;             // restores that it rests on
  std::string unknown_step;             // the first one that was never measured
};

[[nodiscard]] double Megabytes(ByteCount bytes);
[[nodiscard]] TaskSizes SizesOfTaking(const domain::Backup& backup);
[[nodiscard]] TaskSizes SizesOfRestoring(const domain::Backup& backup,
                                         const domain::RestoreRequest& request,
                                         domain::RestoreStrategy strategy);

// How long each step should take: by the times of tasks that have the same steps, for the sizes
// that are moved. Steps that were not measured, or whose size is not known, are missing. Pure.
[[nodiscard]] jobs::SecondsByStep ExpectSteps(const std::vector<PastTask>& past,
                                              const TaskAhead& ahead);
// Steps that run side by side count as one; a step that was never measured makes the whole unknown.
// Pure.
[[nodiscard]] Estimate EstimateRestore(const std::vector<PastTask>& past, const TaskAhead& ahead,
                                       const Order& order);
[[nodiscard]] std::string SentenceOf(const Estimate& estimate);

}  // namespace reprise::restore
