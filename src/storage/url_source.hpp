#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/stream.hpp"
#include "storage/retry.hpp"

namespace reprise::storage {

// Where somebody says that an archive lies.
struct UrlSource {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"; told to the url's own host and port only
};

// From where, and how patiently, an installation fetches archives.
struct UrlRules {
  // "HOST" or "HOST:PORT": these may stand in private networks and on this machine, and be without
  // TLS. All others: on the internet, over https.
  std::vector<std::string> trusted_hosts;
  ByteCount most_bytes = ByteCount{1} << 40;
  std::chrono::seconds silence{60};  // how long nothing may come
  int most_redirects = 5;
  RetryPolicy retry = {};
};

// kInvalidArgument, with the field "/url" or "/headers", for what can be no source by these rules.
// Where the host's name leads to shows when it is connected to.
[[nodiscard]] Status CheckUrlSource(const UrlSource& source, const UrlRules& rules);
// Without its query, which may be a secret: "https://files.example.com/shop.zip".
[[nodiscard]] std::string TellableUrl(const std::string& url);

}  // namespace reprise::storage
