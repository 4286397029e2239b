#pragma once

#include "storage/retry.hpp"
#include "storage/sftp_store.hpp"

namespace reprise::storage {

// The connections of one SftpStore: kept open between calls, a few of them. Thread-safe.
class SftpStore::Pool {
 public:
  Pool(SftpSettings settings, SftpSecrets secrets, PrivateEndpoints private_endpoints,
       RetryPolicy retry)
      : settings_(std::move(settings)),
        secrets_(std::move(secrets)),
        private_endpoints_(private_endpoints),
        retry_(retry) {}

  [[nodiscard]] std::string PathOf(std::string_view key) const;
  // A connection that is the caller's alone.
  [[nodiscard]] Result<std::unique_ptr<SftpConnection>> Take(const Context& ctx);
  void Give(std::unique_ptr<SftpConnection> connection);

  // Runs `work`, which may be run again, until it is not the connection that fails.
  using Work = std::function<Status(SftpConnection&)>;
  [[nodiscard]] Status Run(const Context& ctx, const Work& work);

  [[nodiscard]] const RetryPolicy& retry() const { return retry_; }
  [[nodiscard]] const SftpSettings& settings() const { return settings_; }

 private:
  const SftpSettings settings_;
  const SftpSecrets secrets_;
  const PrivateEndpoints private_endpoints_;
  const RetryPolicy retry_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SftpConnection>> idle_;
};

// What a file looks like: by this it is known again.
struct SftpLook {
  ByteCount size = 0;
  std::uint32_t modified = 0;
  bool is_folder = false;
  bool operator==(const SftpLook&) const = default;
};
// kNotFound when it is not there.
[[nodiscard]] Result<SftpLook> LookAt(SftpConnection& connection, const std::string& path);

}  // namespace reprise::storage
