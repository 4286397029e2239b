#include "api/tcp_stream.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "api/trusted_proxies.hpp"

namespace reprise::api {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

class TcpStream final : public ByteStream, public std::enable_shared_from_this<TcpStream> {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket)
      : socket_(std::move(socket)),
        read_limit_(socket_.get_executor()),
        write_limit_(socket_.get_executor()) {
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    const asio::ip::tcp::endpoint peer = socket_.remote_endpoint(ignored);
    if (!ignored) peer_address_ = PlainAddress(peer.address().to_string());
  }

  asio::awaitable<ReadResult> Read(std::span<char> into, milliseconds limit) override {
    const std::shared_ptr<Watch> watch = Arm(read_limit_, limit);
    const auto buffer = asio::buffer(into.data(), into.size());
    const auto [error, count] = co_await socket_.async_read_some(buffer, kAwait);
    watch->over = true;
    read_limit_.cancel();
    ReadResult result;
    result.timed_out = watch->expired;
    if (!error) result.count = count;
    co_return result;
  }

  asio::awaitable<bool> Write(std::string_view bytes, milliseconds limit) override {
    return WriteBoth({}, bytes, limit);
  }

  asio::awaitable<bool> WriteBoth(std::string_view head, std::string_view body,
                                  milliseconds limit) override {
    while (!head.empty() || !body.empty()) {
      const std::shared_ptr<Watch> watch = Arm(write_limit_, limit);
      const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head.data(), head.size()),
                                                         asio::buffer(body.data(), body.size())};
      const auto [error, count] = co_await socket_.async_write_some(buffers, kAwait);
      watch->over = true;
      write_limit_.cancel();
      if (error) co_return false;
      const std::size_t of_head = std::min(count, head.size());
      head.remove_prefix(of_head);
      body.remove_prefix(count - of_head);
    }
    co_return true;
  }

  [[nodiscard]] std::string peer_address() const override { return peer_address_; }

  asio::awaitable<void> FinishWriting() override {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void Close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
    read_limit_.cancel();
    write_limit_.cancel();
  }

 private:
  struct Watch {
    bool over = false;  // the operation has ended; an expiry that is queued already comes too late
    bool expired = false;
  };

  // Cancels the socket's operations when the time is over.
  std::shared_ptr<Watch> Arm(asio::steady_timer& timer, milliseconds limit) {
    auto watch = std::make_shared<Watch>();
    timer.expires_after(limit);
    timer.async_wait([weak = weak_from_this(), watch](const boost::system::error_code& error) {
      const std::shared_ptr<TcpStream> self = weak.lock();
      if (error || watch->over || !self) return;
      watch->expired = true;
      boost::system::error_code ignored;
      self->socket_.cancel(ignored);
    });
    return watch;
  }

  asio::ip::tcp::socket socket_;
  std::string peer_address_;
  asio::steady_timer read_limit_;
  asio::steady_timer write_limit_;
};

}  // namespace

std::shared_ptr<ByteStream> MakeTcpStream(asio::ip::tcp::socket socket) {
  return std::make_shared<TcpStream>(std::move(socket));
}

}  // namespace reprise::api
