#pragma once

#include <memory>
#include <string>

#include "archive/backup_reader.hpp"
#include "docker/engine.hpp"
#include "domain/backup.hpp"
#include "domain/ids.hpp"
#include "postgres/cluster.hpp"
#include "storage/object_store.hpp"

// What each task begins with that loads a backup.
namespace reprise::restore {

struct OpenArchive {
  std::unique_ptr<RandomReader> source;
  std::unique_ptr<archive::BackupReader> reader;
};
// A reader of the archive whose manifest is the one that was recorded when the backup was verified,
// so whatever is read through it is checked. kBackupNotAvailable when it is gone from storage,
// kArchiveCorrupt when it is another.
[[nodiscard]] Result<OpenArchive> OpenVerified(const Context& ctx, storage::ObjectStore& store,
                                               const domain::Backup& backup);

// Removes what earlier attempts at a task left in the engine, since a program that a dead process
// started must not go on writing. `db_container` may be empty.
[[nodiscard]] Status RemoveHelpersOf(const Context& ctx, docker::Engine& engine,
                                     const domain::TaskId& task, const std::string& db_container);

// That a loaded database is an Odoo's, and that each table has as many rows as when it was dumped:
// kProofFailed.
[[nodiscard]] Status CheckLoaded(const Context& ctx, const postgres::Cluster& as_loader,
                                 const std::string& database, const archive::Manifest& manifest);

// What loading into `db_container` failed with; kNoSpace where its disk is full, of which
// PostgreSQL often says no more than that a connection was lost.
[[nodiscard]] Error WithFullDisk(const Context& ctx, docker::Engine& engine,
                                 const std::string& db_container, Error error);

}  // namespace reprise::restore
