#include "upkeep/expiry_service.hpp"

#include "base/log.hpp"
#include "base/repeat.hpp"

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
  RepeatUntilStopped(stop, kPause, "expiry.failed", [&](const Context&) { return Tick(); });
}

}  // namespace reprise::upkeep
