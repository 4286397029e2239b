#include "storage/line_watch.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace reprise::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{500};

}  // namespace

LineWatch::LineWatch(int socket, std::chrono::seconds silence)
    : socket_(socket),
      silence_(silence),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void LineWatch::Change(int by) {
  const std::scoped_lock lock(mutex_);
  waiting_ += by;
  changed_.notify_all();
}

std::uint64_t LineWatch::Moved() const {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return info.tcpi_bytes_received + info.tcpi_bytes_acked;
}

void LineWatch::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return waiting_ > 0; })) {
    std::uint64_t moved = Moved();
    auto last = steady_clock::now();
    while (!changed_.wait_for(lock, stop, kLookEvery, [this] { return waiting_ == 0; })) {
      if (stop.stop_requested()) return;
      const std::uint64_t now = Moved();
      if (now != moved) last = steady_clock::now();
      moved = now;
      if (steady_clock::now() - last < silence_) continue;
      ::shutdown(socket_, SHUT_RDWR);
      return;
    }
  }
}

}  // namespace reprise::storage
