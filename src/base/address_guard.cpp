#include "base/address_guard.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace reprise {
namespace {

struct Range {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t Ip(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

constexpr Range kLinkLocal{Ip(169, 254, 0, 0), 16};
// Never the address of one machine: this network, groups, what is reserved.
constexpr std::array kNobody = {Range{Ip(0, 0, 0, 0), 8}, Range{Ip(224, 0, 0, 0), 4},
                                Range{Ip(240, 0, 0, 0), 4}, kLinkLocal};
constexpr std::array kPrivate = {Range{Ip(10, 0, 0, 0), 8},      Range{Ip(100, 64, 0, 0), 10},
                                 Range{Ip(127, 0, 0, 0), 8},     Range{Ip(172, 16, 0, 0), 12},
                                 Range{Ip(192, 168, 0, 0), 16},  Range{Ip(192, 0, 0, 0), 24},
                                 Range{Ip(198, 18, 0, 0), 15},   Range{Ip(192, 0, 2, 0), 24},
                                 Range{Ip(198, 51, 100, 0), 24}, Range{Ip(203, 0, 113, 0), 24}};

bool IsIn(std::uint32_t address, const Range& range) {
  return (address ^ range.network) >> (32 - range.bits) == 0;
}

AddressKind KindOf4(std::uint32_t address) {
  const auto holds = [address](const Range& range) { return IsIn(address, range); };
  if (std::any_of(kNobody.begin(), kNobody.end(), holds)) return AddressKind::kNobody;
  return std::any_of(kPrivate.begin(), kPrivate.end(), holds) ? AddressKind::kPrivate
                                                              : AddressKind::kPublic;
}

using Bytes16 = std::array<unsigned char, 16>;

std::uint32_t FourAt(const Bytes16& bytes, std::size_t at) {
  return Ip(bytes.at(at), bytes.at(at + 1), bytes.at(at + 2), bytes.at(at + 3));
}

AddressKind KindOf6(const Bytes16& bytes) {
  const bool zeros10 =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; });
  if (zeros10 && bytes[10] == 0xff && bytes[11] == 0xff) return KindOf4(FourAt(bytes, 12));
  if (zeros10 && bytes[10] == 0 && bytes[11] == 0) {
    // ::1; :: and ::a.b.c.d never
    return FourAt(bytes, 12) == 1 ? AddressKind::kPrivate : AddressKind::kNobody;
  }
  if (bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80)) {
    return AddressKind::kNobody;
  }
  // What leads to an IPv4 address behind a translator: 64:ff9b::/96, and 64:ff9b:1::/48, where the
  // translator is one's own (RFC 8215).
  if (FourAt(bytes, 0) == 0x0064ff9b) {
    const AddressKind kind = KindOf4(FourAt(bytes, 12));
    const bool well_known = FourAt(bytes, 4) == 0 && FourAt(bytes, 8) == 0;
    return well_known || kind == AddressKind::kNobody ? kind : AddressKind::kPrivate;
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return KindOf4(FourAt(bytes, 2));
  const bool unique_local = (bytes[0] & 0xfeU) == 0xfc;
  const bool site_local = bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0xc0;
  return unique_local || site_local ? AddressKind::kPrivate : AddressKind::kPublic;
}

}  // namespace

AddressKind KindOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return KindOf4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return AddressKind::kNobody;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
  return KindOf6(bytes);
}

bool MayConnect(const sockaddr& address, Reach reach) {
  const AddressKind kind = KindOf(address);
  return kind == AddressKind::kPublic ||
         (kind == AddressKind::kPrivate && reach == Reach::kAnybody);
}

std::string_view HostOf(std::string_view url) {
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  if (!known) return {};
  const std::string_view rest = url.substr(url.find("://") + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool KeepsSecrets(std::string_view url) {
  if (url.starts_with("https://")) return true;
  const std::string_view host = HostOf(url);
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

Status CheckUrl(std::string_view url) {
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  const std::string_view rest = known ? url.substr(url.find("://") + 3) : std::string_view();
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  if (known && clean && !authority.empty() && authority.find('@') == std::string_view::npos) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "a webhook's url must be https://HOST/PATH (or http), without a name and password",
              "the receiver knows us by the signature: see docs/webhooks.md");
}

}  // namespace reprise
