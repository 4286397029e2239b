#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise::api {

struct Request;

// The proxies whose word about their callers counts: X-Forwarded-For and X-Forwarded-Proto of
// anybody else are ignored, as everybody can write them. Immutable.
class TrustedProxies {
 public:
  TrustedProxies() = default;  // nobody
  // Addresses and networks: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32". kInvalidArgument names the
  // one that is none.
  [[nodiscard]] static Result<TrustedProxies> Parse(const std::vector<std::string>& networks);

  [[nodiscard]] bool empty() const { return networks_.empty(); }
  [[nodiscard]] bool Trusts(std::string_view address) const;
  // Puts the real caller into a request that came from a trusted proxy: `client_address` becomes
  // the last one in X-Forwarded-For that is no trusted proxy itself, `over_tls` what
  // X-Forwarded-Proto says. A list that is broken counts as far as it can be read from its end.
  void Apply(Request& request) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;  // an IPv4 address as ::ffff:a.b.c.d
  struct Network {
    Bytes address{};
    int bits = 128;
  };
  [[nodiscard]] static std::optional<Bytes> BytesOf(std::string_view address);

  std::vector<Network> networks_;
};

// As logs and limits name it: an IPv4 address that came over IPv6 ("::ffff:192.0.2.7") without
// that.
[[nodiscard]] std::string PlainAddress(const std::string& address);

}  // namespace reprise::api
