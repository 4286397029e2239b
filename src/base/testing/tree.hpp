#pragma once

#include <filesystem>
#include <string_view>

namespace reprise::testing {

// A file or folder of the source tree that the tests were built from: Tree("tests/fixtures").
// Its place is known to tree.cpp alone, so that everything else compiles to the same in any clone.
[[nodiscard]] std::filesystem::path Tree(std::string_view name);

}  // namespace reprise::testing
