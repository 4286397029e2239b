#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/stream.hpp"

namespace reprise::storage {

struct ObjectInfo {
  std::string key;
  ByteCount size = 0;
  Instant modified;
};

// How an address is to be that anybody may fetch an object from.
struct PresignOptions {
  std::chrono::seconds valid{900};
  std::string file_name = {};  // what a browser shall call it
};

// An object being written. Nobody sees it before Close() succeeds; then it is there whole and
// durable. Destroyed before that, it leaves nothing behind.
using ObjectWriter = ByteWriter;

// Where archives are kept: keys to bytes. Keys are paths of `/`-separated segments of
// [A-Za-z0-9._-], without empty, "." or ".." segments; others are kInvalidArgument.
// Thread-safe. A missing key is kNotFound; trouble of the provider is kStorageFailed; a full one
// kNoSpace.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Starts writing `key`, replacing what is there only when closed.
  [[nodiscard]] virtual Result<std::unique_ptr<ObjectWriter>> Create(const Context& ctx,
                                                                     std::string_view key) = 0;
  // Opens `key` for ranged reading. The reader sees the object as it was when opened.
  [[nodiscard]] virtual Result<std::unique_ptr<RandomReader>> Open(const Context& ctx,
                                                                   std::string_view key) = 0;
  [[nodiscard]] virtual Result<ObjectInfo> Stat(const Context& ctx, std::string_view key) = 0;
  // All objects whose key begins with `prefix`, sorted by key.
  [[nodiscard]] virtual Result<std::vector<ObjectInfo>> List(const Context& ctx,
                                                             std::string_view prefix) = 0;
  // Ok also when the key was not there.
  [[nodiscard]] virtual Status Delete(const Context& ctx, std::string_view key) = 0;
  // Bytes that can still be written, where the provider knows.
  [[nodiscard]] virtual Result<std::optional<ByteCount>> FreeSpace(const Context& ctx) = 0;
  // An address from which whoever has it may fetch the object for a while, where the provider can
  // give one.
  [[nodiscard]] virtual Result<std::optional<std::string>> Presign(
      const Context& /*ctx*/, std::string_view /*key*/, const PresignOptions& /*options*/) {
    return std::nullopt;
  }
  // Removes what broken-off writes have left and nobody has touched since `before`; says how many.
  [[nodiscard]] virtual Result<std::size_t> RemoveAbandoned(const Context& /*ctx*/,
                                                            Instant /*before*/) {
    return 0;
  }
};

}  // namespace reprise::storage
