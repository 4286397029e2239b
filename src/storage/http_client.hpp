#pragma once

#include <curl/curl.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/stream.hpp"
#include "storage/endpoint_guard.hpp"

namespace reprise::storage {

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::string> headers;
  ConstByteSpan body;
  ByteSpan sink;  // where the body of a 206 goes; more than fits is an error
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;                                         // at most 16 MiB
  std::size_t sunk = 0;

  [[nodiscard]] std::string Header(std::string_view name) const;
};

// HTTP to storage providers (libcurl): no redirects, no proxy, kept connections, each address
// looked at before it is connected to. Thread-safe.
class HttpClient {
 public:
  // `ca_pem`: the certificates to trust instead of the system's; empty: the system's.
  // `silence`: how long nothing may come until a connection is given up.
  HttpClient(PrivateEndpoints private_endpoints, std::string ca_pem,
             std::chrono::seconds silence = std::chrono::seconds(60))
      : private_endpoints_(private_endpoints), ca_pem_(std::move(ca_pem)), silence_(silence) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any whole answer, whatever its status. kUnavailable for what may be better next time (no
  // connection, a cut one, silence); kStorageFailed for what will not (a certificate that is not
  // trusted); kPermissionDenied for an address that must not be connected to.
  [[nodiscard]] Result<HttpResponse> Send(const Context& ctx, const HttpRequest& request);

 private:
  class Lease;
  [[nodiscard]] CURL* Take();
  void Give(CURL* easy);

  const PrivateEndpoints private_endpoints_;
  const std::string ca_pem_;
  const std::chrono::seconds silence_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;
};

}  // namespace reprise::storage
