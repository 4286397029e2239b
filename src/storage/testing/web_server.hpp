#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reprise::storage::testing {

// An HTTP server on the loopback that answers each connection once, as told, and hangs up: also in
// the middle of what it announced.
class WebServer {
 public:
  // From the head of a request to all bytes of the answer.
  using Answer = std::function<std::string(const std::string& head)>;
  explicit WebServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, length) != 0 || ::listen(listener_, 16) != 0) std::abort();
    ::getsockname(listener_, any, &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }
  ~WebServer() {
    thread_ = {};
    ::close(listener_);
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  [[nodiscard]] std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  [[nodiscard]] std::string Url(const std::string& path = "/shop.zip") const {
    return fmt::format("http://{}{}", host(), path);
  }
  [[nodiscard]] std::vector<std::string> heads() const {
    const std::scoped_lock lock(mutex_);
    return heads_;
  }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      Serve(client);
      ::shutdown(client, SHUT_WR);
      char rest = 0;
      while (::recv(client, &rest, 1, 0) > 0) {
      }
      ::close(client);
    }
  }
  void Serve(int client) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(client, &byte, 1, 0) == 1) head += byte;
    {
      const std::scoped_lock lock(mutex_);
      heads_.push_back(head);
    }
    const std::string text = answer_(head);
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t sent = ::send(client, text.data() + at, text.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::jthread thread_;
};

// An answer with a body, of which perhaps only the first bytes are sent.
inline std::string WebAnswer(std::string_view status, std::string_view headers,
                             std::string_view body, std::size_t sent = std::string_view::npos) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status,
                     body.size(), headers, body.substr(0, sent));
}

}  // namespace reprise::storage::testing
