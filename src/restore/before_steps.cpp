#include "restore/before_steps.hpp"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "odoo/glimpse.hpp"
#include "odoo/labels.hpp"
#include "odoo/registry.hpp"
#include "postgres/snapshot_dump.hpp"

namespace reprise::restore {
namespace {

constexpr ByteCount kFull = 32'000'000;

}  // namespace

Result<OpenArchive> OpenVerified(const Context& ctx, storage::ObjectStore& store,
                                 const domain::Backup& backup) {
  OpenArchive open;
  auto source = store.Open(ctx, domain::StorageAddressOf(backup));
  if (!source && source.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the archive of \"{}\" is gone from storage", backup.name),
                "use another backup");
  }
  if (!source) return Fail(source.error());
  open.source = std::move(*source);
  ASSIGN_OR_RETURN(open.reader, archive::OpenBackup(ctx, *open.source));
  if (backup.manifest_sha256.empty() || open.reader->manifest_sha256() == backup.manifest_sha256) {
    return open;
  }
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("the archive of \"{}\" has changed in storage: its manifest is another "
                          "than when it was verified",
                          backup.name),
              "use another backup, and have the storage checked");
}

Status RemoveHelpersOf(const Context& ctx, docker::Engine& engine, const domain::TaskId& task,
                       const std::string& db_container) {
  const docker::Labels labels{{odoo::kTaskLabel, task.value}};
  ASSIGN_OR_RETURN(const auto helpers, engine.List(ctx, labels));
  for (const docker::ContainerInfo& helper : helpers) {
    RETURN_IF_ERROR(engine.Remove(ctx, helper.id));
  }
  return odoo::RemoveHelperNetworks(ctx, engine, labels, db_container);
}

Status CheckLoaded(const Context& ctx, const postgres::Cluster& as_loader,
                   const std::string& database, const archive::Manifest& manifest) {
  ASSIGN_OR_RETURN(
      const std::string users,
      as_loader.QueryValue(ctx, database, "SELECT to_regclass('public.res_users') IS NOT NULL"));
  if (users != "t") {
    return Fail(ErrorCode::kProofFailed,
                "the dump loaded, but it has no table res_users: it is not an Odoo database");
  }
  if (manifest.table_rows.empty()) return {};
  ASSIGN_OR_RETURN(const auto counted, postgres::CountRows(ctx, as_loader, database));
  std::vector<std::string> wrong;
  for (const auto& [table, rows] : manifest.table_rows) {
    const auto found = counted.find(table);
    const std::uint64_t loaded = found == counted.end() ? 0 : found->second;
    if (loaded != rows || found == counted.end()) {
      wrong.push_back(fmt::format("{} has {} of {} rows", table, loaded, rows));
    }
  }
  if (wrong.empty()) return {};
  const std::size_t all = wrong.size();
  if (all > 5) wrong.resize(5);
  return Fail(ErrorCode::kProofFailed,
              fmt::format("the loaded database is not what was backed up: {}{}",
                          fmt::join(wrong, ", "), all > 5 ? ", …" : ""),
              "use another backup");
}

// PostgreSQL is asked nothing, the file system is.
Error WithFullDisk(const Context& ctx, docker::Engine& engine, const std::string& db_container,
                   Error error) {
  if (error.code != ErrorCode::kDatabaseFailed && error.code != ErrorCode::kLoadFailed &&
      error.code != ErrorCode::kContainerFailed) {
    return error;
  }
  const auto container = engine.Inspect(ctx, db_container);
  if (!container) return error;
  const auto told = container->environment.find("PGDATA");
  const std::string where =
      told == container->environment.end() ? "/var/lib/postgresql/data" : told->second;
  auto room = odoo::RoomAt(ctx, engine, db_container, where);
  // What ran out of it may have ended PostgreSQL itself, which Docker then starts again.
  for (int tries = 0; !room && tries < 6 && ctx.Sleep(std::chrono::milliseconds(500)); ++tries) {
    room = odoo::RoomAt(ctx, engine, db_container, where);
  }
  if (!room || room->free_bytes > kFull) return error;
  return Error{ErrorCode::kNoSpace,
               fmt::format("the disk of {} is full: {}", db_container, error.message),
               "free space on the volume of the database container, then try again"};
}

}  // namespace reprise::restore
