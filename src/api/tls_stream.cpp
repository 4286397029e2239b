#include "api/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace reprise::api {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr milliseconds kHandshakeLimit{15'000};
constexpr milliseconds kGoodbyeLimit{1'000};
constexpr std::size_t kFirstRoom = 2 * 1024;
constexpr std::size_t kMostRoom = 32 * 1024;
constexpr std::size_t kWriteStep = 64 * 1024;  // encrypted at a time
constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
    "Content-Length: 162\r\n\r\n"
    R"({"type":"urn:reprise:error:malformed_request","title":"Malformed request","status":400,)"
    R"("code":"malformed_request","detail":"this port speaks HTTPS: use https://"})";
static_assert(kPlainAnswer.size() - kPlainAnswer.find("\r\n\r\n") - 4 == 162);

// OpenSSL between two buffers: `in_` holds what the socket gave, `out_` what it is to take.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::shared_ptr<ByteStream> inner, SSL_CTX* context,
            const asio::any_io_executor& executor)
      : inner_(std::move(inner)),
        ssl_(SSL_new(context), &SSL_free),
        in_(BIO_new(BIO_s_mem())),
        out_(BIO_new(BIO_s_mem())),
        pause_(executor) {
    BIO_set_mem_eof_return(in_, -1);  // empty means "not yet"
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }

  asio::awaitable<ReadResult> Read(std::span<char> into, milliseconds limit) override {
    const bool greeting = SSL_is_init_finished(ssl_.get()) == 0;
    const auto until = steady_clock::now() + (greeting ? std::min(limit, kHandshakeLimit) : limit);
    ReadResult result;
    while (true) {
      ERR_clear_error();
      const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
      const int problem = SSL_get_error(ssl_.get(), count);
      const bool spoke_plainly =
          problem == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
      // The handshake's answers, and the alert that tells why it failed.
      if (spoke_plainly) co_await inner_->Write(kPlainAnswer, kGoodbyeLimit);
      if (!spoke_plainly && !flushing_ && BIO_pending(out_) > 0) {
        const bool flushed = co_await Flush(kHandshakeLimit);
        if (!flushed) co_return result;
      }
      if (count > 0) {
        result.count = static_cast<std::size_t>(count);
        co_return result;
      }
      if (problem != SSL_ERROR_WANT_READ) co_return result;
      const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
      room_.resize(std::max(room_.size(), kFirstRoom));
      const std::span<char> room(room_);
      const milliseconds patience = std::max(left, milliseconds(1));
      const ReadResult read = co_await inner_->Read(room, patience);
      if (read.count == 0) {
        // A peer that has not finished greeting has not begun a request: nobody waits for a word.
        result.timed_out = read.timed_out && !greeting;
        co_return result;
      }
      BIO_write(in_, room_.data(), static_cast<int>(read.count));
      if (read.count == room_.size()) room_.resize(std::min(room_.size() * 4, kMostRoom));
    }
  }

  asio::awaitable<bool> Write(std::string_view bytes, milliseconds limit) override {
    while (flushing_) co_await Pause();
    while (!bytes.empty()) {
      ERR_clear_error();
      const std::string_view part = bytes.substr(0, kWriteStep);
      const int count = SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size()));
      if (count <= 0) co_return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
      const bool flushed = co_await Flush(limit);
      if (!flushed) co_return false;
    }
    co_return true;
  }

  asio::awaitable<bool> WriteBoth(std::string_view head, std::string_view body,
                                  milliseconds limit) override {
    const bool head_sent = co_await Write(head, limit);
    if (!head_sent) co_return false;
    const bool body_sent = co_await Write(body, limit);
    co_return body_sent;
  }

  [[nodiscard]] std::string peer_address() const override { return inner_->peer_address(); }
  [[nodiscard]] bool is_encrypted() const override { return true; }

  asio::awaitable<void> FinishWriting() override {
    while (flushing_) co_await Pause();
    if (SSL_is_init_finished(ssl_.get()) == 1) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());  // says goodbye; the peer's own need not be waited for
      co_await Flush(kGoodbyeLimit);
    }
    co_await inner_->FinishWriting();
  }

  void Close() override { inner_->Close(); }

 private:
  // Sends what OpenSSL has made. One at a time: a Read that must answer leaves it to the Write that
  // runs.
  asio::awaitable<bool> Flush(milliseconds limit) {
    flushing_ = true;
    bool sent = true;
    while (sent && BIO_pending(out_) > 0) {
      std::string bytes(static_cast<std::size_t>(BIO_pending(out_)), '\0');
      BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
      sent = co_await inner_->Write(bytes, limit);
    }
    flushing_ = false;
    co_return sent;
  }

  asio::awaitable<void> Pause() {
    pause_.expires_after(milliseconds(1));
    co_await pause_.async_wait(kAwait);
  }

  const std::shared_ptr<ByteStream> inner_;
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_;  // both belong to ssl_
  BIO* out_;
  std::string room_;
  asio::steady_timer pause_;
  bool flushing_ = false;
};

}  // namespace

std::shared_ptr<ByteStream> MakeTlsStream(std::shared_ptr<ByteStream> inner,
                                          const TlsIdentity& identity,
                                          const asio::any_io_executor& executor) {
  return std::make_shared<TlsStream>(std::move(inner), identity.get(), executor);
}

}  // namespace reprise::api
