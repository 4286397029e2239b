#include "upkeep/expiry_service.hpp"

#include "base/log.hpp"

namespace reprise::upkeep {
namespace {

constexpr std::chrono::seconds kPause{10};
constexpr int kMostAtOnce = 100;

}  // namespace

Status ExpiryService::Tick() {
  ASSIGN_OR_RETURN(const auto expired,
                   parts_.environments.Expired(parts_.clock.Now(), kMostAtOnce));
  Status worst;
  for (const domain::Environment& environment : expired) {
    const Result<bool> begun = parts_.service.RemoveExpired(environment.id);
    if (begun && *begun) {
      log::Info("environment.expired",
                {{"environment", environment.id.value}, {"name", environment.name}});
    } else if (!begun && begun.error().code != ErrorCode::kTargetBusy) {
      worst = Fail(begun.error());
    }
  }
  return worst;
}

void ExpiryService::Run(const std::stop_token& stop) {
  const Context ctx(stop);
  while (!stop.stop_requested()) {
    const Status ticked = Tick();
    if (!ticked) log::Warning("expiry.failed", {{"error", ticked.error().Sentence()}});
    [[maybe_unused]] const Status slept = ctx.Sleep(kPause);
  }
}

}  // namespace reprise::upkeep
