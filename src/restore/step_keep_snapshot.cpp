#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/names.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/fenced_copy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

using domain::Snapshot;

constexpr std::string_view kSnapshotId = "snapshot_id";

// Leaves a copy of what is about to go live beside it, for the environment's snapshots: the side
// database, which nobody uses now, is copied inside the server, its files are linked. That it fails
// is told, but no reason to end the restore. Taken back by removing the copy: what did not go live
// is nothing to come back to.
class KeepSnapshotStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kKeepSnapshot; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kProve}; }
  [[nodiscard]] double weight() const override { return 3; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    ASSIGN_OR_RETURN(const Snapshot snapshot, Register(target, run));
    const Status kept = Keep(ctx, target, snapshot, run);
    if (kept) return {};
    RETURN_IF_ERROR(ctx.Check());
    RETURN_IF_ERROR(run.CheckOwner());
    const Status removed = Remove(ctx, target, snapshot, run, kept.error());
    session().Warn(run, "no snapshot of what was restored is kept: " + kept.error().message);
    if (!removed)
      session().Warn(run, "what there is of it is removed later: " + removed.error().message);
    return {};
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun& run) override {
    const std::string id = RestoreSession::TextFact(run, kSnapshotId);
    if (id.empty()) return {};
    const auto snapshot = session().parts().snapshots.Get(domain::SnapshotId{id});
    if (!snapshot && snapshot.error().code == ErrorCode::kNotFound) return {};
    if (!snapshot) return Fail(snapshot.error());
    if (snapshot->database_name.empty()) return {};
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    return Remove(ctx, target, *snapshot, run,
                  {ErrorCode::kConflict, "the restore did not go live"});
  }

 private:
  // In the catalog before it is in the cluster, so that it is found whatever happens.
  Result<Snapshot> Register(const domain::Environment& target, jobs::StepRun& run) {
    std::string id = RestoreSession::TextFact(run, kSnapshotId);
    if (id.empty()) {
      id = NewUuid();
      RETURN_IF_ERROR(run.Save(kSnapshotId, boost::json::value(id)));
    }
    Snapshot snapshot;
    snapshot.id.value = id;
    snapshot.project_id = target.project_id;
    snapshot.environment_id = target.id;
    snapshot.task_id = session().restore().task_id;
    snapshot.name = session().backup().name;
    snapshot.origin = domain::SnapshotOrigin::kAfterRestore;
    snapshot.database_name = domain::OldDatabaseName(target.db_name, id);
    snapshot.odoo_version = target.odoo_version;
    snapshot.created_at = session().parts().clock.Now();
    RETURN_IF_ERROR(session().parts().snapshots.InsertOnce(snapshot, session().Hold()));
    return snapshot;
  }

  Status Keep(const Context& ctx, const domain::Environment& target, const Snapshot& snapshot,
              jobs::StepRun& run) {
    const postgres::Cluster cluster = ClusterOf(target);
    const std::string side = RestoreSession::TextFact(run, fact::kSideDatabase);
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox, StartToolbox(ctx, target, run));
    const std::string kept = RestoreSession::FilestoreOf(target, snapshot.database_name);
    RETURN_IF_ERROR(run.CheckOwner());
    RETURN_IF_ERROR(toolbox.Remove(ctx, kept));
    // A restore without files goes live with those that are there.
    const std::string files =
        RestoreSession::FilestoreOf(target, WantsFilestore(session()) ? side : target.db_name);
    ASSIGN_OR_RETURN(const bool has_files, toolbox.Exists(ctx, files));
    if (has_files) RETURN_IF_ERROR(toolbox.LinkAll(ctx, files, kept));
    ASSIGN_OR_RETURN(const std::uint64_t bytes, cluster.DatabaseBytes(ctx, side));
    RETURN_IF_ERROR(run.CheckOwner());
    RETURN_IF_ERROR(
        postgres::CopyFenced(ctx, cluster, side, snapshot.database_name, target.db_user));
    return session().parts().snapshots.Update(snapshot.id, session().Hold(),
                                              [&](Snapshot& row) -> Status {
                                                row.status = domain::SnapshotStatus::kKept;
                                                row.database_bytes = bytes;
                                                row.taken_at = session().parts().clock.Now();
                                                return {};
                                              });
  }

  Status Remove(const Context& ctx, const domain::Environment& target, const Snapshot& snapshot,
                const jobs::StepRun& run, const Error& why) {
    RETURN_IF_ERROR(postgres::DropCopy(ctx, ClusterOf(target), snapshot.database_name));
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox, StartToolbox(ctx, target, run));
    RETURN_IF_ERROR(
        toolbox.Remove(ctx, RestoreSession::FilestoreOf(target, snapshot.database_name)));
    return session().parts().snapshots.Update(snapshot.id, session().Hold(),
                                              [&](Snapshot& row) -> Status {
                                                row.status = domain::SnapshotStatus::kFailed;
                                                row.database_name.clear();
                                                row.ended_at = session().parts().clock.Now();
                                                row.error_code = NameOf(why.code);
                                                row.error_message = why.Sentence();
                                                return {};
                                              });
  }

  Result<odoo::Toolbox> StartToolbox(const Context& ctx, const domain::Environment& target,
                                     const jobs::StepRun& run) const {
    return odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                session().Owner(run), "keep");
  }
};

}  // namespace

StepPtr MakeKeepSnapshotStep(RestoreSession& session) {
  return std::make_unique<KeepSnapshotStep>(session);
}

}  // namespace reprise::restore
