#include "docker/http.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "docker/scripted_server.hpp"

namespace reprise::docker {
namespace {

// A socket that delivers `incoming` at most `piece` bytes at a time and keeps what is written.
class CannedSocket final : public ByteSocket {
 public:
  CannedSocket(std::string incoming, std::size_t piece, std::string* written)
      : incoming_(std::move(incoming)), piece_(piece), written_(written) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    return incoming_.Read(ctx, into.first(std::min(into.size(), piece_)));
  }
  [[nodiscard]] Status Write(const Context&, ConstByteSpan bytes) override {
    if (written_ != nullptr) written_->append(TextOf(bytes));
    return {};
  }
  void EndWriting() override {}
  void Cut() override {
    if (written_ != nullptr) written_->append("<cut>");
  }

 private:
  StringReader incoming_;
  std::size_t piece_;
  std::string* written_;
};

struct Exchanged {
  HttpHead head;
  std::string body;
};

Result<Exchanged> Get(std::string incoming,
                      std::size_t piece = std::numeric_limits<std::size_t>::max()) {
  const Context ctx;
  HttpConnection connection(std::make_unique<CannedSocket>(std::move(incoming), piece, nullptr));
  ASSIGN_OR_RETURN(HttpHead head, connection.Exchange(ctx, {"GET", "/x"}));
  ASSIGN_OR_RETURN(std::string body, ReadAll(ctx, connection.body(), 1U << 20U));
  return Exchanged{std::move(head), std::move(body)};
}

std::string ErrorOf(const Result<Exchanged>& result) {
  return result ? "no error" : result.error().message;
}

TEST(HttpConnectionTest, ReadsAnAnswerOfKnownLengthAndNothingBeyond) {
  const auto got =
      Get("HTTP/1.1 404 Not Found\r\ncontent-LENGTH:  5 \r\nA: b:c\r\n\r\nhellotrailing");

  ASSERT_TRUE(got) << ErrorOf(got);
  EXPECT_EQ(got->head.status, 404);
  EXPECT_EQ(got->head.Field("a"), "b:c");
  EXPECT_EQ(got->head.Field("absent"), "");
  EXPECT_EQ(got->body, "hello");
}

TEST(HttpConnectionTest, ReadsUntilTheEndWithoutALength) {
  EXPECT_EQ(Get("HTTP/1.0 200 OK\r\n\r\nall of it").value().body, "all of it");
}

TEST(HttpConnectionTest, PassesOverInterimAnswers) {
  const auto got = Get("HTTP/1.1 100 Continue\r\n\r\n" + Reply(201, "{}"));

  ASSERT_TRUE(got) << ErrorOf(got);
  EXPECT_EQ(got->head.status, 201);
}

TEST(HttpConnectionTest, AnswersWithoutABodyEndAtOnce) {
  EXPECT_EQ(Get("HTTP/1.1 204 No Content\r\n\r\nx").value().body, "");
  EXPECT_EQ(Get("HTTP/1.1 304 Not Modified\r\n\r\nx").value().body, "");
}

TEST(HttpConnectionTest, ReadsChunkExtensionsAndTrailers) {
  const auto got =
      Get("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n1 "
          "\r\n!\r\n0\r\nT: x\r\n\r\n");

  ASSERT_TRUE(got) << ErrorOf(got);
  EXPECT_EQ(got->body, "hello!");
}

RC_GTEST_PROP(HttpConnectionTest, ChunkedBodiesComeWholeHoweverTheyArrive,
              (const std::string& body)) {
  const std::size_t chunk = *rc::gen::inRange<std::size_t>(1, 20);
  const std::size_t piece = *rc::gen::inRange<std::size_t>(1, 40);

  const auto got = Get(ChunkedReply(body, chunk), piece);

  RC_ASSERT(got.has_value());
  RC_ASSERT(got->body == body);
}

TEST(HttpConnectionTest, AnAnswerCutAnywhereIsAFailure) {
  for (const std::string& whole : {ChunkedReply("hello, world", 5), Reply(200, "hello")}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto got = Get(whole.substr(0, length));
      ASSERT_FALSE(got) << "cut at " << length;
      EXPECT_EQ(got.error().code, ErrorCode::kEngineUnavailable);
    }
  }
}

TEST(HttpConnectionTest, RefusesWhatIsNotHttp) {
  EXPECT_FALSE(Get("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 abc OK\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 099 OK\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"));
  EXPECT_FALSE(Get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"));
}

TEST(HttpConnectionTest, BoundsTheHeaderAndLines) {
  EXPECT_EQ(ErrorOf(Get("HTTP/1.1 200 OK\r\nA: " + std::string(200'000, 'x'))),
            "the answer is not of a Docker Engine: its header is too long");
  EXPECT_EQ(ErrorOf(Get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        std::string(100'000, '1'))),
            "the answer is not of a Docker Engine: a line of it is too long");
}

TEST(HttpConnectionTest, AfterAnUpgradeTheBodyIsTheRawSocket) {
  const auto got = Get("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nraw bytes", 3);

  ASSERT_TRUE(got) << ErrorOf(got);
  EXPECT_EQ(got->body, "raw bytes");
}

TEST(HttpConnectionTest, SendsJsonWithItsLength) {
  std::string written;
  HttpConnection connection(std::make_unique<CannedSocket>(Reply(200, ""), 999, &written));

  ASSERT_TRUE(connection.Exchange(Context(), {"POST", "/a?b=c", R"({"x":1})"}));

  EXPECT_EQ(written,
            "POST /a?b=c HTTP/1.1\r\nHost: docker\r\nUser-Agent: reprise\r\nConnection: close\r\n"
            "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"x\":1}");
}

TEST(HttpConnectionTest, SendsUploadsInChunks) {
  std::string written;
  HttpConnection connection(std::make_unique<CannedSocket>(Reply(200, ""), 999, &written));
  StringReader tar("twenty bytes of data");
  HttpRequest request{"PUT", "/up"};
  request.upload = &tar;

  ASSERT_TRUE(connection.Exchange(Context(), request));

  EXPECT_TRUE(
      written.ends_with("Transfer-Encoding: chunked\r\n\r\n"
                        "14\r\ntwenty bytes of data\r\n0\r\n\r\n"))
      << written;
}

TEST(HttpConnectionTest, AFailingUploadIsCutBeforeItLooksComplete) {
  class Failing final : public ByteReader {
   public:
    [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan into) override {
      if (first_) {
        first_ = false;
        std::memset(into.data(), 'x', 4);
        return 4;
      }
      // The code that a lost engine has too: it must not be taken for the engine's early answer.
      return Fail(ErrorCode::kEngineUnavailable, "the source engine is gone");
    }

   private:
    bool first_ = true;
  } tar;
  std::string written;
  HttpConnection connection(std::make_unique<CannedSocket>(Reply(200, ""), 999, &written));
  HttpRequest request{"PUT", "/up"};
  request.upload = &tar;

  const auto head = connection.Exchange(Context(), request);

  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().message, "the source engine is gone");
  EXPECT_TRUE(written.ends_with("4\r\nxxxx\r\n<cut>")) << written;
}

}  // namespace
}  // namespace reprise::docker
