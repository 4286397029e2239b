#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backup/backup_service.hpp"
#include "backup/backup_workflows.hpp"
#include "catalog/testing/fated_database.hpp"
#include "docker/testing/fated_engine.hpp"
#include "jobs/task_run.hpp"
#include "restore/janitor.hpp"
#include "restore/restore_service.hpp"
#include "restore/testing/restore_house.hpp"
#include "restore/testing/seeded_fate.hpp"
#include "storage/testing/fated_store.hpp"

namespace reprise::restore::testing {

// Runs the steps of another workflow one after the other, so that a seed replays call by call, and
// tells fate which one it is at.
class InARow final : public jobs::Workflow {
 public:
  InARow(std::unique_ptr<jobs::Workflow> workflow, std::string_view kind, SeededFate& fate)
      : workflow_(std::move(workflow)) {
    std::string_view before;
    for (const auto& step : workflow_->steps()) {
      steps_.push_back(std::make_unique<Link>(
          *step, before, std::string(kind) + " " + std::string(step->name()), fate));
      before = step->name();
    }
  }
  const std::vector<std::unique_ptr<jobs::Step>>& steps() const override { return steps_; }
  void StepChanged(std::string_view step, domain::StepState state) override {
    workflow_->StepChanged(step, state);
  }
  Status Ended(const Context& ctx, const std::optional<jobs::Failure>& failure) override {
    return workflow_->Ended(ctx, failure);
  }

 private:
  class Link final : public jobs::Step {
   public:
    Link(jobs::Step& step, std::string_view before, std::string place, SeededFate& fate)
        : step_(step), before_(before), place_(std::move(place)), fate_(fate) {}
    std::string_view name() const override { return step_.name(); }
    std::vector<std::string_view> after() const override {
      if (before_.empty()) return {};
      return {before_};
    }
    double weight() const override { return step_.weight(); }
    bool cancellable() const override { return step_.cancellable(); }
    bool must_be_undone() const override { return step_.must_be_undone(); }
    Status Run(const Context& ctx, jobs::StepRun& run) override {
      fate_.Enter(place_);
      Status ran = step_.Run(ctx, run);
      fate_.Enter("");
      return ran;
    }
    Status Undo(const Context& ctx, jobs::StepRun& run) override {
      fate_.Enter("undo of " + place_);
      Status undone = step_.Undo(ctx, run);
      fate_.Enter("");
      return undone;
    }

   private:
    jobs::Step& step_;
    std::string_view before_;
    std::string place_;
    SeededFate& fate_;
  };

  std::unique_ptr<jobs::Workflow> workflow_;
  std::vector<std::unique_ptr<jobs::Step>> steps_;
};

// A process of Reprise in a world that it shares with others: it sees engine, storage and catalog
// through its own fate. Everything in it is real but that.
class SimulatedNode final : public jobs::WorkflowFactory {
 public:
  enum class Order { kInARow, kSideBySide };

  SimulatedNode(RestoreHouse& world, std::vector<Strike> strikes, Order order)
      : world_(world),
        fate(std::move(strikes)),
        order_(order),
        database_(world.database(), fate),
        engine_(world.trio.engine, fate),
        store_(world.store, fate) {}

  Result<std::unique_ptr<jobs::Workflow>> Make(const domain::Task& task) override {
    ASSIGN_OR_RETURN(auto workflow, MakeNatural(task));
    if (order_ == Order::kSideBySide) return workflow;
    return std::make_unique<InARow>(std::move(workflow), domain::NameOf(task.kind), fate);
  }

  // Takes the next task that is due, or whose owner has lost it, and runs it as far as it comes.
  // False when there is none.
  bool RunNext() {
    const std::uint64_t asked = journal.Asked();
    auto claim = journal.ClaimNext("node", std::chrono::seconds(30));
    if (!claim || !*claim) return false;
    jobs::WorkerOptions options;
    options.undo_pause = std::chrono::milliseconds(0);
    jobs::TaskRun run({journal, *this, world_.clock, options}, **std::move(claim), asked);
    static_cast<void>(run.Execute({}));
    return true;
  }
  Status Sweep() {
    RestoreService service = Restores();
    Janitor janitor({restores_, environments_, drills_, service, journal, engines_, world_.clock,
                     world_.settings.installation, space_});
    return janitor.Sweep(Context());
  }
  [[nodiscard]] RestoreService Restores() {
    return RestoreService(
        {restores_, backups_, environments_, tenancy_, journal, store_, world_.clock});
  }
  [[nodiscard]] backup::BackupService Backups() {
    return backup::BackupService(
        {backups_, environments_, tenancy_, journal, store_, world_.clock});
  }

 private:
  Result<std::unique_ptr<jobs::Workflow>> MakeNatural(const domain::Task& task) {
    const RestoreParts parts{restores_,       backups_, environments_, store_,
                             engines_,        maker_,   world_.clock,  world_.images,
                             world_.settings, space_,   snapshots_};
    switch (task.kind) {
      case domain::TaskKind::kRestore:
        return MakeRestoreWorkflow(parts, task);
      case domain::TaskKind::kUndo:
        return MakeUndoWorkflow(parts, task);
      case domain::TaskKind::kRelease:
        return MakeReleaseWorkflow(parts, task);
      case domain::TaskKind::kBackup:
        return backup::MakeBackupWorkflow(maker_, world_.settings.installation, task);
      case domain::TaskKind::kVerify:
        return backup::MakeVerifyWorkflow(maker_, task);
      default:
        return Fail(ErrorCode::kInternal, "a task that is not simulated");
    }
  }

  RestoreHouse& world_;

 public:
  SeededFate fate;

 private:
  const Order order_;
  catalog::testing::FatedDatabase database_;
  docker::testing::FatedEngine engine_;
  docker::FixedEngines engines_{engine_};
  storage::testing::FatedStore store_;
  catalog::TenancyStore tenancy_{database_};
  catalog::EnvironmentStore environments_{database_, world_.clock};
  catalog::RestoreStore restores_{database_, world_.clock};
  catalog::DrillStore drills_{database_};
  catalog::SpaceStore space_{database_, world_.clock};
  catalog::SnapshotStore snapshots_{database_, world_.clock};
  catalog::BackupStore backups_{database_, world_.clock};

 public:
  jobs::Journal journal{database_, world_.clock};

 private:
  backup::BackupMaker maker_{{backups_, environments_, store_, engines_, world_.clock}};
};

}  // namespace reprise::restore::testing
