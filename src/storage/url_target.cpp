#include "storage/url_target.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/ascii.hpp"

namespace reprise::storage {
namespace {

constexpr std::size_t kMostHeaderBytes = 8192;

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string value(text);
  curl_free(text);
  return value;
}

Error AtField(std::string field, std::string message, std::string hint = {}) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(hint), {}, std::move(field)};
}

// What a caller may not say by a header of his own: it is how the call itself is made.
bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 9> kOurs = {
      "host", "range",      "if-range", "content-length",     "transfer-encoding",
      "te",   "connection", "upgrade",  "proxy-authorization"};
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

Status CheckHeader(const std::string& header) {
  const std::size_t colon = header.find(':');
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  const auto is_value = [](char c) { return c >= ' ' && c <= '~'; };
  const std::string name = LowerCase(header.substr(0, std::min(colon, header.size())));
  // The line itself is not told: it may be a secret.
  if (colon == std::string::npos || name.empty() || header.size() > kMostHeaderBytes ||
      !std::all_of(name.begin(), name.end(), is_name) ||
      !std::all_of(header.begin(), header.end(), is_value)) {
    return Fail(AtField("/headers", "a header must be one line, \"Name: value\", in ASCII"));
  }
  if (!IsOurs(name)) return {};
  return Fail(AtField("/headers", fmt::format("the header {} cannot be given", name)));
}

}  // namespace

Result<UrlTarget> UrlTargetOf(const std::string& url, const std::string& base) {
  const std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  const bool whole =
      parsed && clean &&
      (base.empty() || curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK) &&
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  UrlTarget target;
  if (whole) {
    curl_url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
    target = {PartOf(parsed.get(), CURLUPART_URL), PartOf(parsed.get(), CURLUPART_SCHEME),
              LowerCase(PartOf(parsed.get(), CURLUPART_HOST)), PartOf(parsed.get(), CURLUPART_PORT),
              PartOf(parsed.get(), CURLUPART_PATH)};
  }
  if (target.host.empty() || (target.scheme != "https" && target.scheme != "http")) {
    return Fail(AtField("/url", "the url must be https://HOST/PATH"));
  }
  if (!PartOf(parsed.get(), CURLUPART_USER).empty() ||
      !PartOf(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return Fail(AtField("/url", "the url must not hold a name and password",
                        "give them as a header: Authorization: Basic …"));
  }
  return target;
}

Result<Reach> ReachFor(const UrlTarget& target, const UrlRules& rules) {
  const auto is_target = [&](const std::string& told) {
    const std::string trusted = LowerCase(told);
    return trusted == target.host || trusted == target.host + ":" + target.port;
  };
  const auto& trusted = rules.trusted_hosts;
  if (std::any_of(trusted.begin(), trusted.end(), is_target)) return Reach::kAnybody;
  if (target.scheme == "https") return Reach::kPublic;
  return Fail(
      ErrorCode::kPermissionDenied,
      fmt::format("{} is without TLS: everybody on the way could read and alter the archive",
                  target.Tellable()),
      "give an https address, or have an administrator start serve and the workers with "
      "--import-host " +
          target.host);
}

Status CheckUrlSource(const UrlSource& source, const UrlRules& rules) {
  ASSIGN_OR_RETURN(const UrlTarget target, UrlTargetOf(source.url));
  if (auto reach = ReachFor(target, rules); !reach) {
    reach.error().code = ErrorCode::kInvalidArgument;
    reach.error().field = "/url";
    return Fail(std::move(reach.error()));
  }
  for (const std::string& header : source.headers) RETURN_IF_ERROR(CheckHeader(header));
  return {};
}

std::string TellableUrl(const std::string& url) {
  const auto target = UrlTargetOf(url);
  return target ? target->Tellable() : "the address";
}

}  // namespace reprise::storage
