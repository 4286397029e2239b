#include "storage/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "storage/object_key.hpp"

namespace reprise::storage {

class MemoryStore::Writer final : public ObjectWriter {
 public:
  Writer(std::shared_ptr<Shelf> shelf, std::string key)
      : shelf_(std::move(shelf)), key_(std::move(key)) {}

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    const std::scoped_lock lock(shelf_->mutex);
    if (content_.size() + bytes.size() > shelf_->Free(key_)) {
      return Fail(ErrorCode::kNoSpace, fmt::format("no space left for {}", key_));
    }
    content_.append(TextOf(bytes));
    return {};
  }
  [[nodiscard]] Status Close(const Context& ctx) override {
    RETURN_IF_ERROR(ctx.Check());
    const std::scoped_lock lock(shelf_->mutex);
    shelf_->objects.insert_or_assign(
        key_,
        Object{std::make_shared<const std::string>(std::move(content_)), shelf_->clock.Now()});
    return {};
  }

 private:
  std::shared_ptr<Shelf> shelf_;
  std::string key_;
  std::string content_;
};

class MemoryStore::Reader final : public RandomReader {
 public:
  explicit Reader(std::shared_ptr<const std::string> content) : content_(std::move(content)) {}
  [[nodiscard]] ByteCount size() const override { return content_->size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    if (offset >= content_->size()) return 0;
    const std::string_view piece =
        std::string_view(*content_).substr(static_cast<std::size_t>(offset), into.size());
    std::memcpy(into.data(), piece.data(), piece.size());
    return piece.size();
  }

 private:
  std::shared_ptr<const std::string> content_;
};

ByteCount MemoryStore::Shelf::Free(std::string_view except) const {
  ByteCount used = 0;
  for (const auto& [key, object] : objects) {
    if (key != except) used += object.content->size();
  }
  return capacity - std::min(capacity, used);
}

MemoryStore::MemoryStore(const Clock& clock, ByteCount capacity)
    : shelf_(new Shelf{clock, capacity, {}, {}}) {}

Result<MemoryStore::Object> MemoryStore::Find(const Context& ctx, std::string_view key) const {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  const std::scoped_lock lock(shelf_->mutex);
  const auto found = shelf_->objects.find(key);
  if (found == shelf_->objects.end()) {
    return Fail(ErrorCode::kNotFound, fmt::format("{} is not in the storage", key));
  }
  return found->second;
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::Create(const Context& ctx,
                                                          std::string_view key) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  return std::make_unique<Writer>(shelf_, std::string(key));
}

Result<std::unique_ptr<RandomReader>> MemoryStore::Open(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(Object object, Find(ctx, key));
  return std::make_unique<Reader>(std::move(object.content));
}

Result<ObjectInfo> MemoryStore::Stat(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const Object object, Find(ctx, key));
  return ObjectInfo{std::string(key), object.content->size(), object.modified};
}

Result<std::vector<ObjectInfo>> MemoryStore::List(const Context& ctx, std::string_view prefix) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckPrefix(prefix));
  const std::scoped_lock lock(shelf_->mutex);
  std::vector<ObjectInfo> objects;
  for (auto at = shelf_->objects.lower_bound(prefix);
       at != shelf_->objects.end() && at->first.starts_with(prefix); ++at) {
    objects.push_back({at->first, at->second.content->size(), at->second.modified});
  }
  return objects;
}

Status MemoryStore::Delete(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  const std::scoped_lock lock(shelf_->mutex);
  const auto found = shelf_->objects.find(key);
  if (found != shelf_->objects.end()) shelf_->objects.erase(found);
  return {};
}

Result<std::optional<ByteCount>> MemoryStore::FreeSpace(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  const std::scoped_lock lock(shelf_->mutex);
  return std::optional<ByteCount>(shelf_->Free({}));
}

}  // namespace reprise::storage
