#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "access/secret_box.hpp"
#include "backup/backup_maker.hpp"
#include "backup/backup_service.hpp"
#include "backup/part_sweep.hpp"
#include "backup/storage_service.hpp"
#include "backup/uploads.hpp"
#include "backup/url_imports.hpp"
#include "base/clock.hpp"
#include "base/steady_clock.hpp"
#include "catalog/archive_part_store.hpp"
#include "catalog/audit_store.hpp"
#include "catalog/import_source_store.hpp"
#include "catalog/metered_database.hpp"
#include "catalog/proof_store.hpp"
#include "catalog/safe_copy_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "catalog/upload_store.hpp"
#include "cli/cli.hpp"
#include "jobs/journal.hpp"
#include "jobs/worker.hpp"
#include "node/all_workflows.hpp"
#include "node/data_folder.hpp"
#include "odoo/environment_service.hpp"
#include "rescue/attachments.hpp"
#include "rescue/mount_service.hpp"
#include "rescue/mount_sweep.hpp"
#include "rescue/rescue_desk.hpp"
#include "restore/restore_plan.hpp"
#include "restore/restore_service.hpp"
#include "servers/server_engines.hpp"
#include "snapshot/snapshot_sweep.hpp"
#include "storage/composed_store.hpp"
#include "storage/local_store.hpp"
#include "storage/routed_store.hpp"
#include "upkeep/upkeep_desk.hpp"

namespace reprise::node {

// What a node finds in its data folder and its catalog before it begins.
struct Found {
  std::filesystem::path data;
  std::filesystem::path storage;
  OpenCatalog catalog;
  std::string installation;
  Result<access::SecretBox> box;  // a worker may be without
  proof::SigningKey signer;
  jobs::ClaimScope scope;                // whose tasks its worker takes
  std::optional<domain::ServerId> here;  // of --server, when that is not the local one
};

// What every node is made of, `serve` and `worker` alike: the catalog with its stores, engines,
// storage, the services on them, and the worker that runs tasks. Declared in the order in which
// each stands on those before it.
struct Core {
  // kInvalidArgument and kConflict when it cannot be as it was told. `options` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Core>> Open(const cli::ServeOptions& options);
  // Use Open().
  Core(const cli::ServeOptions& told, Found&& there) : options(told), found(std::move(there)) {}
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const cli::ServeOptions& options;
  const Found found;
  const SystemClock clock{};
  const SteadyClock steady{};
  catalog::MeteredDatabase metered{*found.catalog.database};
  catalog::AuditedDatabase database{metered, clock};

  storage::LocalStore own_store{found.storage};
  catalog::StorageStore storages{database};
  catalog::ArchiveKeyStore archive_key_rows{database};
  backup::ArchiveKeys archive_keys{{archive_key_rows, clock, sealer()}};
  backup::StorageService storage_service{
      {.configs = storages,
       .clock = clock,
       .sealer = sealer(),
       .keys = archive_keys,
       .private_endpoints = options.allow_private_storage ? storage::PrivateEndpoints::kAllow
                                                          : storage::PrivateEndpoints::kRefuse}};
  storage::RoutedStore routed_store{own_store, storage_service};
  storage::ComposedStore store{routed_store};
  catalog::ArchivePartStore archive_parts{database, clock};
  backup::PartSweep part_sweep{{archive_parts, routed_store, clock}};

  catalog::TenancyStore tenancy{database};
  catalog::ServerStore server_store{database};
  servers::ServerEngines engines{
      {tenancy, server_store, found.box ? &*found.box : nullptr, options.docker, found.here}};

  catalog::EnvironmentStore environments{database, clock};
  catalog::BackupStore backups{database, clock};
  catalog::RestoreStore restores{database, clock};
  catalog::ProofStore proofs{database};
  catalog::SafeCopyStore safe_copies{database, clock};
  catalog::SpaceStore space{database, clock};
  catalog::SnapshotStore snapshots{database, clock};
  jobs::Journal journal{database, clock, jobs::Journal::LeasesBy::kSharedDatabase};

