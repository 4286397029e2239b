#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// Internal to the server: includes Asio, so only the .cpp files of the HTTP edge include it.
namespace reprise::api {

// A connection's bytes, whatever carries them (TCP, TLS). Used on the server's I/O thread;
// one Read and one Write may wait at the same time.
//
// Arguments of co_await expressions are named locals throughout this room: g++ 12 destroys
// temporaries in them twice.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  struct ReadResult {
    std::size_t count = 0;  // 0: the peer has closed, the time is over, or the stream failed
    bool timed_out = false;
  };
  virtual boost::asio::awaitable<ReadResult> Read(std::span<char> into,
                                                  std::chrono::milliseconds limit) = 0;
  // Writes all; false when the peer is gone or takes nothing for `limit`.
  virtual boost::asio::awaitable<bool> Write(std::string_view bytes,
                                             std::chrono::milliseconds limit) = 0;
  // The same for a head and what is behind it, which need not be put together for that.
  virtual boost::asio::awaitable<bool> WriteBoth(std::string_view head, std::string_view body,
                                                 std::chrono::milliseconds limit) = 0;
  // Who is at the other end, without the port: "192.0.2.7".
  [[nodiscard]] virtual std::string peer_address() const = 0;
  [[nodiscard]] virtual bool is_encrypted() const { return false; }
  // Says "no more comes" while still reading.
  virtual boost::asio::awaitable<void> FinishWriting() = 0;
  // Ends the connection and whatever waits on it.
  virtual void Close() = 0;
};

}  // namespace reprise::api
