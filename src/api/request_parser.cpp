#include "api/request_parser.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "api/http_text.hpp"

namespace reprise::api {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::buffer_body>;

HttpFault FaultOf(const boost::beast::error_code& error) {
  if (error == http::error::header_limit) {
    return {431, "headers_too_large", "the request's header is larger than this server takes"};
  }
  if (error == http::error::bad_version) {
    return {400, "malformed_request", "this server speaks HTTP/1.0 and HTTP/1.1 only"};
  }
  return {400, "malformed_request",
          fmt::format("this is not a valid HTTP request: {}", error.message())};
}

bool IsToken(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// Bytes that neither a method nor a header should carry on into logs or answers.
bool HasControl(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return true;
  }
  return false;
}

std::optional<HttpFault> CheckHead(const Request& head) {
  if (head.version >= 11 && head.headers.Count("Host") == 0) {
    return HttpFault{400, "malformed_request", "the Host header is missing"};
  }
  if (head.headers.Count("Host") > 1) {
    return HttpFault{400, "malformed_request", "the Host header stands there more than once"};
  }
  if (head.headers.Count("Content-Length") > 1 || head.headers.Count("Transfer-Encoding") > 1) {
    return HttpFault{400, "malformed_request", "the length of the body is told more than once"};
  }
  const auto coding = head.headers.Find("Transfer-Encoding");
  if (coding && head.headers.Count("Content-Length") > 0) {
    return HttpFault{400, "malformed_request",
                     "Content-Length and Transfer-Encoding exclude each other"};
  }
  if (coding && head.version < 11) {
    return HttpFault{400, "malformed_request", "HTTP/1.0 knows no Transfer-Encoding"};
  }
  if (coding && !EqualsIgnoringCase(TrimSpaces(*coding), "chunked")) {
    return HttpFault{501, "not_implemented", "of Transfer-Encoding only \"chunked\" is supported"};
  }
  const auto expect = head.headers.Find("Expect");
  if (expect && !EqualsIgnoringCase(TrimSpaces(*expect), "100-continue")) {
    return HttpFault{417, "expectation_failed", "of Expect only \"100-continue\" is supported"};
  }
  return std::nullopt;
}

}  // namespace

struct RequestParser::State {
  Parser parser;
};

RequestParser::RequestParser(std::size_t most_header) : state_(std::make_unique<State>()) {
  state_->parser.header_limit(static_cast<std::uint32_t>(most_header));
  state_->parser.body_limit(boost::none);  // the connection counts what it takes
}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

RequestParser::Step RequestParser::ParseHead(std::string_view bytes) {
  Parser& parser = state_->parser;
  Step step;
  while (!parser.is_header_done()) {
    boost::beast::error_code error;
    const std::string_view rest = bytes.substr(step.used);
    const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    step.used += used;
    if (error == http::error::need_more) return step;
    if (error) {
      step.fault = FaultOf(error);
      return step;
    }
    if (used == 0 && !parser.is_header_done()) return step;
  }
  step.complete = true;
  return step;
}

std::optional<HttpFault> RequestParser::ReadHead(Request& into) const {
  const auto& message = state_->parser.get();
  into.method = std::string(message.method_string());
  into.version = static_cast<int>(message.version());
  for (const auto& field : message) {
    into.headers.Add(std::string(field.name_string()), std::string(field.value()));
    if (HasControl(field.value())) {
      return HttpFault{400, "malformed_request", "a header holds control characters"};
    }
  }
  if (const auto length = state_->parser.content_length()) into.content_length = *length;
  if (std::optional<HttpFault> fault = CheckHead(into)) return fault;

  const std::optional<Target> target = SplitTarget(std::string(message.target()));
  if (!target) {
    return HttpFault{400, "malformed_request", "the request target must begin with a slash"};
  }
  into.path = target->path;
  auto query = ParseQuery(target->query);
  if (!query) return HttpFault{400, "malformed_request", "the query holds a broken % escape"};
  into.query = *std::move(query);

  const auto id = into.headers.Find("X-Request-Id");
  if (id && !id->empty() && id->size() <= 64 && std::all_of(id->begin(), id->end(), IsToken)) {
    into.request_id = *id;
  }
  return std::nullopt;
}

bool RequestParser::keep_alive() const { return state_->parser.keep_alive(); }
bool RequestParser::has_body() const { return !state_->parser.is_done(); }

bool RequestParser::expects_continue() const {
  return state_->parser.get().version() >= 11 &&
         state_->parser.get().find(http::field::expect) != state_->parser.get().end();
}

RequestParser::Step RequestParser::ParseBody(std::string_view bytes, std::span<char> into) {
  Parser& parser = state_->parser;
  auto& body = parser.get().body();
  body.data = into.data();
  body.size = into.size();
  body.more = true;
  Step step;
  while (!parser.is_done() && step.used < bytes.size() && body.size > 0) {
    boost::beast::error_code error;
    const std::string_view rest = bytes.substr(step.used);
    const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    step.used += used;
    if (error == http::error::need_more || error == http::error::need_buffer) break;
    if (error) {
      step.fault = FaultOf(error);
      break;
    }
    if (used == 0) break;
  }
  step.produced = into.size() - body.size;
  body.data = nullptr;
  body.size = 0;
  step.complete = parser.is_done();
  return step;
}

}  // namespace reprise::api
