#include "api/request_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstring>

#include "api/chunk_decoder.hpp"
#include "api/http_text.hpp"

namespace reprise::api {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;

HttpFault FaultOf(const boost::beast::error_code& error) {
  if (error == http::error::header_limit) {
    return {HttpCode::kHeadersTooLarge, "the request's header is larger than this server takes"};
  }
  if (error == http::error::bad_version) {
    return {HttpCode::kMalformedRequest, "this server speaks HTTP/1.0 and HTTP/1.1 only"};
  }
  return {HttpCode::kMalformedRequest,
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
    return HttpFault{HttpCode::kMalformedRequest, "the Host header is missing"};
  }
  if (head.headers.Count("Host") > 1) {
    return HttpFault{HttpCode::kMalformedRequest, "the Host header stands there more than once"};
  }
  if (head.headers.Count("Content-Length") > 1 || head.headers.Count("Transfer-Encoding") > 1) {
    return HttpFault{HttpCode::kMalformedRequest, "the length of the body is told more than once"};
  }
  const auto coding = head.headers.Find("Transfer-Encoding");
  if (coding && head.headers.Count("Content-Length") > 0) {
    return HttpFault{HttpCode::kMalformedRequest,
                     "Content-Length and Transfer-Encoding exclude each other"};
  }
  if (coding && head.version < 11) {
    return HttpFault{HttpCode::kMalformedRequest, "HTTP/1.0 knows no Transfer-Encoding"};
  }
  if (coding && !EqualsIgnoringCase(TrimSpaces(*coding), "chunked")) {
    return HttpFault{HttpCode::kNotImplemented,
                     "of Transfer-Encoding only \"chunked\" is supported"};
  }
  const auto expect = head.headers.Find("Expect");
  if (expect && !EqualsIgnoringCase(TrimSpaces(*expect), "100-continue")) {
    return HttpFault{HttpCode::kExpectationFailed, "of Expect only \"100-continue\" is supported"};
  }
  return std::nullopt;
}

}  // namespace

struct RequestParser::State {
  Parser parser;  // of the head only
  std::optional<ChunkDecoder> chunks;
  ByteCount length_left = 0;
  bool body_done = true;
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
  state_->length_left = parser.content_length().value_or(0);
  if (parser.chunked()) state_->chunks.emplace();
  state_->body_done = !state_->chunks && state_->length_left == 0;
  return step;
}

std::optional<HttpFault> RequestParser::ReadHead(Request& into) const {
  const auto& message = state_->parser.get();
  into.method = std::string(message.method_string());
  into.version = static_cast<int>(message.version());
  for (const auto& field : message) {
    into.headers.Add(std::string(field.name_string()), std::string(field.value()));
    if (HasControl(field.value())) {
      return HttpFault{HttpCode::kMalformedRequest, "a header holds control characters"};
    }
  }
  if (const auto length = state_->parser.content_length()) into.content_length = *length;
  if (std::optional<HttpFault> fault = CheckHead(into)) return fault;

  const std::optional<Target> target = SplitTarget(std::string(message.target()));
  if (!target) {
    return HttpFault{HttpCode::kMalformedRequest, "the request target must begin with a slash"};
  }
  into.path = target->path;
  auto query = ParseQuery(target->query);
  if (!query) return HttpFault{HttpCode::kMalformedRequest, "the query holds a broken % escape"};
  into.query = *std::move(query);

  const auto id = into.headers.Find("X-Request-Id");
  if (id && !id->empty() && id->size() <= 64 && std::all_of(id->begin(), id->end(), IsToken)) {
    into.request_id = *id;
  }
  return std::nullopt;
}

bool RequestParser::keep_alive() const { return state_->parser.keep_alive(); }
bool RequestParser::has_body() const { return !state_->body_done; }

bool RequestParser::expects_continue() const {
  return state_->parser.get().version() >= 11 &&
         state_->parser.get().find(http::field::expect) != state_->parser.get().end();
}

RequestParser::Step RequestParser::ParseBody(std::string_view bytes, std::span<char> into) {
  Step step;
  if (state_->chunks) {
    const ChunkDecoder::Step decoded = state_->chunks->Decode(bytes, into);
    step.used = decoded.used;
    step.produced = decoded.produced;
    step.complete = decoded.complete;
    if (!decoded.fault.empty()) {
      step.fault = HttpFault{HttpCode::kMalformedRequest, std::string(decoded.fault)};
    }
  } else {
    const std::size_t most = std::min(bytes.size(), into.size());
    step.used = static_cast<std::size_t>(std::min<ByteCount>(most, state_->length_left));
    std::memcpy(into.data(), bytes.data(), step.used);
    step.produced = step.used;
    state_->length_left -= step.used;
    step.complete = state_->length_left == 0;
  }
  state_->body_done = step.complete;
  return step;
}

}  // namespace reprise::api
