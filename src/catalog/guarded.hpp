#pragma once

#include <functional>

#include "base/error.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// What `work` answers; an exception of it is kInternal.
[[nodiscard]] Status RunGuarded(const std::function<Status(Transaction&)>& work,
                                Transaction& transaction);

}  // namespace reprise::catalog
