#include "api/server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "api/file_response.hpp"
#include "api/problem.hpp"
#include "api/testing/raw_client.hpp"
#include "api/testing/running_server.hpp"
#include "base/hash.hpp"

namespace reprise::api {
namespace {

using testing::RawClient;
using testing::RawResponse;
using testing::RunningServer;

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

std::string Get(std::string_view path, std::string_view more = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{}\r\n", path,
                     kToken, more);
}

std::string Post(std::string_view path, std::string_view more, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{}\r\n{}", path,
                     kToken, more, body);
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : router_(token_) {
    router_.Add("GET", "/hello", Rule::Self(),
                [](const Context&, const Request&) -> Result<Response> {
                  return Response{200, {{"Content-Type", "text/plain"}}, std::string("hello")};
                });
    router_.Add("POST", "/echo", Rule::Self(),
                [](const Context&, const Request& request) -> Result<Response> {
                  return Response{200, {}, request.body};
                });
    router_.Add("GET", "/throw", Rule::Self(),
                [](const Context&, const Request&) -> Result<Response> {
                  throw std::runtime_error("a secret of the inside");
                });
    router_.Add(
        "POST", "/upload", Rule::Self(),
        [this](const Context& ctx, const Request& request) { return Upload(ctx, request); },
        RouteOptions{.body = BodyMode::kStreamed});
    router_.Add("GET", "/file", Rule::Self(),
                [](const Context&, const Request& request) -> Result<Response> {
                  return FileResponse(request,
                                      FileDownload{std::make_shared<StringSource>("0123456789"),
                                                   "digits.txt", "text/plain", "abc"});
                });
  }

  RunningServer& Start(ServerOptions options = {}) {
    return server_.emplace(router_, std::move(options));
  }

  Result<Response> Upload(const Context& ctx, const Request& request) {
    if (request.QueryValue("refuse")) return Fail(ErrorCode::kNameTaken, "that name is taken");
    Hasher hasher(HashKind::kSha256);
    std::string piece(128 * 1024, '\0');
    while (true) {
      ASSIGN_OR_RETURN(const std::size_t count,
                       request.upload->Read(ctx, std::as_writable_bytes(std::span(piece))));
      if (count == 0) break;
      uploaded_ += count;
      hasher.Update(BytesOf(std::string_view(piece).substr(0, count)));
      if (after_piece_) after_piece_();
    }
    return Response{200, {}, hasher.Finish()};
  }

  AdminToken token_{kToken};
  Router router_;
  std::optional<RunningServer> server_;
  std::atomic<std::size_t> uploaded_ = 0;
  std::function<void()> after_piece_;
};

TEST_F(ServerTest, KeepsAConnectionForSeveralCalls) {
  RawClient client(Start().port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Get("/hello")));
    const std::optional<RawResponse> response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->headers.count("connection"), 0U);
  }
}

TEST_F(ServerTest, AnswersPipelinedCallsInOrder) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Post("/echo", "Content-Length: 3\r\n", "one") + Get("/hello") +
                          Post("/echo", "Content-Length: 3\r\n", "two")));
  EXPECT_EQ(client.Read()->body, "one");
  EXPECT_EQ(client.Read()->body, "hello");
  EXPECT_EQ(client.Read()->body, "two");
}

TEST_F(ServerTest, ReadsRequestsThatComeByteByByte) {
  RawClient client(Start().port());
  for (const char c :
       Post("/echo", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
  }
  EXPECT_EQ(client.Read()->body, "abcdefgh");
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.Read()->body, "hello");
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Get("/hello", "Connection: close\r\n")));
  EXPECT_EQ(client.Read()->headers.at("connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, ClosesAfterAnAnswerToHttp10) {
  RawClient client(Start().port());
  ASSERT_TRUE(
      client.Send(fmt::format("GET /hello HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", kToken)));
  EXPECT_EQ(client.Read()->body, "hello");
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(
      fmt::format("HEAD /hello HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", kToken)));
  EXPECT_EQ(client.Read(true)->headers.at("content-length"), "5");
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.Read()->body, "hello");
}

