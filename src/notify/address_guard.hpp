#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::notify {

// Whom an address that a stranger gave may lead to.
enum class Reach {
  kPublic,   // the internet only
  kAnybody,  // also this machine and its networks, but never link-local: there the cloud keeps keys
};

// Whether a connection to that address may be made. Looked at when it is made, after the name was
// resolved: a name may lead somewhere else every time.
[[nodiscard]] bool MayConnect(const sockaddr& address, Reach reach);
// kInvalidArgument for what is no http or https URL, or carries a name and password.
[[nodiscard]] Status CheckUrl(std::string_view url);

}  // namespace reprise::notify
