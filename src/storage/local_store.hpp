#pragma once

#include <cstddef>
#include <filesystem>

#include "storage/object_store.hpp"

namespace reprise::storage {

// Objects as files below one folder, which must exist (a missing one may be a disk that is not
// mounted, so it is never made: kStorageFailed). An object appears under its name only when it is
// whole and on disk. A crash may leave ".….part" files: List does not show them, RemoveAbandoned
// removes them. Keys whose last part looks like one of those are kInvalidArgument. Thread-safe, and
// safe for several processes on the same folder.
class LocalStore final : public ObjectStore {
 public:
  explicit LocalStore(std::filesystem::path root) : root_(std::move(root)) {}

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
  // Checks the key and that the folder is there.
  [[nodiscard]] Result<std::filesystem::path> PathOf(const Context& ctx,
                                                     std::string_view key) const;
  [[nodiscard]] Status CheckRoot() const;

  std::filesystem::path root_;
};

}  // namespace reprise::storage
