#include "restore/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

constexpr double kMegabyte = 1e6;

// What a step moves, in megabytes; nullopt when its time does not go with any size.
std::optional<double> MegabytesOf(std::string_view step, const domain::Backup& backup) {
  ByteCount bytes = 0;
  if (step == step::kDownload) bytes = backup.compressed_size;
  if (step == step::kLoadDatabase) bytes = backup.database_size;
  if (step == step::kStageFilestore || step == step::kProve) bytes = backup.filestore_size;
  if (step == step::kSafetyBackup) bytes = backup.total_size;
  if (bytes == 0) return std::nullopt;
  return static_cast<double>(bytes) / kMegabyte;
}

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Sample {
  double seconds = 0;
  std::optional<double> megabytes;
};

std::vector<Sample> SamplesOf(std::string_view step, const std::vector<PastRestore>& past) {
  std::vector<Sample> samples;
  for (const PastRestore& one : past) {
    for (const domain::TaskStep& each : one.steps) {
      if (each.name != step || each.state != domain::StepState::kDone) continue;
      if (!each.started_at || !each.completed_at) continue;
      const std::chrono::duration<double> took = *each.completed_at - *each.started_at;
      samples.push_back({std::max(took.count(), 0.0), MegabytesOf(step, one.backup)});
    }
  }
  return samples;
}

// A line through the samples (least squares), never falling and never below nothing; the median
// where sizes tell nothing.
double At(const std::vector<Sample>& samples, std::optional<double> megabytes) {
  std::vector<double> seconds;
  double sum_mb = 0;
  double sum_s = 0;
  double sum_mb2 = 0;
  double sum_mb_s = 0;
  for (const Sample& sample : samples) {
    seconds.push_back(sample.seconds);
    const double mb = sample.megabytes.value_or(0);
    sum_mb += mb;
    sum_s += sample.seconds;
    sum_mb2 += mb * mb;
    sum_mb_s += mb * sample.seconds;
  }
  const double median = MedianOf(seconds);
  if (!megabytes || sum_mb <= 0) return median;
  const auto count = static_cast<double>(samples.size());
  const double spread = count * sum_mb2 - sum_mb * sum_mb;
  const double mean_mb = sum_mb / count;
  if (spread < mean_mb * mean_mb * 0.01 * count) {
    // All of about one size: a larger one takes longer in proportion, a smaller one not less.
    return median * std::max(*megabytes / mean_mb, 1.0);
  }
  const double slope = std::max((count * sum_mb_s - sum_mb * sum_s) / spread, 0.0);
  const double base = std::max((sum_s - slope * sum_mb) / count, 0.0);
  return base + slope * *megabytes;
}

}  // namespace

Estimate EstimateRestore(const std::vector<PastRestore>& past, const domain::Backup& backup,
                         const domain::RestoreRequest& request, domain::RestoreStrategy strategy) {
  Estimate estimate;
  estimate.measured = past.size();
  if (past.empty()) return estimate;
  const bool makes = MakesEnvironment(request.mode);
  const auto of = [&](std::string_view step) {
    const std::vector<Sample> samples = SamplesOf(step, past);
    if (samples.empty()) return 0.0;
    const double seconds = At(samples, MegabytesOf(step, backup));
    estimate.steps[std::string(step)] = seconds;
    return seconds;
  };
  const double safety = request.create_pre_restore_backup && !makes ? of(step::kSafetyBackup) : 0.0;
  const double files =
      request.include_filestore && backup.include_filestore ? of(step::kStageFilestore) : 0.0;
  const double deploy = makes ? of(step::kDeploy) : 0.0;
  const double build =
      of(step::kDownload) + std::max(of(step::kLoadDatabase), files) + of(step::kProve);
  const double last = of(step::kSwap) + of(step::kStart) + of(step::kVerify);
  const bool in_place = strategy == domain::RestoreStrategy::kInPlace;
  const double before = in_place ? safety + build : std::max(safety, build);
  estimate.seconds = of(step::kValidate) + deploy + before + last + of(step::kFinish);
  if (makes) {
    estimate.downtime_seconds = 0;
    return estimate;
  }
  std::vector<double> downtimes;
  for (const PastRestore& one : past) {
    const bool alike = one.restore.strategy == strategy;
    if (alike && one.restore.downtime_seconds.value_or(0) > 0) {
      downtimes.push_back(*one.restore.downtime_seconds);
    }
  }
  if (!downtimes.empty()) estimate.downtime_seconds = MedianOf(downtimes);
  return estimate;
}

std::string SentenceOf(const Estimate& estimate) {
  if (!estimate.seconds) {
    return "no restore has completed here yet, so there is nothing to estimate the time from";
  }
  std::string sentence =
      fmt::format("about {:.0f} s, measured on {} restore{} here", std::max(*estimate.seconds, 1.0),
                  estimate.measured, estimate.measured == 1 ? "" : "s");
  if (!estimate.downtime_seconds) return sentence + "; how long Odoo will be away is not known yet";
  if (*estimate.downtime_seconds == 0) return sentence + "; nothing that serves is stopped";
  return fmt::format("{}; Odoo will be away for about {:.0f} s", sentence,
                     std::max(*estimate.downtime_seconds, 1.0));
}

}  // namespace reprise::restore
