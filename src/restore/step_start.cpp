#include "restore/cutover.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// From here on nothing is copied any more: PgBouncer and Odoo start on what was put in place.
class StartStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kStart; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kSwap}; }
  [[nodiscard]] double weight() const override { return 1; }
  [[nodiscard]] bool cancellable() const override { return false; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    RETURN_IF_ERROR(BringUp(ctx, CutoverWith(session()), target, run));
    session().RemoveSetAside();
    return {};
  }
};

}  // namespace

StepPtr MakeStartStep(RestoreSession& session) { return std::make_unique<StartStep>(session); }

}  // namespace reprise::restore
