#pragma once

#include <sys/socket.h>

#include "base/error.hpp"

namespace reprise::storage {

// Whether providers may stand at addresses of private networks and of this machine. Link-local
// addresses (where clouds keep their machines' credentials) are never connected to.
enum class PrivateEndpoints { kRefuse, kAllow };

// Whether an address that a provider's name was resolved to may be connected to: kPermissionDenied
// otherwise. Asked for the very address of each connection, so that a name that changes its mind
// does not pass.
[[nodiscard]] Status CheckEndpoint(const sockaddr& address, PrivateEndpoints private_endpoints);

}  // namespace reprise::storage
