#include "restore/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "restore/safe_copy_policy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

using domain::StepTime;
using domain::TaskKind;

constexpr std::string_view kArchive = "archive";  // of a backup, which then verifies it

// Tasks of one family have the same steps.
enum class Family { kBackup, kRestore, kOther };

Family FamilyOf(TaskKind kind) {
  switch (kind) {
    case TaskKind::kBackup:
    case TaskKind::kImport:
    case TaskKind::kVerify:
      return Family::kBackup;
    case TaskKind::kRestore:
    case TaskKind::kDrill:
      return Family::kRestore;
    default:
      return Family::kOther;
  }
}

bool AreAlike(TaskKind one, TaskKind other) {
  return one == other || (FamilyOf(one) == FamilyOf(other) && FamilyOf(one) != Family::kOther);
}

// What a step moves; 0 when its time does not go with any size.
std::optional<double> MovedBy(std::string_view step, TaskKind kind, const TaskSizes& sizes) {
  if (FamilyOf(kind) == Family::kOther) return 0;
  if (step == step::kDownload) return sizes.fetched;
  if (step == step::kLoadDatabase || step == step::kMakeSafe) return sizes.dump;
  if (step == step::kStageFilestore || step == step::kProve) return sizes.files;
  if (step == kArchive || step == step::kSafetyBackup) return sizes.taken;
  if (step == step::kVerify && FamilyOf(kind) == Family::kBackup) return sizes.read_back;
  return 0;
}

// An incremental backup takes a fraction of a whole one. Where none of its sort was made yet, the
// others are better than nothing.
std::vector<StepTime> TimesLike(const std::vector<PastTask>& past, const TaskAhead& ahead) {
  const auto is_of_the_sort = [&](const PastTask& one) {
    return one.kind != TaskKind::kBackup || one.is_incremental == ahead.is_incremental;
  };
  const bool any = std::any_of(past.begin(), past.end(), [&](const PastTask& one) {
    return one.kind == TaskKind::kBackup && is_of_the_sort(one);
  });
  std::vector<StepTime> times;
  for (const PastTask& one : past) {
    if (!AreAlike(one.kind, ahead.kind) || (any && !is_of_the_sort(one))) continue;
    for (const domain::TaskStep& step : one.steps) {
      if (step.state != domain::StepState::kDone || !step.started_at || !step.completed_at)
        continue;
      const auto megabytes = MovedBy(step.name, one.kind, one.sizes);
      if (!megabytes) continue;
      const std::chrono::duration<double> took = *step.completed_at - *step.started_at;
      times.push_back({step.name, one.kind, one.server, *megabytes, std::max(took.count(), 0.0)});
    }
  }
  return times;
}

std::optional<double> DowntimeOf(const std::vector<PastTask>& past, const TaskAhead& ahead,
                                 domain::RestoreStrategy strategy) {
  std::vector<StepTime> away;
  for (const PastTask& one : past) {
    if (one.kind != TaskKind::kRestore || one.strategy != strategy) continue;
    if (one.downtime_seconds.value_or(0) <= 0) continue;
    away.push_back({"away", one.kind, one.server, 0, *one.downtime_seconds});
  }
  return domain::ExpectedSeconds(away, "away", ahead.kind, ahead.server, 0);
}

}  // namespace

double Megabytes(ByteCount bytes) { return static_cast<double>(bytes) / 1e6; }

TaskSizes SizesOfTaking(const domain::Backup& backup) {
  TaskSizes sizes;
  if (backup.total_size > 0) sizes.taken = Megabytes(backup.total_size);
  if (backup.compressed_size > 0) sizes.read_back = Megabytes(backup.compressed_size);
  return sizes;
}

TaskSizes SizesOfRestoring(const domain::Backup& backup, const domain::RestoreRequest& request,
                           domain::RestoreStrategy strategy) {
  TaskSizes sizes;
  // Only one that its manifest does not vouch for is read whole: see step_download.cpp.
  const bool is_read_once =
      backup.manifest_sha256.empty() || strategy == domain::RestoreStrategy::kInPlace;
  sizes.fetched = is_read_once ? Megabytes(backup.compressed_size) : 0;
  if (backup.database_size > 0) sizes.dump = Megabytes(backup.database_size);
  sizes.files = request.include_filestore ? Megabytes(backup.filestore_size) : 0;
  return sizes;
}

