#include "storage/endpoint_guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace reprise::storage {
namespace {

enum class Reach { kPublic, kPrivate, kNever };

struct Range4 {
  std::uint32_t first;
  int bits;
  Reach reach;
};
constexpr std::array kRanges4 = {
    Range4{0x00000000, 8, Reach::kNever},     // "this network"
    Range4{0x0A000000, 8, Reach::kPrivate},   // 10/8
    Range4{0x64400000, 10, Reach::kPrivate},  // 100.64/10
    Range4{0x7F000000, 8, Reach::kPrivate},   // 127/8
    Range4{0xA9FE0000, 16, Reach::kNever},    // 169.254/16
    Range4{0xAC100000, 12, Reach::kPrivate},  // 172.16/12
    Range4{0xC0A80000, 16, Reach::kPrivate},  // 192.168/16
    Range4{0xE0000000, 3, Reach::kNever},     // multicast and reserved
};

Reach ReachOf4(std::uint32_t address) {
  for (const Range4& range : kRanges4) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - range.bits);
    if ((address & mask) == range.first) return range.reach;
  }
  return Reach::kPublic;
}

std::uint32_t Word(const std::array<std::uint8_t, 16>& bytes, std::size_t at) {
  return std::uint32_t{bytes.at(at)} << 24U | std::uint32_t{bytes.at(at + 1)} << 16U |
         std::uint32_t{bytes.at(at + 2)} << 8U | std::uint32_t{bytes.at(at + 3)};
}

Reach ReachOf6(const std::array<std::uint8_t, 16>& bytes) {
  const std::uint32_t first = Word(bytes, 0);
  if (first == 0 && Word(bytes, 4) == 0) {
    const std::uint32_t third = Word(bytes, 8);
    if (third == 0xFFFF) return ReachOf4(Word(bytes, 12));  // mapped IPv4
    if (third == 0) return Word(bytes, 12) == 1 ? Reach::kPrivate : Reach::kNever;
  }
  if (first == 0x0064FF9B) return ReachOf4(Word(bytes, 12));    // NAT64
  if (first >> 16U == 0x2002) return ReachOf4(Word(bytes, 2));  // 6to4
  if (first >> 25U == 0xFC >> 1U) return Reach::kPrivate;       // fc00::/7
  if (first >> 22U == 0xFE80 >> 6U) return Reach::kNever;       // fe80::/10
  if (first >> 24U == 0xFF) return Reach::kNever;               // multicast
  return Reach::kPublic;
}

}  // namespace

Status CheckEndpoint(const sockaddr& address, PrivateEndpoints private_endpoints) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  Reach reach = Reach::kNever;
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    reach = ReachOf4(ntohl(four.sin_addr.s_addr));
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    reach = ReachOf6(bytes);
  }
  if (reach == Reach::kPublic) return {};
  if (reach == Reach::kPrivate && private_endpoints == PrivateEndpoints::kAllow) return {};
  if (reach == Reach::kNever) {
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
