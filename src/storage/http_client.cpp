#include "storage/http_client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

namespace reprise::storage {
namespace {

constexpr long kConnectSeconds = 15;
constexpr std::size_t kMostKept = 16 << 20;

struct Running {
  const Context& ctx;
  const HttpRequest& request;
  CURL* easy;
  PrivateEndpoints private_endpoints;
  HttpResponse response = {};
  std::optional<Error> refused = std::nullopt;
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::string_view bytes(data, size * count);
  long status = 0;
  curl_easy_getinfo(self.easy, CURLINFO_RESPONSE_CODE, &status);
  HttpResponse& response = self.response;
  if (status == 206) {
    const ByteSpan room = self.request.sink.subspan(response.sunk);
    if (bytes.size() > room.size()) return 0;
    std::memcpy(room.data(), bytes.data(), bytes.size());
    response.sunk += bytes.size();
    return bytes.size();
  }
  if (response.body.size() + bytes.size() > kMostKept) return 0;
  response.body += bytes;
  return bytes.size();
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::string_view line(data, size * count);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t first = line.find_first_not_of(" \t\r\n", colon + 1);
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  self.response.headers[name] =
      first == std::string_view::npos ? "" : std::string(line.substr(first, last - first + 1));
  return line.size();
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Running*>(user)->ctx.Check() ? 0 : 1;
}

curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<Running*>(user);
  Status checked = CheckEndpoint(address->addr, self.private_endpoints);
  if (!checked) {
    self.refused = std::move(checked.error());
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void SetUp(Running& running, const std::string& ca_pem, curl_slist* headers) {
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(running.easy, option, value);
  };
  const HttpRequest& request = running.request;
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_USERAGENT, "reprise");
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&running));
  set(CURLOPT_HEADERFUNCTION, &OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&running));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&running));
  set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&running));
  if (!ca_pem.empty()) {
    // libcurl does not write to it.
    curl_blob blob{
        const_cast<char*>(ca_pem.data()),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
        ca_pem.size(), CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
  }
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (request.method == "PUT" || request.method == "POST") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : TextOf(request.body).data());
    set(CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_HTTPHEADER, headers);
}

bool MayBeBetterLater(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return false;
    default:
      return true;
  }
}

std::string HostOf(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace

std::string HttpResponse::Header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpClient::~HttpClient() {
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
}

CURL* HttpClient::Take() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return curl_easy_init();
  CURL* easy = idle_.back();
  idle_.pop_back();
  return easy;
}

void HttpClient::Give(CURL* easy) {
  curl_easy_reset(easy);  // keeps its connections
  const std::scoped_lock lock(mutex_);
  idle_.push_back(easy);
}

Result<HttpResponse> HttpClient::Send(const Context& ctx, const HttpRequest& request) {
  RETURN_IF_ERROR(ctx.Check());
  Running running{ctx, request, Take(), private_endpoints_};
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  std::array<char, CURL_ERROR_SIZE> told{};
  SetUp(running, ca_pem_, headers);
  curl_easy_setopt(running.easy, CURLOPT_ERRORBUFFER, told.data());
  curl_easy_setopt(running.easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(silence_.count()));
  const CURLcode code = curl_easy_perform(running.easy);
  curl_slist_free_all(headers);
  long status = 0;
  curl_easy_getinfo(running.easy, CURLINFO_RESPONSE_CODE, &status);
  running.response.status = static_cast<int>(status);
  Give(running.easy);
  if (code == CURLE_OK) return std::move(running.response);
  RETURN_IF_ERROR(ctx.Check());
  if (running.refused) return Fail(std::move(*running.refused));
  return Fail(MayBeBetterLater(code) ? ErrorCode::kUnavailable : ErrorCode::kStorageFailed,
              fmt::format("no answer from {}: {}", HostOf(request.url),
                          told[0] != '\0' ? told.data() : curl_easy_strerror(code)),
              MayBeBetterLater(code) ? "see whether the provider can be reached from here"
                                     : "correct the endpoint or the certificate to be trusted");
}

}  // namespace reprise::storage
