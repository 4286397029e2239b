#include "storage/composed_store.hpp"

#include "storage/composed_reader.hpp"

namespace reprise::storage {

Result<std::unique_ptr<RandomReader>> ComposedStore::Open(const Context& ctx,
                                                          std::string_view key) {
  if (!IsRecipeKey(key)) return inner_.Open(ctx, key);
  ASSIGN_OR_RETURN(const Recipe recipe, ReadRecipe(ctx, inner_, key));
  return std::make_unique<ComposedReader>(
      recipe, [&inner = inner_, address = std::string(key)](const Context& context,
                                                            const std::string& part) {
        return inner.Open(context, PartAddress(address, part));
      });
}

Result<ObjectInfo> ComposedStore::Stat(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(ObjectInfo info, inner_.Stat(ctx, key));
  if (!IsRecipeKey(key)) return info;
  ASSIGN_OR_RETURN(const Recipe recipe, ReadRecipe(ctx, inner_, key));
  info.size = recipe.size();
  return info;
}

Result<std::optional<std::string>> ComposedStore::Presign(const Context& ctx, std::string_view key,
                                                          const PresignOptions& options) {
  if (IsRecipeKey(key)) {
    // Told all the same that it is gone, as any other.
    RETURN_IF_ERROR(inner_.Stat(ctx, key));
    return std::nullopt;
  }
  return inner_.Presign(ctx, key, options);
}

}  // namespace reprise::storage
