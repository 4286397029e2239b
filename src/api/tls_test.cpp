#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "api/session_cookie.hpp"
#include "api/testing/certificates.hpp"
#include "api/testing/raw_client.hpp"
#include "api/testing/running_server.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::api {
namespace {

using catalog::testing::TemporaryFolder;
using testing::NewKeyPair;
using testing::RawClient;
using testing::RunningServer;
using testing::WriteCertificate;
using testing::WriteKey;

// A client that trusts nothing but the certificate in a file, and expects the name 127.0.0.1.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const std::string& trusted, int most_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
        fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_load_verify_file(context_.get(), trusted.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_proto_version(context_.get(), most_version);
    SSL_CTX_set_security_level(context_.get(), 0);  // so that old versions are tried at all
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    EXPECT_EQ(0, ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address));
    ssl_.reset(SSL_new(context_.get()));
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), "127.0.0.1");
    SSL_set_fd(ssl_.get(), fd_);
    greeted_ = SSL_connect(ssl_.get()) == 1;
  }
  ~TlsClient() {
    ssl_.reset();
    ::close(fd_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool greeted() const { return greeted_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  void Send(std::string_view bytes) {
    ASSERT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())),
              static_cast<int>(bytes.size()));
  }
  // All until the server says goodbye; "…cut off" when it only hangs up.
  std::string ReadAll() {
    std::string all;
    std::string piece(32 * 1024, '\0');
    while (true) {
      const int count = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
      if (count > 0) {
        all.append(piece, 0, static_cast<std::size_t>(count));
        continue;
      }
      const bool goodbye = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
      return goodbye ? all : all + "…cut off";
    }
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
  int fd_;
  bool greeted_ = false;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    router_.Add("GET", "/cookie", Rule::Open(),
                [](const Context&, const Request& request) -> Result<Response> {
                  return Response{200, {}, SetSessionCookie(request, "s", std::chrono::hours(1))};
                });
    router_.Add(
        "POST", "/upload", Rule::Open(),
        [](const Context& ctx, const Request& request) -> Result<Response> {
          ASSIGN_OR_RETURN(std::string all, ReadAll(ctx, *request.upload, ByteCount{1} << 30U));
          return Response{200, {}, HashOf(HashKind::kSha256, all) + std::string(300'000, '.')};
        },
        RouteOptions{.body = BodyMode::kStreamed});
    Renew();
  }
  void Renew() {
    const auto pair = NewKeyPair();
    WriteCertificate(files_.certificate, pair);
    WriteKey(files_.key, pair);
  }
  RunningServer& Start(std::chrono::milliseconds tls_check = std::chrono::hours(1)) {
    ServerOptions options;
    options.tls = files_;
    options.tls_check = tls_check;
    return server_.emplace(router_, std::move(options));
  }
  static std::string HeadOf(std::string_view line, std::string_view more = "") {
    return fmt::format("{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n", line, more);
  }
  // Whether a new connection is served with the certificate in `trusted`.
  bool Serves(const std::string& trusted) {
    const TlsClient client(server_->port(), trusted);
    return client.greeted();
  }

  TemporaryFolder folder_;
  TlsFiles files_{folder_.path() + "/cert.pem", folder_.path() + "/key.pem"};
  AdminToken token_{"0123456789abcdef"};
  Router router_{token_};
  std::optional<RunningServer> server_;
};

TEST_F(TlsTest, ServesWithACookieThatIsOnlyForTls) {
  TlsClient client(Start().port(), files_.certificate);
  ASSERT_TRUE(client.greeted());
  EXPECT_EQ(client.version(), "TLSv1.3");
  client.Send(HeadOf("GET /cookie"));
  const std::string answer = client.ReadAll();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(answer.ends_with("; Secure")) << answer;
}

TEST_F(TlsTest, CarriesLargeBodiesBothWays) {
  TlsClient client(Start().port(), files_.certificate, TLS1_2_VERSION);
  ASSERT_TRUE(client.greeted());
  EXPECT_EQ(client.version(), "TLSv1.2");
  const std::string body(3'000'000, 'u');
  client.Send(HeadOf("POST /upload", fmt::format("Content-Length: {}\r\n", body.size())));
  client.Send(body);
  const std::string answer = client.ReadAll();
  EXPECT_NE(answer.find(HashOf(HashKind::kSha256, body)), std::string::npos);
  EXPECT_TRUE(answer.ends_with(std::string(300'000, '.')));
}

TEST_F(TlsTest, RefusesOldVersionsAndStrangersCertificates) {
  Start();
  const TlsClient old(server_->port(), files_.certificate, TLS1_1_VERSION);
  EXPECT_FALSE(old.greeted());
  const std::string other = folder_.path() + "/other.pem";
  WriteCertificate(other, NewKeyPair());
  EXPECT_FALSE(Serves(other));
}

TEST_F(TlsTest, TellsAClientThatForgotTls) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(HeadOf("GET /cookie")));
  const auto answer = client.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->body.find("this port speaks HTTPS"), std::string::npos);
  EXPECT_TRUE(client.Closed());
}

TEST_F(TlsTest, HangsUpOnNoise) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(std::string(3000, '\x16')));
  EXPECT_FALSE(client.ReadUntil("HTTP/"));
  EXPECT_TRUE(Serves(files_.certificate));
}

