#include "base/testing/tree.hpp"

namespace reprise::testing {

std::filesystem::path Tree(std::string_view name) {
  return std::filesystem::path(REPRISE_TREE) / name;
}

}  // namespace reprise::testing
