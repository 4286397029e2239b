#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docker/byte_socket.hpp"

namespace reprise::docker {

struct HttpRequest {
  std::string method;
  std::string target;            // path and query, encoded
  std::string json;              // the body, when not empty
  ByteReader* upload = nullptr;  // or a tar stream of unknown length, borrowed
  bool upgrade = false;          // asks for the raw socket (exec)
};

struct HttpHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  // The first field of this name (case does not matter); empty when there is none.
  [[nodiscard]] std::string_view Field(std::string_view name) const;
};

// Reads a status line and header fields, up to and with the empty line.
[[nodiscard]] Result<HttpHead> ParseHead(std::string_view block);

// One HTTP/1.1 exchange over a socket of its own: Exchange(), then body() to its end. After 101 the
// body is what comes over the raw socket, and socket() may be written by a second thread. After a
// failure the connection is of no further use.
class HttpConnection {
 public:
  explicit HttpConnection(std::unique_ptr<ByteSocket> socket);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Sends the request and reads the head of the answer. A failing upload cuts the connection, so
  // that the engine cannot take what came so far for the whole, and returns the upload's failure.
  [[nodiscard]] Result<HttpHead> Exchange(const Context& ctx, const HttpRequest& request);
  [[nodiscard]] ByteReader& body() { return body_; }
  [[nodiscard]] ByteSocket& socket() { return *socket_; }

 private:
  enum class Framing { kNone, kLength, kChunked, kUntilClose };
  class Body final : public ByteReader {
   public:
    explicit Body(HttpConnection& connection) : connection_(connection) {}
    [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
      return connection_.ReadBody(ctx, into);
    }

   private:
    HttpConnection& connection_;
  };

  Status Send(const Context& ctx, const HttpRequest& request);
  Status SendUpload(const Context& ctx, ByteReader& upload);
  Result<HttpHead> ReadHead(const Context& ctx);
  Status ChooseFraming(const HttpHead& head);
  Result<std::size_t> ReadBody(const Context& ctx, ByteSpan into);
  Status BeginChunk(const Context& ctx);
  Result<std::string> ReadLine(const Context& ctx);
  Status Fill(const Context& ctx);
  Result<std::size_t> ReadSome(const Context& ctx, ByteSpan into);

  std::unique_ptr<ByteSocket> socket_;
  std::string buffer_;
  std::size_t start_ = 0;  // first unread byte of buffer_
  bool upload_failed_ = false;
  Framing framing_ = Framing::kNone;
  ByteCount left_ = 0;  // of the body, or of its present chunk
  bool chunk_open_ = false;
  Body body_{*this};
};

}  // namespace reprise::docker
