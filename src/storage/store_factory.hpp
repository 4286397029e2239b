#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/endpoint_guard.hpp"
#include "storage/object_store.hpp"

namespace reprise::storage {

// A store as a configuration describes it; names as the API has them.
struct StoreSpec {
  std::string provider;  // s3, r2, b2, minio, ceph, sftp, ftps, ftp, local
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> secrets;
  int attempts = 6;  // at what may be better next time
};

// Makes the store; nothing is connected to yet. kInvalidArgument names the field that is missing or
// wrong. `clock` must outlive the store.
[[nodiscard]] Result<std::unique_ptr<ObjectStore>> MakeStore(const StoreSpec& spec,
                                                             const Clock& clock,
                                                             PrivateEndpoints private_endpoints);

}  // namespace reprise::storage