TEST_F(ServerTest, KeepsTheTextOfExceptionsToItself) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Get("/throw")));
  const std::optional<RawResponse> response = client.Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body.find("secret"), std::string::npos);
  EXPECT_NE(response->body.find("\"request_id\""), std::string::npos);
}

TEST_F(ServerTest, RefusesABodyThatIsTooLargeBeforeReadingIt) {
  RawClient client(Start().port());
  ASSERT_TRUE(
      client.Send(Post("/echo", "Content-Length: 2000000\r\nExpect: 100-continue\r\n", "")));
  const std::optional<RawResponse> response = client.Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
  client.FinishSending();
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, RefusesAChunkedBodyOnceItIsTooLarge) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Post("/echo", "Transfer-Encoding: chunked\r\n", "")));
  const std::string chunk = fmt::format("10000\r\n{}\r\n", std::string(0x10000, 'x'));
  for (int i = 0; i < 17; ++i) client.Send(chunk);
  const std::optional<RawResponse> response = client.Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
}

TEST_F(ServerTest, GoesOnAfterRefusingACallWithASmallBody) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"));
  EXPECT_EQ(client.Read()->status, 401);
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.Read()->body, "hello");
}

TEST_F(ServerTest, InvitesABodyThatWaitsToBeAskedFor) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Post("/echo", "Content-Length: 4\r\nExpect: 100-continue\r\n", "")));
  EXPECT_EQ(client.Read()->status, 100);
  ASSERT_TRUE(client.Send("body"));
  EXPECT_EQ(client.Read()->body, "body");
}

TEST_F(ServerTest, RefusesAnUploadWithoutInvitingIt) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(
      Post("/upload?refuse=1", "Content-Length: 900000\r\nExpect: 100-continue\r\n", "")));
  EXPECT_EQ(client.Read()->status, 409);
}

TEST_F(ServerTest, StreamsALargeUploadThroughAHandler) {
  constexpr std::size_t kPieces = 50;
  const std::string piece(1 << 20, 'u');
  Hasher expected(HashKind::kSha256);
  RawClient client(Start().port());
  ASSERT_TRUE(
      client.Send(Post("/upload", fmt::format("Content-Length: {}\r\n", kPieces << 20), "")));
  for (std::size_t i = 0; i < kPieces; ++i) {
    ASSERT_TRUE(client.Send(piece));
    expected.Update(BytesOf(piece));
  }
  EXPECT_EQ(client.Read()->body, expected.Finish());
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.Read()->body, "hello");
}

TEST_F(ServerTest, StreamsAChunkedUpload) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Post("/upload", "Transfer-Encoding: chunked\r\n", "")));
  std::string all;
  for (std::size_t size = 1; size < 300'000; size *= 3) {
    const std::string data(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(client.Send(fmt::format("{:x}\r\n{}\r\n", size, data)));
    all += data;
  }
  ASSERT_TRUE(client.Send("0\r\n\r\n"));
  EXPECT_EQ(client.Read()->body, HashOf(HashKind::kSha256, all));
}

TEST_F(ServerTest, TakesNoMoreOfAnUploadThanItsHandlerReads) {
  std::latch first_piece(1);
  std::latch go_on(1);
  bool held = false;
  after_piece_ = [&] {
    if (held) return;
    held = true;
    first_piece.count_down();
    go_on.wait();
  };
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Post("/upload", "Content-Length: 67108864\r\n", "")));
  const std::string body(64 << 20, 'u');
  const std::size_t taken = client.SendUntilBlocked(body, std::chrono::milliseconds(300));
  first_piece.wait();
  // Nobody reads: what was taken sits in the buffers of the two sockets.
  EXPECT_LT(taken, body.size() / 2);
  EXPECT_LE(uploaded_.load(), 128U * 1024U);
  go_on.count_down();
  ASSERT_TRUE(client.Send(std::string_view(body).substr(taken)));
  EXPECT_EQ(client.Read()->status, 200);
  EXPECT_EQ(uploaded_.load(), body.size());
}

TEST_F(ServerTest, TellsAHandlerThatItsUploadBrokeOff) {
  std::optional<RawClient> client(std::in_place, Start().port());
  std::latch first_piece(1);
  bool seen = false;
  after_piece_ = [&] {
    if (!seen) first_piece.count_down();
    seen = true;
  };
  ASSERT_TRUE(client->Send(Post("/upload", "Content-Length: 1000\r\n", "only this")));
  first_piece.wait();
  client->FinishSending();
  const std::optional<RawResponse> response = client->Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
}

