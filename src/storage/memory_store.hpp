#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "storage/object_store.hpp"

namespace reprise::storage {

// Objects in memory: for tests and dry runs. Thread-safe. Writers and readers may outlive it.
class MemoryStore final : public ObjectStore {
 public:
  // `clock` must outlive the store and its writers. At most `capacity` bytes in all objects.
  explicit MemoryStore(const Clock& clock, ByteCount capacity = ByteCount{1} << 40);

  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                             std::string_view key) override;
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                           std::string_view key) override;
  [[nodiscard]] Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                     std::string_view prefix) override;
  [[nodiscard]] Status Delete(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override;

 private:
  class Writer;
  class Reader;
  struct Object {
    std::shared_ptr<const std::string> content;
    Instant modified;
  };
  struct Shelf {
    const Clock& clock;
    const ByteCount capacity;
    std::mutex mutex;
    std::map<std::string, Object, std::less<>> objects;

    // Bytes free when `except` is going to be replaced. Call it with the mutex held.
    [[nodiscard]] ByteCount Free(std::string_view except) const;
  };

  [[nodiscard]] Result<Object> Find(const Context& ctx, std::string_view key) const;

  std::shared_ptr<Shelf> shelf_;
};

}  // namespace reprise::storage
