#include <fmt/format.h>

#include <mutex>

#include "domain/names.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/fenced_copy.hpp"
#include "postgres/load.hpp"
#include "restore/put_back.hpp"
#include "restore/staged_files.hpp"
#include "snapshot/work.hpp"

namespace reprise::snapshot {
namespace {

constexpr std::string_view kReplaces = "swap_replaces";  // whether there was a live database

using domain::Environment;
using domain::Snapshot;
using domain::SnapshotStatus;

// The snapshot that is rolled back to. The task's subject is what the live state becomes.
class Rollback final : public restore::KeptState {
 public:
  Rollback(WorkPtr work, Snapshot to) : work_(std::move(work)), to_(std::move(to)) {}

  [[nodiscard]] const Work& work() const { return *work_; }
  [[nodiscard]] const Snapshot& to() const { return to_; }
  // Whether the snapshot stays: then a copy of it goes live.
  [[nodiscard]] bool spares() const { return work_->snapshot.spares_it; }
  [[nodiscard]] std::string CopyName() const {
    return domain::SideDatabaseName(work_->environment.db_name, work_->snapshot.id.value, 1);
  }

  [[nodiscard]] restore::CutoverTools tools() const override {
    return {*work_->engine, work_->parts.clock, work_->parts.settings.health};
  }
  [[nodiscard]] Result<Environment> Target() const override {
    return work_->parts.environments.Get(work_->environment.id);
  }
  [[nodiscard]] odoo::HelperOwner Owner(const jobs::StepRun& run) const override {
    return work_->Owner(run);
  }
  [[nodiscard]] Status BeginAttempt(const Context& ctx) override {
    const std::scoped_lock lock(begin_mutex_);
    if (begun_) return {};
    RETURN_IF_ERROR(snapshot::BeginAttempt(ctx, *work_));
    begun_ = true;
    return {};
  }
  [[nodiscard]] Result<postgres::SwapNames> Names(const Environment& target,
                                                  jobs::StepRun& run) const override {
    return postgres::SwapNames{.live = target.db_name,
                               .incoming = spares() ? CopyName() : to_.database_name,
                               .outgoing = work_->KeptName(),
                               .owner = target.db_user,
                               .replaces = run.Saved(kReplaces) != boost::json::value(false)};
  }
  [[nodiscard]] Status SetTargetStatus(domain::EnvironmentStatus status,
                                       const std::string& error) const override {
    RETURN_IF_ERROR(work_->parts.environments.UpdateWith(
        work_->environment.id,
        catalog::WhileHeld(catalog::HoldOf(work_->task), [&](Environment& row) -> Status {
          row.status = status;
          row.error_message = error;
          return {};
        })));
    return {};
  }
  [[nodiscard]] Error Gone(const Environment& target,
                           const postgres::SwapNames& names) const override {
    return {ErrorCode::kConflict,
            fmt::format(R"(the database "{}" of this snapshot of "{}" is gone)", names.incoming,
                        target.name),
            "roll back to another one, or restore a backup"};
  }
  void SetAside(odoo::Toolbox helper) override { set_aside_.emplace(std::move(helper)); }
  void RemoveSetAside() override { set_aside_.reset(); }

 private:
  WorkPtr work_;
  Snapshot to_;
  std::mutex begin_mutex_;
  bool begun_ = false;
  std::optional<odoo::Toolbox> set_aside_;  // after the work, whose engine removes it
};
using RollbackPtr = std::shared_ptr<Rollback>;

// Once, before anything is renamed. Somebody may have dropped what was live: the more it is needed.
Status LookForLive(const Context& ctx, const Work& work, jobs::StepRun& run) {
  if (run.Saved(kReplaces)) return {};
  const std::string& name = work.environment.db_name;
  ASSIGN_OR_RETURN(const auto live, work.cluster().FindDatabase(ctx, name));
  if (live) {
    ASSIGN_OR_RETURN(const std::uint64_t bytes, work.cluster().DatabaseBytes(ctx, name));
    RETURN_IF_ERROR(work.Record([&](Snapshot& row) -> Status {
      row.database_bytes = bytes;
      return {};
    }));
  }
  return run.Save(kReplaces, boost::json::value(live.has_value()));
}

Status Validate(const Context& ctx, Rollback& rollback, jobs::StepRun& run) {
  RETURN_IF_ERROR(rollback.BeginAttempt(ctx));
  const Work& work = rollback.work();
  ASSIGN_OR_RETURN(const auto there, work.cluster().FindDatabase(ctx, rollback.to().database_name));
  if (!there) {
    return Fail(rollback.Gone(work.environment, {.incoming = rollback.to().database_name}));
  }
  RETURN_IF_ERROR(LookForLive(ctx, work, run));
  if (!rollback.spares()) return {};
  ASSIGN_OR_RETURN(const std::uint64_t bytes,
                   work.cluster().DatabaseBytes(ctx, rollback.to().database_name));
  return work.Reserve(ctx, run, bytes, 0);
}

// Odoo goes on serving meanwhile. What is there already when the swap has been done is live.
Status CopyKept(const Context& ctx, Rollback& rollback, jobs::StepRun& run) {
  RETURN_IF_ERROR(rollback.BeginAttempt(ctx));
  const Work& work = rollback.work();
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, *work.engine, work.environment.containers.odoo,
                                        work.Owner(run), "copy"));
  const std::string files = work.FilesOf(rollback.to().database_name);
  const std::string copied = work.FilesOf(rollback.CopyName());
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(toolbox.Remove(ctx, copied));
  ASSIGN_OR_RETURN(const bool has_files, toolbox.Exists(ctx, files));
  if (has_files) RETURN_IF_ERROR(toolbox.LinkAll(ctx, files, copied));
  RETURN_IF_ERROR(run.CheckOwner());
  return postgres::CopyFenced(ctx, work.cluster(), rollback.to().database_name, rollback.CopyName(),
                              work.environment.db_user);
}

