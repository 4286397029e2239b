#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// Makes the containers of a new environment: PostgreSQL up and empty, Odoo created, not started.
// Taken back by removing them all.
class DeployStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kDeploy; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kValidate}; }
  [[nodiscard]] double weight() const override { return 9; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    const RestoreParts& parts = session().parts();
    const domain::EnvironmentSnapshot& snapshot = session().backup().snapshot;
    ASSIGN_OR_RETURN(domain::Environment target, session().Target());
    ASSIGN_OR_RETURN(target.images,
                     odoo::ChooseImages(ctx, session().engine(), parts.images, snapshot.images,
                                        snapshot.odoo_version, snapshot.postgres_version));
    RETURN_IF_ERROR(run.CheckOwner());
    ASSIGN_OR_RETURN(const domain::Environment made,
                     odoo::CreateTrio(ctx, session().engine(), parts.settings.installation, target,
                                      [&](double fraction, std::string detail) {
                                        run.Progress(fraction, std::move(detail));
                                      }));
    RETURN_IF_ERROR(parts.environments.Update(target.id, [&](domain::Environment& row) -> Status {
      row = made;
      return {};
    }));
    return {};
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun&) override {
    return odoo::RemoveTrio(ctx, session().engine(), session().restore().target_environment_id);
  }
};

}  // namespace

StepPtr MakeDeployStep(RestoreSession& session) { return std::make_unique<DeployStep>(session); }

}  // namespace reprise::restore
