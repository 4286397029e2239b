#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "api/http_message.hpp"
#include "api/problem.hpp"

namespace reprise::api {

// Reads one HTTP/1.x request from bytes that come in pieces: first the head, then the body. Does no
// I/O. One thread at a time; after a fault it is of no further use.
class RequestParser {
 public:
  explicit RequestParser(std::size_t most_header);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  struct Step {
    std::size_t used = 0;      // of the bytes given: drop them
    std::size_t produced = 0;  // body bytes written
    bool complete = false;     // the head, or the body, is whole
    std::optional<HttpFault> fault;
  };
  // Bytes not used are to be given again, with more behind them.
  [[nodiscard]] Step ParseHead(std::string_view bytes);
  // The head, once complete: method, path, query, headers. A fault when it asks for what this
  // server does not do.
  [[nodiscard]] std::optional<HttpFault> ReadHead(Request& into) const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool has_body() const;
  [[nodiscard]] bool expects_continue() const;
  // Decodes body bytes into `into`.
  [[nodiscard]] Step ParseBody(std::string_view bytes, std::span<char> into);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reprise::api
