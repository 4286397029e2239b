#include "cli/http_call.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reprise::cli {
namespace {

// A server that accepts and says nothing, as one that was restarted behind a proxy may.
class SilentServer {
 public:
  SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_, any, size), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    EXPECT_EQ(::getsockname(fd_, any, &size), 0);
    url_ = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
  }
  ~SilentServer() { ::close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  const int fd_;
  std::string url_;
};

TEST(HttpCallTest, EndsWhenNothingComesForLongerThanItMay) {
  const SilentServer server;
  HttpCall call;
  call.url = server.url();
  call.silence = std::chrono::seconds(1);
  const auto answer = HttpCaller().Perform(Context(), call);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 0);
  EXPECT_EQ(answer->broke_off, "Timeout was reached");
}

}  // namespace
}  // namespace reprise::cli
