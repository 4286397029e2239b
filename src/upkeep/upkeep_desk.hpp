#pragma once

#include "upkeep/expiry_service.hpp"
#include "upkeep/protection_service.hpp"
#include "upkeep/retention_service.hpp"
#include "upkeep/schedule_service.hpp"
#include "upkeep/scheduler.hpp"

namespace reprise::upkeep {

// All that happens by the clock, over one catalog. Lives as long as what it is made with.
struct UpkeepDesk {
  struct Parts {
    catalog::Database& database;
    catalog::EnvironmentStore& environments;
    catalog::BackupStore& backups;
    catalog::RestoreStore& restores;
    catalog::TenancyStore& tenancy;
    backup::BackupService& backup_service;
    odoo::EnvironmentService& environment_service;
    jobs::Journal& journal;
    const Clock& clock;
  };
  explicit UpkeepDesk(const Parts& parts)
      : schedule_store(parts.database, parts.clock),
        retention_store(parts.database, parts.clock),
        drills(parts.database),
        drill_service({.drills = drills,
                       .backups = parts.backups,
                       .restores = parts.restores,
                       .environments = parts.environments,
                       .tenancy = parts.tenancy,
                       .journal = parts.journal,
                       .clock = parts.clock}),
        schedules({.schedules = schedule_store,
                   .environments = parts.environments,
                   .backup_service = parts.backup_service,
                   .drill_service = drill_service,
                   .clock = parts.clock}),
        scheduler({.schedules = schedule_store,
                   .service = schedules,
                   .journal = parts.journal,
                   .clock = parts.clock}),
        retention({.retention = retention_store,
                   .backups = parts.backups,
                   .backup_service = parts.backup_service,
                   .clock = parts.clock}),
        protection({.environments = parts.environments,
                    .retention = retention_store,
                    .schedules = schedule_store,
                    .drills = drills,
                    .clock = parts.clock}),
        expiry({.environments = parts.environments,
                .service = parts.environment_service,
                .clock = parts.clock}) {}

  catalog::ScheduleStore schedule_store;
  catalog::RetentionStore retention_store;
  catalog::DrillStore drills;
  restore::DrillService drill_service;
  ScheduleService schedules;
  Scheduler scheduler;
  RetentionService retention;
  ProtectionService protection;
  ExpiryService expiry;
};

}  // namespace reprise::upkeep
