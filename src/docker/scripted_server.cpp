#include "docker/scripted_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/id.hpp"

namespace reprise::docker {

void ScriptedServer::Peer::Send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t put = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

void ScriptedServer::Peer::SendBytewise(std::string_view text) const {
  for (std::size_t i = 0; i < text.size(); ++i) Send(text.substr(i, 1));
}

std::string ScriptedServer::Peer::Read(std::size_t count) const {
  std::string text;
  std::string piece(64UL * 1024, '\0');
  while (text.size() < count) {
    const ssize_t got = ::recv(fd_, piece.data(), std::min(piece.size(), count - text.size()), 0);
    if (got <= 0) break;
    text.append(piece, 0, static_cast<std::size_t>(got));
  }
  return text;
}

std::string ScriptedServer::Peer::ReadToEnd() const { return Read(~std::size_t{0}); }

std::string ScriptedServer::Peer::ReadRequest() const {
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    const std::string byte = Read(1);
    if (byte.empty()) return request;
    request += byte;
  }
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = request.find(kLength);
  if (at == std::string::npos) return request;
  return request + Read(std::stoul(request.substr(at + kLength.size())));
}

ScriptedServer::ScriptedServer(Script script, std::string api_version)
    : script_(std::move(script)),
      api_version_(std::move(api_version)),
      path_((std::filesystem::temp_directory_path() / ("reprise-" + RandomHex(6) + ".sock"))
                .string()) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), std::min(path_.size(), sizeof address.sun_path - 1));
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets interface wants it
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(listener_, generic, sizeof address) != 0 || ::listen(listener_, 16) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  acceptor_ = std::jthread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  acceptor_.join();
  connections_.clear();
  ::close(listener_);
  std::filesystem::remove(path_);
}

void ScriptedServer::Accept() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_.emplace_back([this, fd] { Serve(fd); });
  }
}

void ScriptedServer::Serve(int fd) {
  const Peer peer(fd);
  const std::string request = peer.ReadRequest();
  if (request.starts_with("GET /_ping ")) {
    peer.Send(fmt::format("HTTP/1.1 200 OK\r\nApi-Version: {}\r\nContent-Length: 2\r\n\r\nOK",
                          api_version_));
  } else {
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request.substr(0, request.find(" HTTP/1.1")));
    }
    script_(request, peer);
  }
  ::close(fd);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::string Reply(int status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
      body.size(), body);
}

std::string ChunkedReply(std::string_view body, std::size_t size) {
  std::string reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (; !body.empty(); body.remove_prefix(std::min(size, body.size()))) {
    const std::string_view chunk = body.substr(0, size);
    reply += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  return reply + "0\r\n\r\n";
}

std::string Frame(int kind, std::string_view content) {
  std::string frame(8, '\0');
  frame[0] = static_cast<char>(kind);
  for (std::size_t i = 0; i < 4; ++i) {
    frame[4 + i] = static_cast<char>((content.size() >> (8 * (3 - i))) & 0xffU);
  }
  return frame + std::string(content);
}

}  // namespace reprise::docker
