#pragma once

#include <functional>
#include <string>
#include <vector>

#include "access/access_control.hpp"
#include "access/accounts.hpp"
#include "access/credentials.hpp"
#include "api/authenticator.hpp"
#include "api/download_ticket.hpp"
#include "api/event_hub.hpp"
#include "backup/backup_service.hpp"
#include "backup/storage_service.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "catalog/audit_store.hpp"
#include "catalog/proof_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "jobs/journal.hpp"
#include "odoo/environment_service.hpp"
#include "restore/restore_plan.hpp"
#include "restore/restore_service.hpp"
#include "servers/server_service.hpp"
#include "upkeep/upkeep_desk.hpp"

namespace reprise::api {

// One thing that must answer before this server is ready for calls.
struct ReadyCheck {
  std::string name;  // "catalog", "engine"
  std::function<Status(const Context&)> check;
};

// All that the routes stand on. Borrowed; outlives the router.
struct Services {
  const access::AccessControl& control;
  const Authenticator& authenticator;
  access::Accounts& accounts;
  access::Credentials& credentials;
  const DownloadTickets& tickets;
  catalog::UserStore& users;
  catalog::OrganizationStore& organizations;
  catalog::TeamStore& teams;
  catalog::CredentialStore& credential_store;
  const catalog::AccessStore& access_store;
  const Clock& clock;
  catalog::TenancyStore& tenancy;
  catalog::EnvironmentStore& environments;
  catalog::BackupStore& backups;
  catalog::RestoreStore& restores;
  jobs::Journal& journal;
  odoo::EnvironmentService& environment_service;
  backup::BackupService& backup_service;
  catalog::StorageStore& storages;
  backup::StorageService& storage_service;
  restore::RestoreService& restore_service;
  const restore::RestorePlanner& planner;
  const catalog::ProofStore& proofs;
  catalog::SafeCopyStore& safe_copies;
  const catalog::SpaceStore& space;
  upkeep::UpkeepDesk& upkeep;
  servers::ServerService& server_service;
  docker::Engines& engines;
  EventHub& events;
  const catalog::AuditStore& audit;
  // Asks a task to stop, and ends what a task that never ran was for. Empty: only the journal is
  // told.
  std::function<Result<domain::Task>(const domain::TaskId&)> cancel_task;
  std::vector<ReadyCheck> ready_checks;
};

}  // namespace reprise::api
