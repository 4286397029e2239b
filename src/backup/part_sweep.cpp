#include "backup/part_sweep.hpp"

#include "base/log.hpp"
#include "base/repeat.hpp"

namespace reprise::backup {
namespace {

constexpr int kMostAtOnce = 500;

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
  ASSIGN_OR_RETURN(const auto unused, parts_.rows.TakeUnused(kMostAtOnce));
  for (const catalog::ArchivePart& part : unused) {
    const Status deleted = parts_.raw.Delete(ctx, AddressOf(part));
    RETURN_IF_ERROR(ctx.Check());
    if (!deleted) {
      log::Warning("parts.not_removed",
                   {{"part", part.storage_key}, {"error", deleted.error().Sentence()}});
      continue;
    }
    RETURN_IF_ERROR(parts_.rows.Remove(part.id));
    log::Info("parts.removed", {{"part", part.storage_key}});
  }
  return {};
}

}  // namespace reprise::backup
