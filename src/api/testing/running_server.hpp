#pragma once

#include <cstdlib>
#include <thread>

#include "api/server.hpp"

namespace reprise::api::testing {

// A server on a free port of the loopback, for as long as the object lives.
class RunningServer {
 public:
  explicit RunningServer(const Router& router, ServerOptions options = {})
      : server_(OnFreePort(std::move(options)), router) {
    if (!server_.Listen()) std::abort();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      if (!server_.Run(stop)) std::abort();
    });
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  void Stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  static ServerOptions OnFreePort(ServerOptions options) {
    options.host = "127.0.0.1";
    options.port = 0;
    return options;
  }

  Server server_;
  std::jthread thread_;
};

}  // namespace reprise::api::testing
