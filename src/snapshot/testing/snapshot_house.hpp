#pragma once

#include "restore/testing/restore_house.hpp"
#include "snapshot/snapshot_workflows.hpp"

namespace reprise::snapshot::testing {

// A shop that runs, and tasks on snapshots of it whose steps can be run one by one, and can die in
// the middle.
class SnapshotHouse : public restore::testing::RestoreHouse {
 public:
  static constexpr const char* kId = "0193b5a0-1234-7abc-8def-0123cccc1111";
  static constexpr const char* kLaterId = "0193b5a0-1234-7abc-8def-0123cccc2222";
  static constexpr const char* kKept = "shop-db__old_cccc1111";
  static constexpr const char* kReplaced = "shop-db__old_cccc2222";

  SnapshotHouse() {
    Stock();
    trio.databases.brought_by_custom_dump.content = "copy";
    trio.databases.brought_by_custom_dump.rows =
        trio.databases.world().databases.at("shop-db").rows;
    trio.engine.OnCall([this](std::string_view) { return fuse.Burn(); });
    before = Look();
  }
  [[nodiscard]] SnapshotParts MadeWith() {
    return {snapshots, backups, environments, trio.engines, clock, settings, space};
  }
  domain::Snapshot Insert(const std::string& id, domain::SnapshotOrigin origin) {
    domain::Snapshot row;
    row.id = {id};
    row.project_id = trio.shop.project_id;
    row.environment_id = trio.shop.id;
    row.task_id = task.id;
    row.origin = origin;
    row.odoo_version = "14.0";
    row.created_at = clock.Now();
    EXPECT_TRUE(snapshots.InsertOnce(row, std::nullopt));
    return row;
  }
  void ClaimTake() {
    ++epoch;
    task.subject_id = kId;
    task.kind = domain::TaskKind::kSnapshot;
    workflow = MakeTakeWorkflow(MadeWith(), task).value();
  }
  void ClaimDrop() { Begin(domain::TaskKind::kDropSnapshot, kId); }
  void ClaimRollback() {
    ++epoch;
    workflow = MakeRollbackWorkflow(MadeWith(), task).value();
  }
  // A snapshot stands; what is live has changed since.
  void Take() {
    Insert(kId, domain::SnapshotOrigin::kManual);
    ClaimTake();
    ASSERT_TRUE(RunTo("copy"));
    ASSERT_TRUE(workflow->Ended(Context(), std::nullopt));
    auto world = trio.databases.world();
    world.databases.at("shop-db").content = "changed";
    trio.databases.Set(std::move(world));
    trio.files.Add(trio.live_filestore(), "a later file");
    before = Look();
  }
  void BeginRollback(bool spares = false) {
    domain::Snapshot previous = Insert(kLaterId, domain::SnapshotOrigin::kBeforeRollback);
    ASSERT_TRUE(snapshots.Update({kLaterId}, std::nullopt, [&](domain::Snapshot& row) -> Status {
      row.rollback_to = {kId};
      row.spares_it = spares;
      return {};
    }));
    Begin(domain::TaskKind::kRollback, kLaterId);
  }
  void Begin(domain::TaskKind kind, const char* subject) {
    task.kind = kind;
    task.subject_id = subject;
    facts.saved.clear();
    begun.clear();
    done.clear();
    epoch = 1;
    workflow = (kind == domain::TaskKind::kRollback ? MakeRollbackWorkflow(MadeWith(), task)
                                                    : MakeDropWorkflow(MadeWith(), task))
                   .value();
  }
  [[nodiscard]] domain::Snapshot RowOf(const char* id) { return snapshots.Get({id}).value(); }
};

}  // namespace reprise::snapshot::testing
