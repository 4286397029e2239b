#pragma once

#include <memory>
#include <string>

#include "storage/archive_key.hpp"
#include "storage/object_store.hpp"
#include "storage/sealed_format.hpp"

namespace reprise::storage {

// Another store, in which objects whose key ends in `ending` lie sealed; all others pass as they
// are. Whether an object is sealed is decided by its key alone, so nobody who writes in the storage
// can have plain bytes taken for sealed ones. Sizes are those of the plain bytes, but for List,
// which tells what is stored. There is no address from which anybody may fetch a sealed one.
class SealedStore final : public ObjectStore {
 public:
  struct Options {
    std::string ending;
    int segment_log2 = kSegmentLog2;
  };
  SealedStore(std::shared_ptr<ObjectStore> inner, std::shared_ptr<KeyRing> keys, Options options)
      : inner_(std::move(inner)), keys_(std::move(keys)), options_(std::move(options)) {}

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
  [[nodiscard]] bool IsSealed(std::string_view key) const { return key.ends_with(options_.ending); }

  const std::shared_ptr<ObjectStore> inner_;
  const std::shared_ptr<KeyRing> keys_;
  const Options options_;
};

}  // namespace reprise::storage
