#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "access/access_control.hpp"
#include "base/stream.hpp"

namespace reprise::api {

// Header fields in the order in which they came. Names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  void Add(std::string name, std::string value);
  // The first field of that name.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const;
  [[nodiscard]] std::size_t Count(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct Operation;

// One request. The head is complete when a router admits it; `body` or `upload` when a handler
// runs.
struct Request {
  std::string method;                                      // "GET"
  std::string path;                                        // as sent, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  int version = 11;                           // 10 or 11
  std::map<std::string, std::string> params;  // of the route's pattern, decoded
  std::string body;                           // of routes that take it whole
  std::optional<boost::json::value> json;     // the same, read and checked against the contract
  ByteReader* upload = nullptr;               // of routes that stream it; lives during the handler
  std::optional<ByteCount> content_length;    // as announced
  std::string request_id;
  std::string client_address;            // of the socket, or as a trusted proxy says
  bool over_tls = false;                 // the same
  access::Caller caller;                 // as the Authenticator has found out
  access::Visible visible;               // of a list: the projects that it may tell of
  const Operation* operation = nullptr;  // what it was checked against
  std::string answer_key;                // of the AnswerCache, by the request as it came
  std::uint64_t admitted_at = 0;         // the catalog's number of changes before it was admitted

  [[nodiscard]] std::optional<std::string_view> QueryValue(std::string_view name) const;
};

// Bytes of a source that are sent in pieces, without holding a thread while the client is slow.
struct RangeBody {
  std::shared_ptr<RandomReader> source;
  ByteCount offset = 0;
  ByteCount length = 0;
};

// A stream that grows while it is read. Thread-safe.
class LiveFeed {
 public:
  virtual ~LiveFeed() = default;
  struct Piece {
    std::string text;    // may be empty
    bool ended = false;  // nothing comes after `text`
  };
  // What has come since the last call.
  [[nodiscard]] virtual Piece Take() = 0;
  // The reader is gone: once this returns, `wake` is called no more.
  virtual void Close() = 0;
};

struct LiveBody {
  // Begins the feed, and may wait for that; `wake` is then called from any thread whenever Take()
  // has something new.
  std::function<std::shared_ptr<LiveFeed>(std::function<void()> wake)> open;
};

struct Response {
  int status = 200;
  std::vector<Headers::Field> headers;
  std::variant<std::string, RangeBody, LiveBody> body;
  // The e-mail address of who signs in by this answer: for the audit log, never sent.
  std::string signer = {};
};

}  // namespace reprise::api
