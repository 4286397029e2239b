#include "backup/part_sweep.hpp"

#include "base/log.hpp"
#include "base/repeat.hpp"

namespace reprise::backup {
namespace {

constexpr std::size_t kMostAtOnce = 500;

std::string AddressOf(const catalog::ArchivePart& part) {
  if (part.storage_config_id.empty()) return part.storage_key;
  return part.storage_config_id.value + ":" + part.storage_key;
}

}  // namespace

void PartSweep::Run(const std::stop_token& stop) {
  RepeatUntilStopped(stop, std::chrono::seconds(10), "parts.failed",
                     [&](const Context& ctx) { return Sweep(ctx); });
}

Status PartSweep::Sweep(const Context& ctx) {
  std::erase_if(not_before_, [&](const auto& each) { return each.second <= parts_.clock.Now(); });
  Failures failures;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto unused, parts_.rows.TakeUnused(kMostAtOnce, after));
    for (const catalog::ArchivePart& part : unused) {
      RETURN_IF_ERROR(TryToRemove(ctx, part, failures));
    }
    if (unused.size() < kMostAtOnce) return {};
    after = unused.back().id;
  }
}

Status PartSweep::TryToRemove(const Context& ctx, const catalog::ArchivePart& part,
                              Failures& failures) {
  int& failed = failures[part.storage_config_id.value];
  if (failed >= kMostFailures || not_before_.contains(part.id)) return {};
  const Status deleted = parts_.raw.Delete(ctx, AddressOf(part));
  RETURN_IF_ERROR(ctx.Check());
  if (!deleted) {
    ++failed;
    not_before_[part.id] = parts_.clock.Now() + kPause;
    log::Warning("parts.not_removed",
                 {{"part", part.storage_key}, {"error", deleted.error().Sentence()}});
    return {};
  }
  RETURN_IF_ERROR(parts_.rows.Remove(part.id));
  log::Info("parts.removed", {{"part", part.storage_key}});
  return {};
}

}  // namespace reprise::backup
