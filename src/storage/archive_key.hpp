#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/error.hpp"

namespace reprise::storage {

inline constexpr std::size_t kArchiveKeyBytes = 32;

// What an organization's archives are sealed with. Kept as long as there may be an archive of it.
struct ArchiveKey {
  std::string id;      // a UUID
  std::string secret;  // kArchiveKeyBytes bytes. Never in logs, answers or arguments
  Instant created_at;
};

// A new one, of the system's randomness.
[[nodiscard]] ArchiveKey NewArchiveKey(Instant now);

// The keys of one organization. Thread-safe.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  // What new archives are sealed with. kConflict when there is none yet.
  [[nodiscard]] virtual Result<ArchiveKey> Newest(const Context& ctx) = 0;
  // kNotFound for one that is not the organization's.
  [[nodiscard]] virtual Result<ArchiveKey> Find(const Context& ctx, std::string_view id) = 0;
};

// Keys that were read before, from a recovery sheet.
class ListedKeys final : public KeyRing {
 public:
  explicit ListedKeys(std::vector<ArchiveKey> keys) : keys_(std::move(keys)) {}
  [[nodiscard]] Result<ArchiveKey> Newest(const Context& ctx) override;
  [[nodiscard]] Result<ArchiveKey> Find(const Context& ctx, std::string_view id) override;

 private:
  std::vector<ArchiveKey> keys_;
};

}  // namespace reprise::storage
