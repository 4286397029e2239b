#pragma once

#include <atomic>
#include <memory>

#include "storage/object_store.hpp"

namespace reprise::storage {

// Which store a name means. Thread-safe.
class StoreDirectory {
 public:
  virtual ~StoreDirectory() = default;
  // kNotFound when there is none of that name.
  [[nodiscard]] virtual Result<std::shared_ptr<ObjectStore>> Find(const Context& ctx,
                                                                  std::string_view name) = 0;
};

// All stores as one: "NAME:KEY" is KEY in the store that the directory has under NAME, a key alone
// is one of the installation's own store. The one place where a backup's storage is chosen.
class RoutedStore final : public ObjectStore {
 public:
  // Both must outlive it.
  RoutedStore(ObjectStore& own, StoreDirectory& others) : own_(own), others_(others) {}

  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                             std::string_view key) override;
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                           std::string_view key) override;
  [[nodiscard]] Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override;
  // Of one store: "NAME:PREFIX".
  [[nodiscard]] Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                     std::string_view prefix) override;
  [[nodiscard]] Status Delete(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override;  // own
  [[nodiscard]] Result<std::optional<std::string>> Presign(const Context& ctx, std::string_view key,
                                                           const PresignOptions& options) override;

  // Of all archives, by this process.
  [[nodiscard]] ByteCount bytes_read() const { return *bytes_read_; }

 private:
  struct Place {
    std::shared_ptr<ObjectStore> store;
    std::string_view key;
  };
  [[nodiscard]] Result<Place> PlaceOf(const Context& ctx, std::string_view address);

  ObjectStore& own_;
  StoreDirectory& others_;
  std::shared_ptr<std::atomic<ByteCount>> bytes_read_ =
      std::make_shared<std::atomic<ByteCount>>(0);  // readers may outlive this
};

}  // namespace reprise::storage