TEST_F(ServerTest, ServesRanges) {
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(
      Get("/file") + Get("/file", "Range: bytes=2-4\r\n") + Get("/file", "Range: bytes=-3\r\n") +
      Get("/file", "Range: bytes=10-\r\n") + Get("/file", "If-None-Match: \"abc\"\r\n") +
      Get("/file", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n")));
  const std::optional<RawResponse> whole = client.Read();
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->status, 200);
  EXPECT_EQ(whole->body, "0123456789");
  EXPECT_EQ(whole->headers.at("etag"), "\"abc\"");
  EXPECT_EQ(whole->headers.at("accept-ranges"), "bytes");
  const std::optional<RawResponse> part = client.Read();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, "234");
  EXPECT_EQ(part->headers.at("content-range"), "bytes 2-4/10");
  EXPECT_EQ(client.Read()->body, "789");
  const std::optional<RawResponse> beyond = client.Read();
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->status, 416);
  EXPECT_EQ(beyond->headers.at("content-range"), "bytes */10");
  EXPECT_EQ(client.Read()->status, 304);
  EXPECT_EQ(client.Read()->status, 200);
}

TEST_F(ServerTest, SeesWhoCallsThroughATrustedProxyOnly) {
  router_.Add(
      "GET", "/who", Rule::Self(), [](const Context&, const Request& request) -> Result<Response> {
        return Response{200, {}, request.client_address + (request.over_tls ? " tls" : " plain")};
      });
  const std::string call =
      Get("/who", "X-Forwarded-For: 198.51.100.4\r\nX-Forwarded-Proto: https\r\n");
  {
    RawClient client(Start().port());
    ASSERT_TRUE(client.Send(call));
    EXPECT_EQ(client.Read()->body, "127.0.0.1 plain");
  }
  ServerOptions options;
  options.trusted_proxies = TrustedProxies::Parse({"127.0.0.0/8"}).value();
  RawClient client(Start(options).port());
  ASSERT_TRUE(client.Send(call));
  EXPECT_EQ(client.Read()->body, "198.51.100.4 tls");
}

TEST_F(ServerTest, AnswersAHeadThatComesTooSlowlyAndCloses) {
  ServerOptions options;
  options.head_limit = std::chrono::milliseconds(50);
  RawClient client(Start(options).port());
  ASSERT_TRUE(client.Send("GET /hello HTTP/1.1\r\nHost:"));
  EXPECT_EQ(client.Read()->status, 408);
  client.FinishSending();
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, ClosesIdleConnectionsWithoutAWord) {
  ServerOptions options;
  options.idle_limit = std::chrono::milliseconds(50);
  RawClient client(Start(options).port());
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, StopsWithIdleConnectionsOpen) {
  RawClient idle(Start().port());
  RawClient used(server_->port());
  ASSERT_TRUE(used.Send(Get("/hello")));
  EXPECT_EQ(used.Read()->body, "hello");
  server_->Stop();
  EXPECT_TRUE(idle.Closed());
  EXPECT_TRUE(used.Closed());
}

TEST_F(ServerTest, FinishesTheCallAtHandWhenItStops) {
  std::latch inside(1);
  std::latch go_on(1);
  router_.Add("GET", "/slow", Rule::Self(),
              [&](const Context&, const Request&) -> Result<Response> {
                inside.count_down();
                go_on.wait();
                return Response{200, {}, std::string("done")};
              });
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Get("/slow")));
  inside.wait();
  std::jthread stopper([&] { server_->Stop(); });
  go_on.count_down();
  EXPECT_EQ(client.Read()->body, "done");
}

// Gives the same piece again and again.
class EndlessFeed final : public LiveFeed {
 public:
  EndlessFeed(std::string piece, std::latch* closed) : piece_(std::move(piece)), closed_(closed) {}
  [[nodiscard]] Piece Take() override { return {piece_, false}; }
  void Close() override {
    if (closed_ != nullptr) closed_->count_down();
  }

 private:
  const std::string piece_;
  std::latch* const closed_;
};

