#pragma once

#include <string>

#include "base/address_guard.hpp"
#include "storage/url_source.hpp"

namespace reprise::storage {

// A URL as the same parser sees it that the connection is made with. Internal to UrlReader.
struct UrlTarget {
  std::string url;
  std::string scheme;
  std::string host;  // in lower case
  std::string port;
  std::string path;

  [[nodiscard]] std::string Origin() const { return scheme + "://" + host + ":" + port; }
  [[nodiscard]] std::string Tellable() const { return scheme + "://" + host + path; }
};

// `url`, or where it leads to from `base`. kInvalidArgument when it is none, or has a name and
// password in it.
[[nodiscard]] Result<UrlTarget> UrlTargetOf(const std::string& url, const std::string& base = {});
// How far a connection for it may reach. kPermissionDenied when it is without TLS and not trusted.
[[nodiscard]] Result<Reach> ReachFor(const UrlTarget& target, const UrlRules& rules);

}  // namespace reprise::storage
