#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "cli/options.hpp"

// The tokens that `reprise login` keeps, one per server, in a file of the user's own (0600).
namespace reprise::cli {

// XDG_CONFIG_HOME/reprise/credentials, or ~/.config/reprise/credentials; empty without a home.
[[nodiscard]] std::filesystem::path CredentialsPath(const Variables& variables);
// The token for the server at `url`; empty when there is none.
[[nodiscard]] Result<std::string> StoredToken(const std::filesystem::path& path,
                                              const std::string& url);
// Keeps it, or forgets it when `token` is empty.
[[nodiscard]] Status StoreToken(const std::filesystem::path& path, const std::string& url,
                                const std::string& token);

}  // namespace reprise::cli
