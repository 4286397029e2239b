#pragma once

#include <CLI/App.hpp>
#include <string>

namespace reprise::cli {

// A script for `shell` (bash, zsh, fish) that completes commands, options and the values that an
// option may have, as `app` declares them; file names for the rest.
[[nodiscard]] std::string CompletionScript(const CLI::App& app, const std::string& shell);

}  // namespace reprise::cli
