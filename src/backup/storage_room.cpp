#include "backup/storage_room.hpp"

#include <fmt/format.h>

#include "postgres/cluster.hpp"

namespace reprise::backup {
namespace {

// pg_dump leaves indexes and dead rows out and compresses: of Odoo databases an eighth is usual,
// and what is compressed already (attachments in the database) about as large as it was.
constexpr ByteCount kDatabaseBytesPerDumpByte = 2;

}  // namespace

Result<ByteCount> ExpectArchiveBytes(const catalog::BackupStore& backups,
                                     const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(
      const auto last,
      backups.List({.environment_id = id, .status = domain::BackupStatus::kCompleted}, {1, 1}));
  return last.items.empty() ? 0 : WithSpare(last.items.front().compressed_size);
}

Result<ByteCount> MeasureFirstArchive(const Context& ctx, docker::Engine& engine,
                                      const domain::Environment& environment,
                                      const odoo::Glimpse* glimpse) {
  const postgres::Cluster cluster(engine, environment.containers.db, environment.db_admin);
  ASSIGN_OR_RETURN(ByteCount bytes, cluster.DatabaseBytes(ctx, environment.db_name));
  bytes /= kDatabaseBytesPerDumpByte;
  if (glimpse == nullptr) return WithSpare(bytes);
  ASSIGN_OR_RETURN(const auto files,
                   glimpse->ListFilestore(ctx, fmt::format("{}/filestore/{}", environment.data_dir,
                                                           environment.db_name)));
  for (const archive::FilestoreFile& file : files) bytes += file.size;
  return WithSpare(bytes);
}

}  // namespace reprise::backup