Result<Response> LiveResponse(std::string piece, std::latch* closed = nullptr) {
  return Response{200,
                  {{"Content-Type", "text/event-stream"}},
                  LiveBody{[piece = std::move(piece), closed](const std::function<void()>&) {
                    return std::make_shared<EndlessFeed>(piece, closed);
                  }}};
}

TEST_F(ServerTest, DropsAReaderOfALiveStreamThatTakesNothingAndServesOthers) {
  std::latch closed(1);
  router_.Add("GET", "/flood", Rule::Self(), [&](const Context&, const Request&) {
    return LiveResponse(std::string(1 << 20, 'x'), &closed);
  });
  ServerOptions options;
  options.stall_limit = std::chrono::milliseconds(200);
  RawClient sleeper(Start(options).port());
  ASSERT_TRUE(sleeper.Send(Get("/flood")));
  RawClient other(server_->port());
  while (!closed.try_wait()) {
    ASSERT_TRUE(other.Send(Get("/hello")));
    ASSERT_EQ(other.Read()->body, "hello");
  }
}

TEST_F(ServerTest, TellsLiveStreamsToComeBackWhenItStops) {
  router_.Add("GET", "/quiet", Rule::Self(),
              [](const Context&, const Request&) { return LiveResponse(""); });
  RawClient client(Start().port());
  ASSERT_TRUE(client.Send(Get("/quiet")));
  ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
  server_->Stop();
  EXPECT_TRUE(client.ReadUntil("retry: 1000\n\n\r\n0\r\n\r\n")) << client.inbox();
}

TEST_F(ServerTest, StopsTheContextOfCallsThatDoNotEnd) {
  ServerOptions options;
  options.drain_limit = std::chrono::milliseconds(50);
  std::latch inside(1);
  router_.Add("GET", "/endless", Rule::Self(),
              [&](const Context& ctx, const Request&) -> Result<Response> {
                inside.count_down();
                RETURN_IF_ERROR(ctx.Sleep(std::chrono::hours(1)));
                return Response{};
              });
  RawClient client(Start(options).port());
  ASSERT_TRUE(client.Send(Get("/endless")));
  inside.wait();
  server_->Stop();
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, GivesLongCallsLongerAndThreadsOfTheirOwn) {
  std::latch leave(1);
  const auto wait = [&](const Context& ctx, const Request&) -> Result<Response> {
    leave.wait();
    RETURN_IF_ERROR(ctx.Check());
    return Response{200, {}, std::string("late")};
  };
  const auto look = [](const Context& ctx, const Request&) -> Result<Response> {
    return Response{200, {}, std::to_string(ctx.Remaining(std::chrono::hours(2)).count())};
  };
  const RouteOptions is_long{.length = Length::kLong};
  router_.Add("GET", "/wait", Rule::Self(), wait, is_long);
  router_.Add("GET", "/long", Rule::Self(), look, is_long);
  router_.Add("POST", "/long", Rule::Self(), look, is_long);
  router_.Add("GET", "/short", Rule::Self(), look);
  Start({.handler_threads = 1,
         .long_threads = 2,
         .handler_limit = std::chrono::minutes(1),
         .long_limit = std::chrono::minutes(10)});
  RawClient slow(server_->port());
  ASSERT_TRUE(slow.Send(Get("/wait")));
  RawClient client(server_->port());
  const auto milliseconds = [&](const std::string& request) {
    EXPECT_TRUE(client.Send(request));
    return std::stoll(client.Read()->body);
  };
  EXPECT_LE(milliseconds(Get("/short")), 60'000);
  EXPECT_GT(milliseconds(Get("/long")), 9 * 60'000);
  EXPECT_GT(milliseconds(Post("/long", "Content-Length: 2\r\n", "{}")), 9 * 60'000);
  leave.count_down();
  EXPECT_EQ(slow.Read()->body, "late");
}

TEST_F(ServerTest, SaysThatAnotherProgramHasThePort) {
  Start();
  ServerOptions options;
  options.port = server_->port();
  Server second(options, router_);
  const Status status = second.Listen();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_NE(status.error().message.find(std::to_string(options.port)), std::string::npos);
}

}  // namespace
}  // namespace reprise::api
