#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::api::testing {

struct RawResponse {
  int status = 0;
  std::string head;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A client that sends exactly the bytes it is told: what a well-mannered library would not.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Sends until the other side takes no more for `patience`; says how much it took.
  std::size_t SendUntilBlocked(std::string_view bytes, std::chrono::milliseconds patience) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
      pollfd ready{fd_, POLLOUT, 0};
      if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) break;
      const std::string_view rest = bytes.substr(taken);
      const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      taken += static_cast<std::size_t>(sent);
    }
    return taken;
  }
  void FinishSending() { ::shutdown(fd_, SHUT_WR); }

  // Reads on until `text` has come; false when the connection ends or `limit` is over before.
  bool ReadUntil(std::string_view text, std::chrono::milliseconds limit = kPatience) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (inbox_.find(text) == std::string::npos) {
      if (!Fill(until)) return false;
    }
    return true;
  }
  // The next answer: its head, and the body as Content-Length or chunks or the end delimit it.
  std::optional<RawResponse> Read(bool head_only = false) {
    if (!ReadUntil("\r\n\r\n")) return std::nullopt;
    const std::size_t end = inbox_.find("\r\n\r\n") + 4;
    RawResponse response = ParseHead(inbox_.substr(0, end));
    inbox_.erase(0, end);
    if (head_only || response.status == 100 || response.status == 204 || response.status == 304) {
      return response;
    }
    if (const auto length = response.headers.find("content-length");
        length != response.headers.end()) {
      const std::size_t want = std::stoul(length->second);
      const auto until = std::chrono::steady_clock::now() + kPatience;
      while (inbox_.size() < want && Fill(until)) {
      }
      response.body = inbox_.substr(0, want);
      inbox_.erase(0, want);
      return response;
    }
    while (Fill(std::chrono::steady_clock::now() + kPatience)) {
    }
    response.body = std::move(inbox_);
    inbox_.clear();
    return response;
  }
  // Whether the server has closed, with nothing left to read.
  bool Closed() {
    return inbox_.empty() && !Fill(std::chrono::steady_clock::now() + kPatience) && ended_;
  }
  [[nodiscard]] const std::string& inbox() const { return inbox_; }
  void Drop() { inbox_.clear(); }

 private:
  static constexpr std::chrono::milliseconds kPatience{120'000};

  bool Fill(std::chrono::steady_clock::time_point until) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
    std::string piece(64 * 1024, '\0');
    const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    inbox_.append(piece, 0, static_cast<std::size_t>(got));
    return true;
  }

  static RawResponse ParseHead(const std::string& head) {
    RawResponse response;
    response.head = head;
    response.status = std::stoi(head.substr(9, 3));
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      if (end == at || colon > end) break;
      std::string name = head.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      response.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return response;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string inbox_;
};

}  // namespace reprise::api::testing
