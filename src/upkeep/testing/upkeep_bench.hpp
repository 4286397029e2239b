#pragma once

#include <gtest/gtest.h>

#include "backup/backup_service.hpp"
#include "catalog/retention_store.hpp"
#include "catalog/schedule_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "jobs/journal.hpp"
#include "storage/memory_store.hpp"
#include "upkeep/protection_service.hpp"
#include "upkeep/retention_service.hpp"
#include "upkeep/schedule_service.hpp"
#include "upkeep/scheduler.hpp"

namespace reprise::upkeep::testing {

// One node: its own connection to the catalog and all that stands on it. No worker runs.
struct Node {
  Node(catalog::Database& database, const Clock& clock, storage::ObjectStore& store)
      : journal(database, clock),
        tenancy(database),
        environments(database, clock),
        backups(database, clock),
        restores(database, clock),
        schedules(database, clock),
        retention(database, clock),
        backup_service({.backups = backups,
                        .environments = environments,
                        .tenancy = tenancy,
                        .journal = journal,
                        .store = store,
                        .clock = clock}),
        drills(database),
        drill_service({.drills = drills,
                       .backups = backups,
                       .restores = restores,
                       .environments = environments,
                       .tenancy = tenancy,
                       .journal = journal,
                       .clock = clock}),
        service({.schedules = schedules,
                 .environments = environments,
                 .backup_service = backup_service,
                 .drill_service = drill_service,
                 .clock = clock}),
        scheduler({.schedules = schedules, .service = service, .journal = journal, .clock = clock}),
        retention_service({.retention = retention,
                           .backups = backups,
                           .backup_service = backup_service,
                           .clock = clock}),
        protection({.environments = environments,
                    .retention = retention,
                    .schedules = schedules,
                    .drills = drills,
                    .clock = clock}) {}

  jobs::Journal journal;
  catalog::TenancyStore tenancy;
  catalog::EnvironmentStore environments;
  catalog::BackupStore backups;
  catalog::RestoreStore restores;
  catalog::ScheduleStore schedules;
  catalog::RetentionStore retention;
  backup::BackupService backup_service;
  catalog::DrillStore drills;
  restore::DrillService drill_service;
  ScheduleService service;
  Scheduler scheduler;
  RetentionService retention_service;
  ProtectionService protection;
};

// A node with one environment "e1" ("shop"), on 2026-01-01 at noon UTC.
class UpkeepBench : public ::testing::Test {
 protected:
  explicit UpkeepBench(catalog::testing::CatalogKind kind = catalog::testing::DefaultKind())
      : catalog_(kind), node_(catalog_.database(), clock_, store_) {
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.status = domain::EnvironmentStatus::kRunning;
    shop.containers.odoo = "shop_odoo";
    EXPECT_TRUE(node_.environments.Insert(shop));
  }

  void SetQuota(const domain::Quota& quota) {
    const auto project = node_.tenancy.GetProject(catalog_.project()).value();
    EXPECT_TRUE(
        catalog::QuotaStore(catalog_.database(), clock_).Put(project.organization_id, quota));
  }
  static ScheduleOrder OrderOf(std::string cron, std::string zone = "UTC") {
    ScheduleOrder order;
    order.environment_id = {"e1"};
    order.cron = std::move(cron);
    order.time_zone = std::move(zone);
    return order;
  }
  static Instant At(std::string_view text) { return ParseInstant(text).value(); }
  void MoveTo(std::string_view text) { clock_.Advance(At(text) - clock_.Now()); }
  [[nodiscard]] std::vector<domain::Backup> Backups() const {
    return node_.backups.List({.with_deleted = true}, {1, 100}).value().items;
  }
  // A completed, verified backup with its archive in storage.
  domain::BackupId AddBackup(domain::BackupType type, Instant created_at) {
    domain::Backup backup;
    backup.id.value = NewUuid();
    backup.project_id = catalog_.project();
    backup.environment_id = {"e1"};
    backup.name = "backup " + backup.id.value;
    backup.type = type;
    backup.status = domain::BackupStatus::kCompleted;
    backup.is_verified = true;
    backup.created_at = created_at;
    backup.storage_key = "backups/" + backup.id.value;
    EXPECT_TRUE(node_.backups.Insert(backup));
    const auto object = store_.Create(Context(), backup.storage_key);
    EXPECT_TRUE((*object)->Close(Context()));
    return backup.id;
  }
  [[nodiscard]] bool IsDeleted(const domain::BackupId& id) {
    const domain::Backup backup = node_.backups.Get(id).value();
    const bool is_gone = !store_.Stat(Context(), backup.storage_key);
    EXPECT_EQ(is_gone, backup.status == domain::BackupStatus::kDeleted) << "row and archive differ";
    return is_gone;
  }
  // Ends whatever task is queued.
  void EndTasks() {
    while (true) {
      const auto claim = node_.journal.ClaimNext("worker", std::chrono::seconds(60)).value();
      if (!claim) return;
      EXPECT_TRUE(node_.journal.End(*claim, domain::TaskStatus::kCompleted));
    }
  }
  [[nodiscard]] std::vector<std::string> EventTypes() const {
    std::vector<std::string> types;
    const auto events = node_.journal.EventsAfter(0, std::nullopt, 1000).value();
    for (const domain::TaskEvent& event : events) {
      if (!event.type.starts_with("task.")) types.push_back(event.type);
    }
    return types;
  }

  ManualClock clock_{ParseInstant("2026-01-01T12:00:00Z").value()};
  storage::MemoryStore store_{clock_};
  catalog::testing::TemporaryCatalog catalog_;
  Node node_;
};

}  // namespace reprise::upkeep::testing
