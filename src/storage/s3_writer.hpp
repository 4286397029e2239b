#pragma once

#include <future>
#include <queue>
#include <string>
#include <vector>

#include "storage/object_store.hpp"
#include "storage/s3_client.hpp"

namespace reprise::storage {

// An object on its way into a bucket: one request when it is small, else parts that are sent while
// the next one is being filled. Holds at most three parts in memory. Nobody sees the object before
// the last request of Close().
class S3Writer final : public ObjectWriter {
 public:
  S3Writer(S3Client& client, std::string key) : client_(client), key_(std::move(key)) {}
  ~S3Writer() override;
  S3Writer(const S3Writer&) = delete;
  S3Writer& operator=(const S3Writer&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context& ctx) override;

 private:
  [[nodiscard]] ByteCount PartBytes() const;
  [[nodiscard]] NameValues Encryption() const;
  [[nodiscard]] Status Begin(const Context& ctx);
  [[nodiscard]] Status SendPart(const Context& ctx);
  [[nodiscard]] Status AwaitOldest(const Context& ctx);
  [[nodiscard]] Status Complete(const Context& ctx);

  S3Client& client_;
  const std::string key_;
  std::string part_;       // being filled
  std::string upload_id_;  // empty: not begun
  int next_number_ = 1;
  ByteCount sent_ = 0;
  std::vector<std::string> etags_;
  std::stop_source stop_;
  std::queue<std::future<Result<std::string>>> sending_;
};

}  // namespace reprise::storage
