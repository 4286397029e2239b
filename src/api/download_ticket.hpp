#pragma once

#include <chrono>
#include <string>

#include "access/credentials.hpp"
#include "access/secret_box.hpp"
#include "api/http_message.hpp"
#include "base/clock.hpp"

namespace reprise::api {

// How long an address for a download is good, also one at a provider.
inline constexpr std::chrono::minutes kDownloadValid{15};

// Addresses at which one archive can be fetched without a header: a browser can then save it as it
// comes, and go on where it broke off. The ticket in it says who asked for it, sealed together with
// the path: it opens no other one, and no other node with the same key need be told of it.
// Thread-safe.
class DownloadTickets {
 public:
  // All must outlive it.
  struct Parts {
    const access::SecretBox& box;
    const access::Credentials& credentials;
    const Clock& clock;
  };
  explicit DownloadTickets(Parts parts) : parts_(parts) {}

  // "PATH?ticket=…" for `caller`, who may download from there.
  [[nodiscard]] std::string AddressFor(const access::Caller& caller, const std::string& path) const;
  // Who asked for the ticket, with what they may do now and nothing but downloading.
  // kUnauthenticated when it is of another path, has expired or was changed.
  [[nodiscard]] Result<access::Caller> Redeem(const std::string& path,
                                              std::string_view ticket) const;

 private:
  Parts parts_;
};

}  // namespace reprise::api
