#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace reprise::docker {

// For tests: something that listens on a unix socket and answers as a test says, also in ways that
// an engine only has on bad days. Each connection is served on a thread of its own and closed when
// its script returns.
class ScriptedServer {
 public:
  // One connection, from the server's side. Losing the other side is no failure here.
  class Peer {
   public:
    explicit Peer(int fd) : fd_(fd) {}
    void Send(std::string_view text) const;
    void SendBytewise(std::string_view text) const;
    // `count` bytes, fewer at the end.
    [[nodiscard]] std::string Read(std::size_t count) const;
    // All until the other side ends.
    [[nodiscard]] std::string ReadToEnd() const;
    // Head and body of a request. Of an upload only the head.
    [[nodiscard]] std::string ReadRequest() const;

   private:
    int fd_;
  };
  using Script = std::function<void(const std::string& request, const Peer& peer)>;

  // Answers /_ping by itself, as an engine of `api_version`; everything else goes to `script`.
  explicit ScriptedServer(Script script, std::string api_version = "1.41");
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // First lines of all requests but pings, in order of their coming.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void Accept();
  void Serve(int fd);

  Script script_;
  std::string api_version_;
  std::string path_;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::jthread> connections_;  // touched by acceptor_ only
  std::jthread acceptor_;
};

// "HTTP/1.1 <status> X" with a body of known length.
[[nodiscard]] std::string Reply(int status, std::string_view body);
// The body in chunks of `size` bytes.
[[nodiscard]] std::string ChunkedReply(std::string_view body, std::size_t size);
// A frame of an exec's or log's stream.
[[nodiscard]] std::string Frame(int kind, std::string_view content);

}  // namespace reprise::docker
