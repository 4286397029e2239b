#include "restore/steps.hpp"
#include "restore/target_checks.hpp"

namespace reprise::restore {
namespace {

// Looks at everything that can be known before anything is written; the world may have moved since
// the restore was asked for. The same checks as the plan's, in the same words. Changes nothing but
// what is reserved of the disks, which ends with the task: there is nothing to take back.
class ValidateStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kValidate; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {}; }
  [[nodiscard]] double weight() const override { return 1; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    RETURN_IF_ERROR(session().Record([&](domain::RestorePoint& row) {
      if (!row.started_at) row.started_at = session().parts().clock.Now();
    }));
    RETURN_IF_ERROR(CheckAvailable(ctx, session().parts().store, session().backup()));
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    if (session().IsNewEnvironment()) return CheckServer(ctx, target, run);
    Order order{.request = session().request(),
                .backup = session().backup(),
                .strategy = session().restore().strategy};
    order.target = target;
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));
    const odoo::HelperOwner owner = session().Owner(run);
    ASSIGN_OR_RETURN(const std::vector<Check> checks,
                     CheckTarget(ctx, {.engine = session().engine(),
                                       .order = order,
                                       .reader = *open.reader,
                                       .helper = {owner.Name("look"), owner.labels()},
                                       .space = session().parts().space,
                                       .owner = session().SpaceOwner(target),
                                       .backups = session().parts().backups,
                                       .storage_room = session().parts().storage_room}));
    for (const Check& check : checks) {
      if (check.result == CheckResult::kWarning) session().Warn(run, check.sentence);
      if (check.name == "space") run.Log(check.sentence);
    }
    return RefusalOf(checks);
  }

 private:
  // Of what will be made nothing stands yet but the disk.
  Status CheckServer(const Context& ctx, const domain::Environment& target, jobs::StepRun& run) {
    const RestoreParts& parts = session().parts();
    ASSIGN_OR_RETURN(const Check check,
                     CheckSpaceOfServer(ctx, parts.engines,
                                        {.store = parts.space,
                                         .server = session().restore().target_server_id,
                                         .project = target.project_id,
                                         .owner = session().SpaceOwner(target)},
                                        session().backup(), parts.images));
    run.Log(check.sentence);
    return RefusalOf(check);
  }
};

}  // namespace

StepPtr MakeValidateStep(RestoreSession& session) {
  return std::make_unique<ValidateStep>(session);
}

}  // namespace reprise::restore
