#pragma once

#include <memory>

#include "storage/object_store.hpp"
#include "storage/s3_client.hpp"

namespace reprise::storage {

// Objects in a bucket of whatever speaks S3: AWS, R2, B2, MinIO, Ceph, Swift. Writers and readers
// must not outlive it. Large reads are fetched as several ranges at once; each names the ETag that
// the object had when it was opened, so that a replaced one fails (kStorageFailed).
class S3Store final : public ObjectStore {
 public:
  // `clock` must outlive the store.
  S3Store(S3Settings settings, S3Credentials credentials, const Clock& clock,
          PrivateEndpoints private_endpoints)
      : client_(std::make_shared<S3Client>(std::move(settings), std::move(credentials), clock,
                                           private_endpoints)) {}

  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                             std::string_view key) override;
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                           std::string_view key) override;
  [[nodiscard]] Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                     std::string_view prefix) override;
  [[nodiscard]] Status Delete(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override;
  [[nodiscard]] Result<std::optional<std::string>> Presign(const Context& ctx, std::string_view key,
                                                           const PresignOptions& options) override;
  [[nodiscard]] Result<std::size_t> RemoveAbandoned(const Context& ctx, Instant before) override;

 private:
  std::shared_ptr<S3Client> client_;
};

}  // namespace reprise::storage
