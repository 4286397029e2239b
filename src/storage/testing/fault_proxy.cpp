#include "storage/testing/fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace reprise::storage::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool SendAll(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Ends it as a line that breaks does.
void Reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

// Alters the byte `at` of a connection, if it is among the `got` ones after `before`.
void FlipIn(std::array<char, 16384>& buffer, std::size_t before, ssize_t got, std::size_t at) {
  if (got <= 0 || at < before || at >= before + static_cast<std::size_t>(got)) return;
  buffer.at(at - before) ^= 0x20;
}

}  // namespace

FaultProxy::FaultProxy(int server_port, Rewrite rewrite)
    : server_port_(server_port), rewrite_(std::move(rewrite)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof address;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as sockets take addresses
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::abort();
  }
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
}

FaultProxy::~FaultProxy() {
  accepting_.request_stop();
  accepting_.join();
  CutAll();
  ::close(listener_);
}

void FaultProxy::Add(const Fault& fault, int times) {
  const std::scoped_lock lock(mutex_);
  for (int i = 0; i < times; ++i) faults_.push_back(fault);
}

void FaultProxy::CutAll() {
  std::vector<std::jthread> ended;
  {
    const std::scoped_lock lock(mutex_);
    ended.swap(connections_);
  }
}

std::size_t FaultProxy::left() const {
  const std::scoped_lock lock(mutex_);
  return faults_.size();
}

void FaultProxy::Accept(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    Fault fault;
    {
      const std::scoped_lock lock(mutex_);
      if (!faults_.empty()) {
        fault = faults_.front();
        faults_.pop_front();
      }
    }
    const std::scoped_lock lock(mutex_);
    connections_.emplace_back(
        [this, client, fault](const std::stop_token& inner) { Serve(inner, client, fault); });
  }
}

void FaultProxy::Serve(const std::stop_token& stop, int client, const Fault& fault) const {
  std::array<char, 16384> buffer{};
  if (!fault.answer.empty()) {
    std::string head;
    const bool is_http = fault.answer.starts_with("HTTP/");  // else the server speaks first
    while (is_http && head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      head.append(buffer.data(), static_cast<std::size_t>(got));
    }
    SendAll(client, fault.answer.data(), fault.answer.size());
    ::shutdown(client, SHUT_WR);
    while (::recv(client, buffer.data(), buffer.size(), 0) > 0) {
    }
    ::close(client);
    return;
  }
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as sockets take addresses
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::size_t from_server = 0;
  std::size_t from_client = 0;
  while (open && !stop.stop_requested()) {
    std::array<pollfd, 2> both = {pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (::poll(both.data(), both.size(), 20) <= 0) continue;
    if ((both[0].revents & (POLLIN | POLLHUP)) != 0) {
      const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
      FlipIn(buffer, from_client, got, fault.flip_upload_at);
      open = got > 0 && SendAll(server, buffer.data(), static_cast<std::size_t>(got));
      from_client += open ? static_cast<std::size_t>(got) : 0;
      if (from_client > fault.cut_upload_after) open = false;
    }
    if (open && (both[1].revents & (POLLIN | POLLHUP)) != 0) {
      const ssize_t got = ::recv(server, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        // What ends well must not look broken: of FTP's data, the end is the end.
        ::close(client);
        ::close(server);
        return;
      }
      auto size = static_cast<std::size_t>(got);
      FlipIn(buffer, from_server, got, fault.flip_at);
      if (rewrite_) {
        const std::string text = rewrite_({buffer.data(), size});
        open = SendAll(client, text.data(), text.size());
        continue;
      }
      if (from_server + size > fault.stall_after) continue;
      if (from_server + size > fault.cut_after) {
        size = fault.cut_after - from_server;
        open = false;
      }
      if (!SendAll(client, buffer.data(), size)) open = false;
      from_server += size;
    }
  }
  Reset(client);
  ::close(server);
}

}  // namespace reprise::storage::testing
