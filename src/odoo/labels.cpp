#include "odoo/labels.hpp"

#include <fmt/format.h>

#include "domain/names.hpp"

namespace reprise::odoo {

std::string HelperOwner::Name(std::string_view role) const {
  return fmt::format("reprise_{}_{}_{}", domain::ShortId(task.value), epoch, role);
}

}  // namespace reprise::odoo
