#include "storage/endpoint_guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "base/address_guard.hpp"

namespace reprise::storage {

Status CheckEndpoint(const sockaddr& address, PrivateEndpoints private_endpoints) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
  }
  const bool allowed = private_endpoints == PrivateEndpoints::kAllow;
  if (MayConnect(address, allowed ? Reach::kAnybody : Reach::kPublic)) return {};
  if (KindOf(address) == AddressKind::kNobody) {
    return Fail(
        ErrorCode::kPermissionDenied,
        fmt::format("the provider's name leads to {}, where no provider can be", text.data()),
        "correct the endpoint");
  }
  return Fail(
      ErrorCode::kPermissionDenied,
      fmt::format("the provider's name leads to {}, an address of a private network", text.data()),
      "if your own storage stands there, start reprise with --allow-private-storage");
}

}  // namespace reprise::storage