TEST_F(TlsTest, TakesARenewedCertificateWithoutARestart) {
  Start(std::chrono::milliseconds(20));
  TlsClient before(server_->port(), files_.certificate);
  const std::string old = folder_.path() + "/old.pem";
  std::filesystem::copy_file(files_.certificate, old);
  Renew();
  while (!Serves(files_.certificate)) std::this_thread::yield();
  EXPECT_FALSE(Serves(old));
  before.Send(HeadOf("GET /cookie"));  // goes on with the one that it began with
  EXPECT_TRUE(before.ReadAll().starts_with("HTTP/1.1 200 "));
}

TEST_F(TlsTest, KeepsItsCertificateWhenTheNewOneIsBroken) {
  Start(std::chrono::milliseconds(20));
  const std::string good = folder_.path() + "/good.pem";
  std::filesystem::copy_file(files_.certificate, good);
  ASSERT_TRUE(WriteTextFile(files_.certificate, "half a certific", FileMode::kShared));
  EXPECT_TRUE(Serves(good));
  Renew();
  while (!Serves(files_.certificate)) std::this_thread::yield();
}

TEST_F(TlsTest, SaysWhatIsWrongWithItsFiles) {
  const std::string other_key = folder_.path() + "/other.key";
  const std::string locked = folder_.path() + "/locked.key";
  const auto pair = NewKeyPair();
  WriteKey(other_key, pair);
  WriteKey(locked, pair, "secret");
  const std::string none = folder_.path() + "/none.pem";
  for (const auto& [files, told] :
       {std::pair(TlsFiles{none, files_.key}, "cannot read the certificate " + none),
        std::pair(TlsFiles{files_.certificate, none}, "cannot read the private key " + none),
        std::pair(TlsFiles{files_.key, files_.key}, files_.key + " holds no certificate in PEM"),
        std::pair(TlsFiles{files_.certificate, files_.certificate},
                  files_.certificate + " holds no private key in PEM"),
        std::pair(TlsFiles{files_.certificate, locked}, locked + " needs a passphrase"),
        std::pair(TlsFiles{files_.certificate, other_key},
                  other_key + " does not belong to the certificate " + files_.certificate)}) {
    ServerOptions options;
    options.port = 0;
    options.tls = files;
    const Status status = Server(options, router_).Listen();
    ASSERT_FALSE(status) << told;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message.find(told), std::string::npos) << status.error().message;
    EXPECT_FALSE(status.error().hint.empty());
  }
}

}  // namespace
}  // namespace reprise::api
