#pragma once

#include <memory>
#include <string>

#include "docker/engine.hpp"
#include "docker/ssh_link.hpp"

namespace reprise::docker {

// The engine of the server at the other end of `link`, which it shares. Making it does not connect.
[[nodiscard]] std::unique_ptr<Engine> ConnectSsh(std::shared_ptr<SshLink> link, std::string name);

}  // namespace reprise::docker
