#include "storage/url_call.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"

namespace reprise::storage {
namespace {

using std::chrono::steady_clock;

constexpr long kConnectSeconds = 15;
constexpr std::size_t kMostHeaders = 200;

}  // namespace

UrlCall::~UrlCall() {
  if (easy_ != nullptr && multi_ != nullptr) curl_multi_remove_handle(multi_, easy_);
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  curl_slist_free_all(list_);
}

std::string UrlCall::Header(std::string_view name) const {
  const auto found = headers_.find(name);
  return found == headers_.end() ? std::string() : found->second;
}

std::size_t UrlCall::OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<UrlCall*>(user);
  const std::string_view line(data, size * count);
  self.has_moved_ = true;
  if (line.starts_with("HTTP/")) {  // also once for each answer like 100
    self.headers_.clear();
    return line.size();
  }
  if (line == "\r\n" || line == "\n") {
    long status = 0;
    curl_easy_getinfo(self.easy_, CURLINFO_RESPONSE_CODE, &status);
    self.http_status_ = static_cast<int>(status);
    self.has_head_ = status >= 200;
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || self.has_head_) return line.size();
  if (self.headers_.size() >= kMostHeaders) return 0;
  const std::size_t first = line.find_first_not_of(" \t\r\n", colon + 1);
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  self.headers_[LowerCase(line.substr(0, colon))] =
      first == std::string_view::npos ? "" : std::string(line.substr(first, last - first + 1));
  return line.size();
}

std::size_t UrlCall::OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<UrlCall*>(user);
  if (self.at_ < self.held_.size()) {
    self.is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  self.has_moved_ = true;
  self.held_.assign(data, size * count);
  self.at_ = 0;
  return size * count;
}

curl_socket_t UrlCall::OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<UrlCall*>(user);
  if (!MayConnect(address->addr, self.options_.reach)) {
    self.is_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void UrlCall::SetUp() {
  const auto set = [this](CURLoption option, auto value) {
    curl_easy_setopt(easy_, option, value);
  };
  for (const std::string& header : options_.headers) {
    list_ = curl_slist_append(list_, header.c_str());
  }
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_USERAGENT, "reprise");
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_HTTPHEADER, list_);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, told_.data());
}

Error UrlCall::ErrorOf(CURLcode code) const {
  const std::string& host = options_.host;
  if (is_refused_ && http_status_ == 0) {
    return {ErrorCode::kPermissionDenied,
            fmt::format("{} stands at a private or link-local address, from where this "
                        "installation fetches nothing",
                        host),
            "if archives are to come from there, an administrator starts serve and the workers "
            "with --import-host " +
                host};
  }
  const std::string told = told_[0] != '\0' ? told_.data() : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return {ErrorCode::kStorageFailed, fmt::format("no trust in {}: {}", host, told),
              "its certificate must come from an authority that this machine trusts"};
    default:
      return {ErrorCode::kUnavailable, fmt::format("no whole answer from {}: {}", host, told),
              "see whether it can be reached from this server"};
  }
}

Status UrlCall::Drive(const Context& ctx, const std::function<bool()>& reached) {
  auto heard = steady_clock::now();
  while (true) {
    if (is_paused_) {
      is_paused_ = false;
      curl_easy_pause(easy_, CURLPAUSE_CONT);
    }
    if (reached()) return {};  // what was paused may have come at once
    int running = 0;
    has_moved_ = false;
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) outcome_ = message->data.result;
    }
    if (reached()) return {};
    RETURN_IF_ERROR(ctx.Check());
    if (outcome_ && *outcome_ != CURLE_OK) return Fail(ErrorOf(*outcome_));
    if (outcome_) return {};
    if (has_moved_) heard = steady_clock::now();
    if (steady_clock::now() - heard > options_.silence) {
      return Fail(
          ErrorCode::kUnavailable,
          fmt::format("{} has been silent for {} s", options_.host, options_.silence.count()),
          "see whether it is well");
    }
    curl_multi_poll(multi_, nullptr, 0, 100, nullptr);
  }
}

Status UrlCall::Begin(const Context& ctx) {
  easy_ = curl_easy_init();
  multi_ = curl_multi_init();
  if (easy_ == nullptr || multi_ == nullptr) {
    return Fail(ErrorCode::kInternal, "no connection can be made: out of memory");
  }
  SetUp();
  curl_multi_add_handle(multi_, easy_);
  return Drive(ctx, [this] { return has_head_; });
}

Result<std::size_t> UrlCall::Read(const Context& ctx, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  const auto has_more = [this] { return at_ < held_.size(); };
  if (!has_more()) RETURN_IF_ERROR(Drive(ctx, has_more));
  const std::size_t count = std::min(into.size(), held_.size() - at_);
  if (count > 0) std::memcpy(into.data(), held_.data() + at_, count);
  at_ += count;
  return count;
}

}  // namespace reprise::storage