  const backup::ArchiveRoom archive_room{{.space = &space, .look = LookAtStorage()}};
  backup::BackupMaker maker{{.backups = backups,
                             .environments = environments,
                             .store = store,
                             .engines = engines,
                             .clock = clock,
                             .proofs = &proofs,
                             .signer = &found.signer,
                             .room = archive_room,
                             .incremental = {{archive_parts, routed_store}}}};
  odoo::EnvironmentService environment_service{{.environments = environments,
                                                .tenancy = tenancy,
                                                .journal = journal,
                                                .engines = engines,
                                                .images = options.images,
                                                .clock = clock,
                                                .space = &space}};
  catalog::ImportSourceStore import_sources{database};
  backup::UrlImports url_imports{
      {.sources = import_sources,
       .backups = backups,
       .tenancy = tenancy,
       .store = store,
       .sealer = sealer(),
       .clock = clock,
       .keys = &archive_keys,
       .rules = {.trusted_hosts = options.import_hosts, .most_bytes = options.import_limit},
       .room = archive_room}};
  backup::BackupService backup_service{{.backups = backups,
                                        .environments = environments,
                                        .tenancy = tenancy,
                                        .journal = journal,
                                        .store = store,
                                        .clock = clock,
                                        .keys = &archive_keys,
                                        .urls = &url_imports,
                                        .room = archive_room}};
  catalog::UploadStore upload_rows{database, clock};
  backup::Uploads uploads{{.uploads = upload_rows,
                           .backups = backups,
                           .tenancy = tenancy,
                           .store = store,
                           .service = backup_service,
                           .clock = clock,
                           .keys = &archive_keys,
                           .most_bytes = options.import_limit,
                           .room = archive_room}};
  upkeep::UpkeepDesk upkeep{{.database = database,
                             .environments = environments,
                             .backups = backups,
                             .restores = restores,
                             .tenancy = tenancy,
                             .backup_service = backup_service,
                             .environment_service = environment_service,
                             .journal = journal,
                             .clock = clock}};
  const restore::RestorePlanner planner{{.restores = restores,
                                         .backups = backups,
                                         .environments = environments,
                                         .tenancy = tenancy,
                                         .journal = journal,
                                         .store = store,
                                         .engines = engines,
                                         .images = options.images,
                                         .clock = clock,
                                         .installation = found.installation,
                                         .space = space,
                                         .safe_copies = &safe_copies,
                                         .snapshots = &snapshots,
                                         .drills = &upkeep.drills,
                                         .storage_room = LookAtStorage()}};
  restore::RestoreService restore_service{
      {.restores = restores,
       .backups = backups,
       .environments = environments,
       .tenancy = tenancy,
       .journal = journal,
       .store = store,
       .clock = clock,
       .check_room = [this](const Context& ctx,
                            const restore::Order& order) { return planner.CheckRoom(ctx, order); },
       .engines = &engines,
       .safe_copies = &safe_copies,
       .space = &space,
       .snapshots = &snapshots}};

  snapshot::SnapshotService snapshot_service{
      {.snapshots = snapshots, .environments = environments, .journal = journal, .clock = clock}};
  const snapshot::SnapshotSweep snapshot_sweep{{.service = snapshot_service,
                                                .snapshots = snapshots,
                                                .environments = environments,
                                                .journal = journal,
                                                .clock = clock}};
  catalog::MountStore mounts{database};
  rescue::MountService mount_service{{.mounts = mounts,
                                      .backups = backups,
                                      .environments = environments,
                                      .journal = journal,
                                      .store = store,
                                      .clock = clock,
                                      .sealer = sealer()}};
  rescue::RescueDesk rescue_desk{{.mounts = mounts,
                                  .backups = backups,
                                  .environments = environments,
                                  .engines = engines,
                                  .store = store,
                                  .service = mount_service,
                                  .clock = clock,
                                  .installation = found.installation,
                                  .spool = found.data}};
  rescue::Attachments attachments{rescue_desk};
  const rescue::MountSweep mount_sweep{
      {.service = mount_service, .journal = journal, .mounts = MountMadeWith()}};

  AllWorkflows workflows{{.restores = restores,
                          .backups = backups,
                          .environments = environments,
                          .store = store,
                          .engines = engines,
                          .maker = maker,
                          .clock = clock,
                          .images = options.images,
                          .settings = {.load_jobs = options.load_jobs,
                                       .installation = found.installation,
                                       .signer = &found.signer},
                          .space = space,
                          .snapshots = snapshots,
                          .storage_room = LookAtStorage()},
                         {.environments = environments,
                          .engines = engines,
                          .installation = found.installation,
                          .space = &space},
                         {.drills = upkeep.drills, .journal = journal},
                         uploads,
                         url_imports,
                         MountMadeWith(),
                         SnapshotsMadeWith()};
  const std::string name = NodeName();
  jobs::Worker worker{journal,
                      workflows,
                      steady,
                      {.name = name,
                       .parallel_tasks = options.workers,
                       .scope = found.scope,
                       .lease = options.lease}};

 private:
  // Looks at folders for archives, as they are on the server where this node stands.
  [[nodiscard]] backup::AskStorageRoom LookAtStorage() const;
  [[nodiscard]] Result<std::filesystem::path> FolderOf(const domain::StorageConfigId& id) const;
  // Tells workers apart in logs and in tasks' histories.
  static std::string NodeName();
  [[nodiscard]] backup::Sealer sealer() const;
  [[nodiscard]] rescue::MountParts MountMadeWith();
  [[nodiscard]] snapshot::SnapshotParts SnapshotsMadeWith();
};

}  // namespace reprise::node
