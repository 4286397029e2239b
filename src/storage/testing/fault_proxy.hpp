#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reprise::storage::testing {

// What becomes of one connection through the proxy. Offsets count the server's bytes.
struct Fault {
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  std::string answer;                     // not empty: said instead of asking the server
  std::size_t cut_after = kNever;         // the connection ends there
  std::size_t flip_at = kNever;           // that byte is altered
  std::size_t cut_upload_after = kNever;  // bytes of the client
  std::size_t flip_upload_at = kNever;    // the same
  std::size_t stall_after = kNever;       // the server's bytes end there, the connection does not
};

// A TCP proxy on the loopback, in front of a server there, that does wrong as told. The faults that
// were added are used up by one connection each; all others pass unharmed.
class FaultProxy {
 public:
  // What the server says, before it is passed on; called by several threads.
  using Rewrite = std::function<std::string(std::string)>;
  explicit FaultProxy(int server_port, Rewrite rewrite = {});
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  void Add(const Fault& fault, int times = 1);
  // Ends all connections that are open now.
  void CutAll();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::size_t left() const;

 private:
  void Accept(const std::stop_token& stop);
  void Serve(const std::stop_token& stop, int client, const Fault& fault) const;

  const int server_port_;
  const Rewrite rewrite_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::deque<Fault> faults_;
  std::vector<std::jthread> connections_;
  std::jthread accepting_;
};

}  // namespace reprise::storage::testing
