#pragma once

#include "catalog/access_stores.hpp"

namespace reprise::catalog {

// The columns role, custom_role_id from `column` on.
[[nodiscard]] inline GivenRole ReadGivenRole(const Row& row, std::size_t column) {
  return {row.Text(column), {row.Text(column + 1)}};
}

}  // namespace reprise::catalog
