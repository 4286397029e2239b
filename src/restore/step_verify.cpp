#include "restore/cutover.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// Healthy, answering, with users; else the worker takes all steps back, which swaps back. A caller
// may ask to be left with an unhealthy one (on_unhealthy: leave).
class VerifyStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kVerify; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kStart}; }
  [[nodiscard]] double weight() const override { return 4; }
  [[nodiscard]] bool cancellable() const override { return false; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    Status up = WaitUntilUp(ctx, CutoverWith(session()), target, run);
    if (up || up.error().code != ErrorCode::kUnhealthy ||
        session().request().on_unhealthy == domain::UnhealthyPolicy::kRollback) {
      return up;
    }
    session().Warn(run, "left as it is, as asked: " + up.error().message);
    return {};
  }
};

}  // namespace

StepPtr MakeVerifyStep(RestoreSession& session) { return std::make_unique<VerifyStep>(session); }

}  // namespace reprise::restore
