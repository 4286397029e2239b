#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "api/upload_reader.hpp"

// The reading half of a connection.
namespace reprise::api {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kMostReadStep = 64 * 1024;
constexpr ByteCount kMostSkipped = 64 * 1024;

milliseconds Left(steady_clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace

Result<std::size_t> Connection::UploadReader::Read(const Context& ctx, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  auto promise = std::make_shared<std::promise<Result<std::size_t>>>();
  std::future<Result<std::size_t>> answer = promise->get_future();
  asio::post(connection_->executor_, [this, into, promise] {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters
    const std::span<char> room(reinterpret_cast<char*>(into.data()), into.size());
    asio::awaitable<void> work = connection_->FulfilUploadRead(parser_, room, promise);
    asio::co_spawn(connection_->executor_, std::move(work), asio::detached);
  });
  return answer.get();
}

asio::awaitable<Connection::HeadOutcome> Connection::ReadHead(RequestParser& parser,
                                                              Request& request) {
  HeadOutcome outcome;
  std::optional<steady_clock::time_point> until;  // begins with the first byte
  idle_ = inbox_.empty();
  while (true) {
    if (!inbox_.empty()) {
      RequestParser::Step step = parser.ParseHead(inbox_);
      inbox_.erase(0, step.used);
      outcome.fault = std::move(step.fault);
      if (outcome.fault) break;
      if (step.complete) {
        outcome.fault = parser.ReadHead(request);
        break;
      }
      if (!until) until = steady_clock::now() + house_.options.head_limit;
    }
    const milliseconds limit = until ? Left(*until) : house_.options.idle_limit;
    const ByteStream::ReadResult read = co_await FillInbox(limit);
    if (read.count > 0) {
      idle_ = false;
      continue;
    }
    outcome.closed = !read.timed_out || !until;
    outcome.fault = HttpFault{HttpCode::kRequestTimeout, "the request's header came too slowly"};
    break;
  }
  idle_ = false;
  co_return outcome;
}

asio::awaitable<std::optional<HttpFault>> Connection::ReadWholeBody(RequestParser& parser,
                                                                    ByteCount most,
                                                                    std::string& body) {
  const auto until = steady_clock::now() + house_.options.body_limit;
  std::string part(16 * 1024, '\0');
  while (parser.has_body()) {
    const std::span<char> room(part);
    const milliseconds limit = Left(until);
    BodyPart read = co_await ReadBodyPart(parser, room, limit);
    if (read.fault) co_return std::move(read.fault);
    if (body.size() + read.count > most) {
      co_return HttpFault{HttpCode::kPayloadTooLarge,
                          fmt::format("the body may have {} bytes", most)};
    }
    body.append(part, 0, read.count);
  }
  co_return std::nullopt;
}

asio::awaitable<Connection::BodyPart> Connection::ReadBodyPart(RequestParser& parser,
                                                               std::span<char> into,
                                                               milliseconds limit) {
  BodyPart part;
  if (continue_due_) {
    continue_due_ = false;
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await stream_->Write(go_on, limit);
  }
  while (parser.has_body()) {
    RequestParser::Step step = parser.ParseBody(inbox_, into);
    inbox_.erase(0, step.used);
    part.count = step.produced;
    part.fault = std::move(step.fault);
    if (part.fault || part.count > 0 || step.complete) break;
    const ByteStream::ReadResult read = co_await FillInbox(limit);
    if (read.count > 0) continue;
    part.fault = read.timed_out
                     ? HttpFault{HttpCode::kRequestTimeout, "the request's body came too slowly"}
                     : HttpFault{HttpCode::kMalformedRequest, "the body ended before its time"};
    break;
  }
  if (part.fault) body_broken_ = true;
  co_return part;
}

asio::awaitable<void> Connection::FulfilUploadRead(
    RequestParser& parser, std::span<char> into,
    std::shared_ptr<std::promise<Result<std::size_t>>> promise) {
  const BodyPart part = co_await ReadBodyPart(parser, into, house_.options.stall_limit);
  if (part.fault) {
    promise->set_value(Fail(ErrorCode::kMalformedRequest, part.fault->detail,
                            "the upload broke off: send it again"));
  } else {
    promise->set_value(part.count);
  }
}

// Reads away what the handler has left of a small body, so that the connection can go on.
asio::awaitable<bool> Connection::SkipBody(RequestParser& parser, const Request& request) {
  if (continue_due_ || body_broken_ ||
      request.content_length.value_or(kMostSkipped + 1) > kMostSkipped) {
    co_return false;
  }
  std::string rest;
  const std::optional<HttpFault> fault = co_await ReadWholeBody(parser, kMostSkipped, rest);
  co_return !fault;
}

asio::awaitable<ByteStream::ReadResult> Connection::FillInbox(milliseconds limit) {
  const std::size_t before = inbox_.size();
  inbox_.resize(before + read_step_);
  const std::span<char> room(inbox_.data() + before, read_step_);
  const ByteStream::ReadResult read = co_await stream_->Read(room, limit);
  inbox_.resize(before + read.count);
  if (read.count == read_step_) read_step_ = std::min(read_step_ * 4, kMostReadStep);
  co_return read;
}

// Gives the peer time to read the answer: closing with unread input would take it back (RST).
asio::awaitable<void> Connection::Linger() {
  co_await stream_->FinishWriting();
  const auto until = steady_clock::now() + std::chrono::seconds(2);
  std::size_t most = 1 << 20;
  while (!stopping_ && steady_clock::now() < until) {
    inbox_.clear();
    const milliseconds limit = Left(until);
    const ByteStream::ReadResult read = co_await FillInbox(limit);
    if (read.count == 0 || read.count >= most) break;
    most -= read.count;
  }
}

}  // namespace reprise::api
