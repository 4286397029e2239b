#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/database.hpp"

namespace reprise::catalog {

// What all nodes of one installation agree on, by name. Never a secret.
class SettingStore {
 public:
  explicit SettingStore(Database& database) : database_(database) {}
  [[nodiscard]] Result<std::optional<std::string>> Get(std::string_view name) const;
  // The value that stands there; `value` when none did. Of several nodes that start at once the
  // first one's counts.
  [[nodiscard]] Result<std::string> Ensure(std::string_view name, const std::string& value);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
