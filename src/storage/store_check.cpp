#include "storage/store_check.hpp"

#include <algorithm>

#include "base/id.hpp"

namespace reprise::storage {
namespace {

Status Put(const Context& ctx, ObjectStore& store, const std::string& key,
           const std::string& text) {
  ASSIGN_OR_RETURN(const auto writer, store.Create(ctx, key));
  RETURN_IF_ERROR(writer->Write(ctx, BytesOf(text)));
  return writer->Close(ctx);
}

Status Compare(const Context& ctx, ObjectStore& store, const std::string& key, std::size_t offset,
               const std::string& expected) {
  ASSIGN_OR_RETURN(const auto reader, store.Open(ctx, key));
  std::string text(expected.size(), '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   reader->ReadAt(ctx, offset, std::as_writable_bytes(std::span(text))));
  if (count == expected.size() && text == expected) return {};
  return Fail(ErrorCode::kStorageFailed, "what is read is not what was written",
              "whatever stands between here and the storage alters bytes");
}

Status MustList(const Context& ctx, ObjectStore& store, const std::string& key, bool written) {
  ASSIGN_OR_RETURN(const auto objects, store.List(ctx, "reprise-test/"));
  const bool there = std::any_of(objects.begin(), objects.end(),
                                 [&](const ObjectInfo& object) { return object.key == key; });
  if (there || !written) return {};
  return Fail(ErrorCode::kStorageFailed, "the storage does not list what was just written");
}

Status MustDelete(const Context& ctx, ObjectStore& store, const std::string& key) {
  RETURN_IF_ERROR(store.Delete(ctx, key));
  const auto info = store.Stat(ctx, key);
  if (!info && info.error().code == ErrorCode::kNotFound) return {};
  if (!info) return Fail(info.error());
  return Fail(ErrorCode::kStorageFailed, "the storage still has what was deleted",
              "object lock or retention may keep it; such a storage cannot be cleaned up");
}

}  // namespace

std::vector<CheckStep> CheckStore(const Context& ctx, ObjectStore& store, std::string_view ending) {
  const std::string key = "reprise-test/" + RandomHex(8) + std::string(ending);
  const std::string text = RandomHex(20'000);
  std::vector<CheckStep> steps;
  const auto add = [&](std::string_view name, Status status) {
    steps.push_back({name, status ? std::optional<Error>() : std::move(status.error())});
  };
  add("write", Put(ctx, store, key, text));
  const bool written = !steps.back().failure;
  if (written) {
    add("read", Compare(ctx, store, key, 0, text));
    add("ranged_read", Compare(ctx, store, key, 12'345, text.substr(12'345, 4096)));
  } else {
    steps.push_back({"read", std::nullopt, true});
    steps.push_back({"ranged_read", std::nullopt, true});
  }
  add("list", MustList(ctx, store, key, written));
  add("delete", MustDelete(ctx, store, key));
  return steps;
}

}  // namespace reprise::storage
