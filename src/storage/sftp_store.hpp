#pragma once

#include <memory>

#include "storage/object_store.hpp"
#include "storage/retry.hpp"
#include "storage/sftp_connection.hpp"

namespace reprise::storage {

// Objects as files below a folder of a host with SFTP, whose key is pinned. Written under a hidden
// name beside their place and renamed there when they are whole. Reads ask for many pieces at once
// and go on after a cut connection, as long as the file is the one that was opened. Thread-safe;
// writers and readers may outlive it.
class SftpStore final : public ObjectStore {
 public:
  SftpStore(SftpSettings settings, SftpSecrets secrets, PrivateEndpoints private_endpoints,
            RetryPolicy retry = {});

  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                             std::string_view key) override;
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                           std::string_view key) override;
  [[nodiscard]] Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                     std::string_view prefix) override;
  [[nodiscard]] Status Delete(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override;
  [[nodiscard]] Result<std::size_t> RemoveAbandoned(const Context& ctx, Instant before) override;

  class Pool;

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace reprise::storage
