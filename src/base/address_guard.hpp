#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise {

// Whom an address that somebody else gave may lead to.
enum class Reach {
  kPublic,   // the internet only
  kAnybody,  // also this machine and its networks, but never link-local: there the cloud keeps keys
};

// What stands at an address, by the ranges that IANA has set apart; an IPv6 address that leads to
// an IPv4 one (mapped, NAT64, 6to4) is what that one is.
enum class AddressKind {
  kPublic,
  kPrivate,  // this machine, its networks, and what is kept for documentation
  kNobody,   // never the address of one machine: this network, groups, link-local, reserved
};
[[nodiscard]] AddressKind KindOf(const sockaddr& address);

// Whether a connection to that address may be made. Looked at when it is made, after the name was
// resolved: a name may lead somewhere else every time.
[[nodiscard]] bool MayConnect(const sockaddr& address, Reach reach);
// kInvalidArgument for what is no http or https URL, or carries a name and password.
[[nodiscard]] Status CheckUrl(std::string_view url);
// The host of such a URL: "127.0.0.1", "[::1]", "id.example.com"; "" for what is none.
[[nodiscard]] std::string_view HostOf(std::string_view url);
// Whether what is sent there stays on this machine or is encrypted: https, or http to 127.0.0.1,
// [::1] or localhost.
[[nodiscard]] bool KeepsSecrets(std::string_view url);

}  // namespace reprise
