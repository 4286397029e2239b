#pragma once

#include "storage/object_store.hpp"

namespace reprise::storage {

// Another store, whose objects under keys of recipes are read as what the recipes make. They are
// written, listed and deleted as recipes; their parts are objects of their own, which somebody else
// looks after. All others pass as they are. Thread-safe; readers must not outlive `inner`.
class ComposedStore final : public ObjectStore {
 public:
  explicit ComposedStore(ObjectStore& inner) : inner_(inner) {}

  [[nodiscard]] Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                             std::string_view key) override {
    return inner_.Create(ctx, key);
  }
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                           std::string_view key) override;
  // The size is that of what the recipe makes.
  [[nodiscard]] Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) override;
  [[nodiscard]] Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                     std::string_view prefix) override {
    return inner_.List(ctx, prefix);
  }
  [[nodiscard]] Status Delete(const Context& ctx, std::string_view key) override {
    return inner_.Delete(ctx, key);
  }
  [[nodiscard]] Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) override {
    return inner_.FreeSpace(ctx);
  }
  // None for what is composed: no provider can do that.
  [[nodiscard]] Result<std::optional<std::string>> Presign(const Context& ctx, std::string_view key,
                                                           const PresignOptions& options) override;
  [[nodiscard]] Result<std::size_t> RemoveAbandoned(const Context& ctx, Instant before) override {
    return inner_.RemoveAbandoned(ctx, before);
  }

 private:
  ObjectStore& inner_;
};

}  // namespace reprise::storage
