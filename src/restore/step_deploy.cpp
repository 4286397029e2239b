#include "odoo/image_move.hpp"
#include "restore/steps_of_drill.hpp"

namespace reprise::restore {
namespace {

// Makes the containers of a new environment: PostgreSQL up and empty, Odoo created, not started.
// Taken back by removing them all.
class DeployStep final : public RestoreStep {
 public:
  DeployStep(RestoreSession& session, odoo::Reach reach) : RestoreStep(session), reach_(reach) {}
  [[nodiscard]] std::string_view name() const override { return step::kDeploy; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kValidate}; }
  [[nodiscard]] double weight() const override { return 9; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    const RestoreParts& parts = session().parts();
    const domain::EnvironmentSnapshot& snapshot = session().backup().snapshot;
    ASSIGN_OR_RETURN(domain::Environment target, session().Target());
    RETURN_IF_ERROR(BringImages(ctx, run));
    ASSIGN_OR_RETURN(target.images,
                     odoo::ChooseImages(ctx, session().engine(), parts.images, snapshot.images,
                                        snapshot.odoo_version, snapshot.postgres_version));
    RETURN_IF_ERROR(run.CheckOwner());
    ASSIGN_OR_RETURN(
        const domain::Environment made,
        odoo::CreateTrio(
            ctx, session().engine(), parts.settings.installation, target,
            [&](double fraction, std::string detail) { run.Progress(fraction, std::move(detail)); },
            reach_));
    RETURN_IF_ERROR(parts.environments.UpdateWith(
        target.id, catalog::WhileHeld(session().Hold(), [&](domain::Environment& row) -> Status {
          row = made;
          return {};
        })));
    return {};
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun&) override {
    return odoo::RemoveTrio(ctx, session().engine(), session().restore().target_environment_id);
  }

 private:
  // From the server where the backup was made, when that is another one.
  Status BringImages(const Context& ctx, jobs::StepRun& run) {
    const RestoreParts& parts = session().parts();
    const auto source = parts.environments.Get(session().backup().environment_id);
    if (!source || source->server_id == session().restore().target_server_id) return {};
    const auto from = parts.engines.Of(source->server_id);
    if (!from) return {};  // that server was removed
    return odoo::BringImages(ctx, **from, session().engine(), session().backup().snapshot.images,
                             [&](std::string detail) { run.Progress(0.0, std::move(detail)); });
  }

  odoo::Reach reach_;
};

}  // namespace

StepPtr MakeDeployStep(RestoreSession& session) {
  return std::make_unique<DeployStep>(session, odoo::Reach::kServed);
}
StepPtr MakeFencedDeployStep(RestoreSession& session) {
  return std::make_unique<DeployStep>(session, odoo::Reach::kFenced);
}

}  // namespace reprise::restore