Status DropCopy(const Context& ctx, Rollback& rollback, const jobs::StepRun& run) {
  RETURN_IF_ERROR(rollback.BeginAttempt(ctx));
  const Work& work = rollback.work();
  RETURN_IF_ERROR(postgres::DropCopy(ctx, work.cluster(), rollback.CopyName()));
  return restore::RemoveStaged(ctx, *work.engine, work.environment, work.Owner(run),
                               work.snapshot.id.value);
}

// What is live until now gets its name in the catalog before it gets it in the cluster, so that it
// is found whatever happens.
Status Announce(const Context& ctx, Rollback& rollback, jobs::StepRun& run) {
  RETURN_IF_ERROR(restore::CheckKept(ctx, rollback, run));
  const Work& work = rollback.work();
  return work.Record([&](Snapshot& row) -> Status {
    row.database_name = work.KeptName();
    return {};
  });
}

Status EndedWell(const Context& ctx, const Rollback& rollback) {
  const Work& work = rollback.work();
  const Instant now = work.parts.clock.Now();
  RETURN_IF_ERROR(rollback.SetTargetStatus(domain::EnvironmentStatus::kRunning, ""));
  if (!rollback.spares()) {
    RETURN_IF_ERROR(work.parts.snapshots.Update(rollback.to().id, catalog::HoldOf(work.task),
                                                [&](Snapshot& row) -> Status {
                                                  row.status = SnapshotStatus::kUsed;
                                                  row.database_name.clear();
                                                  row.ended_at = now;
                                                  return {};
                                                }));
  }
  ASSIGN_OR_RETURN(const auto replaced, work.cluster().FindDatabase(ctx, work.KeptName()));
  return work.Record([&](Snapshot& row) -> Status {
    if (row.status == SnapshotStatus::kKept) return {};  // told already
    row.status = replaced ? SnapshotStatus::kKept : SnapshotStatus::kRemoved;
    row.taken_at = now;
    // As long as was asked for from now on: the copy, or a queue, may have taken longer.
    if (row.expires_at) row.expires_at = now + (*row.expires_at - row.created_at);
    if (!replaced) row.database_name.clear();  // there was nothing live
    return {};
  });
}

// What was replaced and could not be put back stays named: nobody removes it but a person.
Status EndedBadly(const Context& ctx, const Rollback& rollback, const jobs::Failure& failure) {
  const Work& work = rollback.work();
  ASSIGN_OR_RETURN(const Environment target, rollback.Target());
  // Left down: its files may lie under that name although its database does not.
  const bool left_down = target.status == domain::EnvironmentStatus::kRestoring ||
                         target.status == domain::EnvironmentStatus::kError;
  RETURN_IF_ERROR(restore::TellIfDown(rollback, failure));
  const auto replaced = work.cluster().FindDatabase(ctx, work.KeptName());
  return work.Record([&](Snapshot& row) -> Status {
    row.status = SnapshotStatus::kFailed;
    if (replaced && !*replaced && !left_down) row.database_name.clear();
    row.error_code = NameOf(failure.error.code);
    row.error_message = failure.error.Sentence();
    row.ended_at = work.parts.clock.Now();
    return {};
  });
}

std::vector<jobs::PlainStep> StepsOf(const RollbackPtr& rollback) {
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "validate", .weight = 5, .run = [rollback](const Context& ctx, jobs::StepRun& run) {
         return Validate(ctx, *rollback, run);
       }});
  std::string last = "validate";
  if (rollback->spares()) {
    steps.push_back(
        {.name = "copy",
         .after = {last},
         .weight = 30,
         .run = [rollback](const Context& ctx,
                           jobs::StepRun& run) { return CopyKept(ctx, *rollback, run); },
         .undo = [rollback](const Context& ctx,
                            jobs::StepRun& run) { return DropCopy(ctx, *rollback, run); }});
    last = "copy";
  }
  steps.push_back({.name = "announce",
                   .after = {last},
                   .weight = 1,
                   .run = [rollback](const Context& ctx, jobs::StepRun& run) {
                     return Announce(ctx, *rollback, run);
                   }});
  for (jobs::PlainStep& step : restore::PutBackSteps(rollback, "announce")) {
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeRollbackWorkflow(const SnapshotParts& parts,
                                                             const domain::Task& task) {
  ASSIGN_OR_RETURN(WorkPtr work, OpenWork(parts, task));
  ASSIGN_OR_RETURN(Snapshot to, parts.snapshots.Get(work->snapshot.rollback_to));
  const auto rollback = std::make_shared<Rollback>(std::move(work), std::move(to));
  return std::make_unique<jobs::PlainWorkflow>(
      StepsOf(rollback),
      [rollback](const Context& ctx, const std::optional<jobs::Failure>& failure) -> Status {
        RETURN_IF_ERROR(failure ? EndedBadly(ctx, *rollback, *failure) : EndedWell(ctx, *rollback));
        const Work& of = rollback->work();
        [[maybe_unused]] const Status freed =
            of.parts.space.Free(of.task.id, catalog::HoldOf(of.task));
        return {};
      });
}

}  // namespace reprise::snapshot
