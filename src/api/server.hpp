#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "api/router.hpp"
#include "api/tls_identity.hpp"
#include "api/trusted_proxies.hpp"
#include "base/error.hpp"
#include "base/stream.hpp"

namespace reprise::api {

struct ServerOptions {
  std::string host = "127.0.0.1";  // an address or a name
  std::uint16_t port = 8080;       // 0: any free one
  TlsFiles tls;                    // empty: plain HTTP
  TrustedProxies trusted_proxies;

  int handler_threads = 8;
  int upload_threads = 4;  // streamed bodies at the same time; more wait
  int long_threads = 4;    // calls of Length::kLong at the same time; more wait
  std::size_t most_header = 16 * 1024;
  std::size_t most_connections = 10'000;  // fewer where the process may not open as many files
  std::chrono::milliseconds idle_limit{75'000};      // between requests of a connection
  std::chrono::milliseconds head_limit{15'000};      // from a head's first byte to its last
  std::chrono::milliseconds body_limit{30'000};      // for a whole small body
  std::chrono::milliseconds stall_limit{60'000};     // without a byte, in uploads and answers
  std::chrono::milliseconds handler_limit{120'000};  // the deadline in a handler's context
  std::chrono::milliseconds long_limit{3'600'000};   // the same for Length::kLong
  std::chrono::milliseconds heartbeat{15'000};       // of live streams
  std::chrono::milliseconds drain_limit{10'000};     // for running calls when stopping
  std::chrono::milliseconds tls_check{10'000};       // how often to look for a new certificate
};

// The HTTP/1.1 server. One thread does all socket I/O; handlers run on a pool and may block. A slow
// client holds no thread: not for answers, downloads or live streams, only for a streamed upload.
class Server {
 public:
  // `router` must outlive the server, and is not changed any more.
  Server(ServerOptions options, const Router& router);
  ~Server();

  // Reads the certificate and binds the port. kConflict when somebody else has it.
  [[nodiscard]] Status Listen();
  // Serves until `stop`, on the calling thread; listens first when that has not been done. Then
  // takes no more calls, ends live streams, gives running calls `drain_limit` to finish and stops
  // their contexts after that. Called once.
  [[nodiscard]] Status Run(std::stop_token stop);
  // The port it is bound to, after Listen().
  [[nodiscard]] std::uint16_t port() const;
  // Whether others than this machine reach it, after Listen().
  [[nodiscard]] bool IsReachable() const;
  // Reads the certificate anew, for connections from then on; keeps the old one when the new one is
  // wrong, and logs why. Thread-safe.
  void ReloadTls();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reprise::api
