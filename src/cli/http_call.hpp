#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.hpp"
#include "base/error.hpp"
#include "base/stream.hpp"

namespace reprise::cli {

struct HttpAnswer {
  int status = 0;                              // 0: there was none
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // what no sink took
  bool ended_by_sink = false;
  std::string broke_off;      // why the connection ended before the answer did; empty: it did not
  bool is_untrusted = false;  // that is why: the server's certificate is not what it should be
};

struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;   // "Name: value"
  std::string ca_file;                // PEM; empty: the authorities that the system trusts
  const std::string* body = nullptr;  // sent whole, or
  RandomReader* upload = nullptr;     // sent as it is read
  std::function<void(ByteCount sent)> on_sent;
  // Takes the body of a 2xx answer as it comes, with the head; false ends the call.
  std::function<bool(const HttpAnswer& head, std::string_view bytes)> sink;
  std::chrono::seconds silence{0};  // that nothing comes or goes for longer ends it; 0: any
};

// Makes HTTP calls through libcurl; connections are used again. One thread at a time.
class HttpCaller {
 public:
  HttpCaller();
  ~HttpCaller();
  HttpCaller(const HttpCaller&) = delete;
  HttpCaller& operator=(const HttpCaller&) = delete;

  // The answer, whatever its status. Fails when `ctx` ends or the upload's source fails.
  [[nodiscard]] Result<HttpAnswer> Perform(const Context& ctx, const HttpCall& call);

 private:
  void* easy_;  // CURL*
};

}  // namespace reprise::cli
