#pragma once

#include <functional>
#include <string>

#include "catalog/stores.hpp"
#include "domain/ids.hpp"

namespace reprise::backup {

// Room in the folder where archives go that go to no other storage.
struct StorageRoom {
  domain::ServerId server;  // on whose disk it lies
  std::string device;       // its file system, as its kernel numbers it: decimal
  ByteCount free_bytes = 0;
  ByteCount all_bytes = 0;
};
// Looks now. An empty function: nobody knows.
using AskStorageRoom = std::function<Result<StorageRoom>()>;

// With a margin for what has come since.
[[nodiscard]] inline ByteCount WithSpare(ByteCount bytes) {
  constexpr ByteCount kSpare = 64'000'000;
  return bytes + bytes / 10 + kSpare;
}

// What an environment's next archive will take, by its last one, with a margin; 0 when there is
// none.
[[nodiscard]] inline Result<ByteCount> ExpectArchiveBytes(const catalog::BackupStore& backups,
                                                          const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(
      const auto last,
      backups.List({.environment_id = id, .status = domain::BackupStatus::kCompleted}, {1, 1}));
  if (last.items.empty()) return 0;
  return WithSpare(last.items.front().compressed_size);
}

}  // namespace reprise::backup
