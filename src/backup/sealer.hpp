#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::backup {

// Seals with the installation's key what opens a storage or an archive; `whose` is the id of the
// row that keeps it.
struct Sealer {
  std::function<std::string(std::string_view text, std::string_view whose)> seal;
  std::function<Result<std::string>(std::string_view sealed, std::string_view whose)> open;
};

}  // namespace reprise::backup
