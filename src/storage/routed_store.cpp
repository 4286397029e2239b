#include "storage/routed_store.hpp"

namespace reprise::storage {
namespace {

// Adds up what is read of it.
class CountedReader final : public RandomReader {
 public:
  CountedReader(std::unique_ptr<RandomReader> reader, std::shared_ptr<std::atomic<ByteCount>> sum)
      : reader_(std::move(reader)), sum_(std::move(sum)) {}
  [[nodiscard]] ByteCount size() const override { return reader_->size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    auto got = reader_->ReadAt(ctx, offset, into);
    if (got) *sum_ += *got;
    return got;
  }

 private:
  std::unique_ptr<RandomReader> reader_;
  std::shared_ptr<std::atomic<ByteCount>> sum_;
};

}  // namespace

Result<RoutedStore::Place> RoutedStore::PlaceOf(const Context& ctx, std::string_view address) {
  const std::size_t colon = address.find(':');
  if (colon == std::string_view::npos) {
    return Place{std::shared_ptr<ObjectStore>(std::shared_ptr<void>(), &own_), address};
  }
  auto store = others_.Find(ctx, address.substr(0, colon));
  if (store) return Place{std::move(*store), address.substr(colon + 1)};
  // That a storage is not known must not look as if the object were gone.
  if (store.error().code == ErrorCode::kNotFound) {
    store.error().code = ErrorCode::kStorageFailed;
  }
  return Fail(std::move(store.error()));
}

Result<std::unique_ptr<ObjectWriter>> RoutedStore::Create(const Context& ctx,
                                                          std::string_view key) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, key));
  return place.store->Create(ctx, place.key);
}

Result<std::unique_ptr<RandomReader>> RoutedStore::Open(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, key));
  ASSIGN_OR_RETURN(auto opened, place.store->Open(ctx, place.key));
  return std::make_unique<CountedReader>(std::move(opened), bytes_read_);
}

Result<ObjectInfo> RoutedStore::Stat(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, key));
  return place.store->Stat(ctx, place.key);
}

Result<std::vector<ObjectInfo>> RoutedStore::List(const Context& ctx, std::string_view prefix) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, prefix));
  return place.store->List(ctx, place.key);
}

Status RoutedStore::Delete(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, key));
  return place.store->Delete(ctx, place.key);
}

Result<std::optional<ByteCount>> RoutedStore::FreeSpace(const Context& ctx) {
  return own_.FreeSpace(ctx);
}

Result<std::optional<std::string>> RoutedStore::Presign(const Context& ctx, std::string_view key,
                                                        const PresignOptions& options) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(ctx, key));
  return place.store->Presign(ctx, place.key, options);
}

}  // namespace reprise::storage
