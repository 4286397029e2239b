#pragma once

#include <string>
#include <vector>

#include "docker/ssh_link.hpp"

namespace reprise::docker {

// ssh and the options that hold for every connection to `address`. `known_hosts` and `key` are
// paths; an empty key means the user's own configuration.
[[nodiscard]] std::vector<std::string> SshCommand(const SshAddress& address,
                                                  const std::string& known_hosts,
                                                  const std::string& key);
// The name under which a server's key stands in the list of known ones.
inline constexpr std::string_view kKnownAs = "reprise-server";

// What ssh said, as a sentence: why `name` cannot be reached and what helps.
[[nodiscard]] Error SshFailure(std::string_view name, const SshAddress& address,
                               std::string_view complaints);
// "admin@host:2222"
[[nodiscard]] std::string AddressText(const SshAddress& address);
// The last line that is not empty.
[[nodiscard]] std::string LastLine(std::string_view text);

}  // namespace reprise::docker
