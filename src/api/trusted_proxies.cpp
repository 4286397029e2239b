#include "api/trusted_proxies.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/http_message.hpp"
#include "api/http_text.hpp"

namespace reprise::api {
namespace {

constexpr std::string_view kMapped = "::ffff:";

// "192.0.2.7:5000" and "[2001:db8::1]:5000" without the port, which some proxies add.
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  const bool is_one = std::count(text.begin(), text.end(), ':') == 1;
  return is_one ? text.substr(0, text.find(':')) : text;
}

bool SamePrefix(const std::uint8_t* a, const std::uint8_t* b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const int mask = 0x80 >> (i % 8);
    if ((a[i / 8] & mask) != (b[i / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

std::string PlainAddress(const std::string& address) {
  const bool is_mapped = address.starts_with(kMapped) && address.find('.') != std::string::npos;
  return is_mapped ? address.substr(kMapped.size()) : address;
}

std::optional<TrustedProxies::Bytes> TrustedProxies::BytesOf(std::string_view address) {
  Bytes bytes{};
  const std::string text(address);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xff;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

Result<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const auto refusal = [&text] {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("\"{}\" is neither an address nor a network", text),
                  "name the proxy as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
    };
    const std::size_t slash = text.find('/');
    const std::optional<Bytes> bytes = BytesOf(text.substr(0, slash));
    if (!bytes) return refusal();
    Network network{*bytes, 128};
    if (slash != std::string::npos) {
      const bool is_four = text.find(':') == std::string::npos;
      int bits = -1;
      const char* const end = text.data() + text.size();
      const auto [at, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc() || at != end || bits < 0 || bits > (is_four ? 32 : 128)) {
        return refusal();
      }
      network.bits = is_four ? bits + 96 : bits;
    }
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::Trusts(std::string_view address) const {
  const std::optional<Bytes> bytes = BytesOf(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return SamePrefix(network.address.data(), bytes->data(), network.bits);
         });
}

void TrustedProxies::Apply(Request& request) const {
  if (!Trusts(request.client_address)) return;
  std::string hops;  // the fields are one list
  std::string_view scheme;
  for (const auto& [name, value] : request.headers.fields()) {
    if (EqualsIgnoringCase(name, "X-Forwarded-For")) hops += "," + value;
    if (EqualsIgnoringCase(name, "X-Forwarded-Proto")) scheme = value;
  }
  if (!scheme.empty()) {
    const std::size_t comma = scheme.rfind(',');  // what the nearest one says
    if (comma != std::string_view::npos) scheme.remove_prefix(comma + 1);
    request.over_tls = EqualsIgnoringCase(TrimSpaces(scheme), "https");
  }
  std::string_view rest = hops;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::string_view hop = WithoutPort(TrimSpaces(rest.substr(comma + 1)));
    rest = rest.substr(0, comma);
    if (!BytesOf(hop)) return;
    request.client_address = PlainAddress(std::string(hop));
    if (!Trusts(hop)) return;
  }
}

}  // namespace reprise::api
