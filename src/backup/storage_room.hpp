#pragma once

#include <functional>
#include <string>

#include "catalog/stores.hpp"
#include "docker/engine.hpp"
#include "domain/environment.hpp"
#include "domain/ids.hpp"
#include "odoo/glimpse.hpp"

namespace reprise::backup {

// Room in a folder where archives go: the installation's own, or a storage that is one.
struct StorageRoom {
  domain::ServerId server;  // on whose disk it lies
  std::string device;       // its file system, as its kernel numbers it: decimal
  ByteCount free_bytes = 0;
  ByteCount all_bytes = 0;
};
// Looks now, at the installation's own folder where no storage is named. Fails for storages that
// are no folder of a server's. An empty function: nobody knows.
using AskStorageRoom = std::function<Result<StorageRoom>(const domain::StorageConfigId&)>;

// With a margin for what has come since.
[[nodiscard]] inline ByteCount WithSpare(ByteCount bytes) {
  constexpr ByteCount kSpare = 64'000'000;
  return bytes + bytes / 10 + kSpare;
}

// What an environment's next archive will take, by its last one, with a margin; 0 when there is
// none.
[[nodiscard]] Result<ByteCount> ExpectArchiveBytes(const catalog::BackupStore& backups,
                                                   const domain::EnvironmentId& id);
// What its first one will take at most, by what database and filestore take now, with a margin.
// Without a glimpse: no files. Fails as the looks do.
[[nodiscard]] Result<ByteCount> MeasureFirstArchive(const Context& ctx, docker::Engine& engine,
                                                    const domain::Environment& environment,
                                                    const odoo::Glimpse* glimpse);

}  // namespace reprise::backup
