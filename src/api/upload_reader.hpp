#pragma once

#include "api/connection.hpp"

// Internal to the server: includes Asio.
namespace reprise::api {

// The streamed body of a request as its handler sees it: each Read asks the I/O thread for more and
// waits. So nothing is read from the socket that nobody has asked for.
class Connection::UploadReader final : public ByteReader {
 public:
  UploadReader(std::shared_ptr<Connection> connection, RequestParser& parser)
      : connection_(std::move(connection)), parser_(parser) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  std::shared_ptr<Connection> connection_;
  RequestParser& parser_;
};

}  // namespace reprise::api
