#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "storage/object_store.hpp"

namespace reprise::storage {

struct CheckStep {
  std::string_view name;  // write, read, ranged_read, list, delete
  std::optional<Error> failure;
  bool skipped = false;  // a step before it, without which it cannot be tried, has failed
};

// Tries all that backups need of a store with a small object, whose key ends in `ending`, and which
// is then removed.
[[nodiscard]] std::vector<CheckStep> CheckStore(const Context& ctx, ObjectStore& store,
                                                std::string_view ending = "");

}  // namespace reprise::storage