jobs::SecondsByStep ExpectSteps(const std::vector<PastTask>& past, const TaskAhead& ahead) {
  const std::vector<StepTime> times = TimesLike(past, ahead);
  std::set<std::string> names;
  for (const StepTime& time : times) names.insert(time.step);
  jobs::SecondsByStep expected;
  for (const std::string& name : names) {
    const auto megabytes = MovedBy(name, ahead.kind, ahead.sizes);
    if (!megabytes) continue;
    const auto seconds = domain::ExpectedSeconds(times, name, ahead.kind, ahead.server, *megabytes);
    if (seconds) expected[name] = *seconds;
  }
  const std::string safety(step::kSafetyBackup);
  if (FamilyOf(ahead.kind) != Family::kRestore || expected.contains(safety)) return expected;
  // No restore has made one yet: it is what a backup does.
  const auto alone = ExpectSteps(past, {TaskKind::kBackup, ahead.server, ahead.sizes, false});
  const auto archive = alone.find(std::string(kArchive));
  const auto verify = alone.find(std::string(step::kVerify));
  if (archive == alone.end() || verify == alone.end()) return expected;
  expected[safety] = archive->second + verify->second;
  return expected;
}

Estimate EstimateRestore(const std::vector<PastTask>& past, const TaskAhead& ahead,
                         const Order& order) {
  const domain::RestoreRequest& request = order.request;
  Estimate estimate;
  estimate.measured =
      static_cast<std::size_t>(std::count_if(past.begin(), past.end(), [](const PastTask& one) {
        return one.kind == TaskKind::kRestore;
      }));
  const bool makes = MakesEnvironment(request.mode);
  if (makes) estimate.downtime_seconds = 0;
  if (estimate.measured == 0) {
    estimate.downtime_seconds.reset();
    return estimate;
  }
  if (!makes) estimate.downtime_seconds = DowntimeOf(past, ahead, order.strategy);
  const jobs::SecondsByStep expected = ExpectSteps(past, ahead);
  const auto of = [&](std::string_view step) {
    const auto found = expected.find(std::string(step));
    if (found == expected.end()) {
      if (estimate.unknown_step.empty()) estimate.unknown_step = step;
      return 0.0;
    }
    estimate.steps.insert(*found);
    return found->second;
  };
  const double validate = of(step::kValidate);
  const double deploy = makes ? of(step::kDeploy) : 0.0;
  const double safety = request.create_pre_restore_backup && !makes ? of(step::kSafetyBackup) : 0.0;
  const double files =
      request.include_filestore && order.backup.include_filestore ? of(step::kStageFilestore) : 0.0;
  const double make_safe = WantsMakeSafe(request) ? of(step::kMakeSafe) : 0.0;
  const double build =
      of(step::kDownload) + std::max(of(step::kLoadDatabase), files) + make_safe + of(step::kProve);
  const bool in_place = order.strategy == domain::RestoreStrategy::kInPlace;
  const double before = in_place ? safety + build : std::max(safety, build);
  const double last = of(step::kSwap) + of(step::kStart) + of(step::kVerify) + of(step::kFinish);
  if (estimate.unknown_step.empty()) estimate.seconds = validate + deploy + before + last;
  return estimate;
}

std::string SentenceOf(const Estimate& estimate) {
  if (estimate.measured == 0) {
    return "no restore has completed here yet, so there is nothing to estimate the time from";
  }
  std::string sentence =
      estimate.seconds
          ? fmt::format("about {:.0f} s, measured on {} restore{} here",
                        std::max(*estimate.seconds, 1.0), estimate.measured,
                        estimate.measured == 1 ? "" : "s")
          : fmt::format("a time that is not known: no step {} of this size was measured here yet",
                        estimate.unknown_step);
  if (!estimate.downtime_seconds) return sentence + "; how long Odoo will be away is not known yet";
  if (*estimate.downtime_seconds == 0) return sentence + "; nothing that serves is stopped";
  return fmt::format("{}; Odoo will be away for about {:.0f} s", sentence,
                     std::max(*estimate.downtime_seconds, 1.0));
}

}  // namespace reprise::restore
