#include "api/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/response_text.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace reprise::api {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kInboxStep = 64 * 1024;
constexpr ByteCount kMostSkipped = 64 * 1024;
constexpr milliseconds kForever{24L * 3600 * 1000};

milliseconds Left(steady_clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace

// The streamed body of a request as its handler sees it: each Read asks the I/O thread for more and
// waits. So nothing is read from the socket that nobody has asked for.
class Connection::UploadReader final : public ByteReader {
 public:
  UploadReader(std::shared_ptr<Connection> connection, RequestParser& parser)
      : connection_(std::move(connection)), parser_(parser) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
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

 private:
  std::shared_ptr<Connection> connection_;
  RequestParser& parser_;
};

Connection::Connection(std::shared_ptr<ByteStream> stream, asio::any_io_executor executor,
                       const House& house)
    : stream_(std::move(stream)), executor_(std::move(executor)), house_(house), wake_(executor_) {}

void Connection::BeginStop() {
  stopping_ = true;
  Wake();
  if (idle_) stream_->Close();
}

void Connection::Abort() {
  stopping_ = true;
  stream_->Close();
  Wake();
}

asio::awaitable<void> Connection::Run() {
  bool more = true;
  while (more && !stopping_) more = co_await ServeOne();
  stream_->Close();
}

asio::awaitable<bool> Connection::ServeOne() {
  RequestParser parser(house_.options.most_header);
  Request request;
  request.request_id = NewUuid();
  const HeadOutcome head = co_await ReadHead(parser, request);
  if (head.closed) co_return false;
  if (head.fault) {
    Response refusal = ProblemResponse(*head.fault, request.request_id);
    const bool sent = co_await Send(request, refusal, false);
    if (sent) co_await Linger();
    co_return false;
  }

  continue_due_ = parser.expects_continue() && parser.has_body();
  body_broken_ = false;
  const auto admitted = house_.router.Admit(request);
  Response response;
  const auto began = steady_clock::now();
  if (admitted) {
    response = co_await Answer(**admitted, parser, request);
  } else {
    response = admitted.error();
  }
  bool consumed = !parser.has_body();
  if (!consumed) consumed = co_await SkipBody(parser, request);
  const bool live = std::holds_alternative<LiveBody>(response.body);
  const bool keep = consumed && parser.keep_alive() && !stopping_ && !live;
  const bool sent = co_await Send(request, response, keep);
  if (admitted) LogCall(request, **admitted, response.status, began);
  if (sent && !keep) co_await Linger();
  co_return sent&& keep;
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
    outcome.fault = HttpFault{408, "request_timeout", "the request's header came too slowly"};
    break;
  }
  idle_ = false;
  co_return outcome;
}

asio::awaitable<Response> Connection::Answer(const Route& route, RequestParser& parser,
                                             Request& request) {
  Context ctx(house_.force_stop);
  auto response = std::make_shared<Response>();
  auto finished = std::make_shared<bool>(false);
  UploadReader upload(shared_from_this(), parser);
  const bool streamed = route.options.body == BodyMode::kStreamed;
  if (streamed) {
    request.upload = &upload;
  } else {
    ctx = ctx.WithTimeout(house_.options.handler_limit);
    std::optional<HttpFault> fault;
    if (request.content_length.value_or(0) > route.options.most_body) {
      fault = HttpFault{413, "payload_too_large",
                        fmt::format("the body may have {} bytes", route.options.most_body)};
    } else {
      fault = co_await ReadWholeBody(parser, route.options.most_body, request.body);
    }
    if (fault) co_return ProblemResponse(*fault, request.request_id);
  }
  const auto work = [ctx, &route, &request, response] {
    *response = Router::Handle(ctx, route, request);
  };
  Start(streamed ? house_.uploads : house_.handlers, work, finished);
  co_await Finish(finished);
  request.upload = nullptr;
  co_return std::move(*response);
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
      co_return HttpFault{413, "payload_too_large",
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
                     ? HttpFault{408, "request_timeout", "the request's body came too slowly"}
                     : HttpFault{400, "malformed_request", "the body ended before its time"};
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
  inbox_.resize(before + kInboxStep);
  const std::span<char> room(inbox_.data() + before, kInboxStep);
  const ByteStream::ReadResult read = co_await stream_->Read(room, limit);
  inbox_.resize(before + read.count);
  co_return read;
}

// Gives the peer time to read the answer: closing with unread input would take it back (RST).
asio::awaitable<void> Connection::Linger() {
  stream_->ShutdownWrite();
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

void Connection::Start(WorkerPool& pool, std::function<void()> work,
                       std::shared_ptr<bool> finished) {
  pool.Submit([self = shared_from_this(), work = std::move(work), finished] {
    try {
      work();
    } catch (const std::exception& exception) {
      log::Failure("http.work.exception", {{"error", exception.what()}});
    }
    asio::post(self->executor_, [self, finished] {
      *finished = true;
      self->Wake();
    });
  });
}

asio::awaitable<void> Connection::Finish(std::shared_ptr<bool> finished) {
  while (!*finished) co_await WaitForWake(kForever);
}

void Connection::Wake() {
  woken_ = true;
  wake_.cancel();
}

asio::awaitable<void> Connection::WaitForWake(milliseconds limit) {
  if (!woken_) {
    wake_.expires_after(limit);
    co_await wake_.async_wait(kAwait);
  }
  woken_ = false;
}

void Connection::LogCall(const Request& request, const Route& route, int status,
                         steady_clock::time_point began) const {
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const log::Level level = status >= 500 ? log::Level::kWarning
                           : reads       ? log::Level::kDebug
                                         : log::Level::kInfo;
  log::Write(level, "http.call",
             {{"request_id", request.request_id},
              {"method", request.method},
              {"route", route.pattern},
              {"status", std::to_string(status)},
              {"ms", std::to_string(took.count())}});
}

}  // namespace reprise::api
