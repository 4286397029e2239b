#pragma once

#include <atomic>
#include <memory>

#include "storage/ftp_client.hpp"
#include "storage/object_store.hpp"

namespace reprise::storage {

// Objects as files below a folder of an FTP server, with TLS or, when that was chosen, without.
// Written under a temporary name beside their place, and renamed there when the server has all of
// their bytes. Reads go on after a cut connection, as long as the file is the one that was opened.
// List tells no times: LIST has none that can be relied on. Thread-safe; writers and readers may
// outlive it.
class FtpStore final : public ObjectStore {
 public:
  FtpStore(FtpSettings settings, FtpSecrets secrets, PrivateEndpoints private_endpoints,
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

 private:
  enum class Known { kNo, kYes };  // whether a folder was seen in a listing
  [[nodiscard]] Result<std::string> ListFolder(const Context& ctx, const std::string& path,
                                               Known known);
  [[nodiscard]] Status Walk(const Context& ctx, const std::string& folder, Known known,
                            std::vector<ObjectInfo>& seen);

  std::shared_ptr<FtpClient> client_;
  std::atomic<bool> knows_mlsd_ = true;
};

}  // namespace reprise::storage
