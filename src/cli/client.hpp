#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/stream.hpp"
#include "cli/event_stream.hpp"
#include "cli/http_call.hpp"

namespace reprise::cli {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;
// "/api/v1/x?a=b%20c"; pairs with empty values are left out.
[[nodiscard]] std::string PathWith(std::string_view path, const QueryPairs& query);
// The failure that a problem+json answer tells of.
[[nodiscard]] Error ErrorOfProblem(int status, std::string_view body);

// Speaks with a Reprise server. Paths begin with "/api/v1". Answers that are not 2xx come back as
// the Error that the server told; no server is kEngineUnavailable. One thread at a time.
class ApiClient {
 public:
  // Bytes done and all; 0 when unknown.
  using Progress = std::function<void(ByteCount done, ByteCount all)>;
  // Of a call that may be made again: a server that was restarted behind a proxy is silent for
  // ever. Longer than a server works on a call (ServerOptions of the API), so that its answer is
  // heard.
  static constexpr std::chrono::seconds kSilence{150};
  // The same for calls for which it reads all of something first.
  static constexpr std::chrono::minutes kLongSilence{65};

  // `token` may be empty. `ca_file` (PEM) holds the authorities that an https server's certificate
  // may come from; empty: those that the system trusts.
  ApiClient(std::string url, std::string token, std::string ca_file = {});

  [[nodiscard]] Result<boost::json::value> Get(const Context& ctx, const std::string& path);
  [[nodiscard]] Result<std::string> GetText(const Context& ctx, const std::string& path);
  [[nodiscard]] Result<boost::json::value> Post(const Context& ctx, const std::string& path,
                                                const boost::json::value& body);
  [[nodiscard]] Result<boost::json::value> Patch(const Context& ctx, const std::string& path,
                                                 const boost::json::value& body);
  [[nodiscard]] Result<boost::json::value> Put(const Context& ctx, const std::string& path,
                                               const boost::json::value& body);
  // Any call with a JSON body.
  [[nodiscard]] Result<boost::json::value> Ask(const Context& ctx, const std::string& method,
                                               const std::string& path,
                                               const boost::json::value& body);
  // A call without the token, with headers of its own ("Name: value"): signing in.
  [[nodiscard]] Result<HttpAnswer> Send(const Context& ctx, const std::string& method,
                                        const std::string& path, const boost::json::value& body,
                                        std::vector<std::string> headers);
  [[nodiscard]] Result<boost::json::value> Delete(const Context& ctx, const std::string& path);
  // Sends all of `source` as the body.
  [[nodiscard]] Result<boost::json::value> Upload(const Context& ctx, const std::string& path,
                                                  RandomReader& source, const Progress& progress);
  // Sends all of `source` from `offset` on with PATCH, as the upload at `path` takes it.
  [[nodiscard]] Result<boost::json::value> SendFrom(const Context& ctx, const std::string& path,
                                                    RandomReader& source, ByteCount offset,
                                                    const Progress& progress);
  // Fetches into `to` (not closed); goes on where it was when the connection drops. Checks the
  // content against the server's sha256: kArchiveCorrupt. The server may take `silence` before the
  // first byte.
  [[nodiscard]] Status Download(const Context& ctx, const std::string& path, ByteWriter& to,
                                const Progress& progress, std::chrono::seconds silence = kSilence);
  // Follows an event stream until `on_event` says false or the server ends it. A connection that
  // drops is kEngineUnavailable: call again with the last id.
  [[nodiscard]] Status Follow(const Context& ctx, const std::string& path,
                              const std::string& last_event_id,
                              const std::function<bool(const StreamEvent&)>& on_event);

 private:
  [[nodiscard]] HttpCall NewCall(std::string method, const std::string& path) const;
  // The answer, if it is a whole 2xx one; one that broke off too when `call` has a sink.
  [[nodiscard]] Result<HttpAnswer> Perform(const Context& ctx, const HttpCall& call);
  [[nodiscard]] Result<boost::json::value> PerformJson(const Context& ctx, const HttpCall& call);
  [[nodiscard]] Result<bool> FetchOn(const Context& ctx, HttpCall call, HashingWriter& hashing,
                                     std::string& etag, const Progress& progress);
  [[nodiscard]] Error Unreachable(const HttpAnswer& answer) const;

  std::string url_;
  std::string token_;
  std::string ca_file_;
  HttpCaller caller_;
};

}  // namespace reprise::cli
