#include "api/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/upload_reader.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace reprise::api {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kFirstReadStep = 2 * 1024;  // most heads and small bodies
constexpr milliseconds kForever{24L * 3600 * 1000};

}  // namespace

Connection::Connection(std::shared_ptr<ByteStream> stream, asio::any_io_executor executor,
                       const House& house)
    : stream_(std::move(stream)),
      executor_(std::move(executor)),
      house_(house),
      wake_(executor_),
      read_step_(kFirstReadStep) {}

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
  request.client_address = stream_->peer_address();
  request.over_tls = stream_->is_encrypted();
  const HeadOutcome head = co_await ReadHead(parser, request);
  if (head.closed) co_return false;
  if (head.fault) {
    Response refusal = ProblemResponse(*head.fault, request.request_id);
    const bool sent = co_await Send(request, refusal, false);
    if (sent) co_await Linger();
    co_return false;
  }

  house_.options.trusted_proxies.Apply(request);

  if (const auto known = house_.router.Recall(request)) {
    const bool keep = parser.keep_alive() && !stopping_;
    const bool sent = co_await SendText(request, known->response, keep);
    if (sent && !keep) co_await Linger();
    co_return sent&& keep;
  }

  continue_due_ = parser.expects_continue() && parser.has_body();
  body_broken_ = false;
  const auto began = steady_clock::now();
  Admission admission = co_await Admit(parser, request);
  Response response = std::move(admission.response);
  if (!admission.answered) response = co_await Answer(*admission.route, parser, request);
  bool consumed = !parser.has_body();
  if (!consumed) consumed = co_await SkipBody(parser, request);
  const bool live = std::holds_alternative<LiveBody>(response.body);
  const bool keep = consumed && parser.keep_alive() && !stopping_ && !live;
  const bool sent = co_await Send(request, response, keep);
  if (admission.route != nullptr) LogCall(request, *admission.route, response.status, began);
  if (sent && !keep) co_await Linger();
  co_return sent&& keep;
}

// On a pool, as it asks the catalog. A call without a body is answered in the same go.
asio::awaitable<Connection::Admission> Connection::Admit(const RequestParser& parser,
                                                         Request& request) {
  auto admission = std::make_shared<Admission>();
  auto finished = std::make_shared<bool>(false);
  const Context ctx = Context(house_.force_stop).WithTimeout(house_.options.handler_limit);
  const bool bare = !parser.has_body();
  const auto work = [ctx, bare, admission, &request, &router = house_.router] {
    // What stands until something better does: an exception ends here.
    admission->response =
        ProblemResponse(Error{ErrorCode::kInternal, "the server failed while looking who calls",
                              "look for this request_id in the server's log"},
                        request.request_id);
    admission->answered = true;
    const auto admitted = router.Admit(request);
    if (!admitted) {
      admission->response = admitted.error();
      return;
    }
    admission->route = *admitted;
    const RouteOptions& options = (*admitted)->options;
    admission->answered =
        bare && options.body == BodyMode::kWhole && options.length == Length::kShort;
    if (admission->answered) admission->response = router.Handle(ctx, **admitted, request);
  };
  Start(house_.handlers, work, finished);
  co_await Finish(finished);
  co_return std::move(*admission);
}

asio::awaitable<Response> Connection::Answer(const Route& route, RequestParser& parser,
                                             Request& request) {
  const Context ctx(house_.force_stop);
  auto response = std::make_shared<Response>();
  auto finished = std::make_shared<bool>(false);
  UploadReader upload(shared_from_this(), parser);
  const bool streamed = route.options.body == BodyMode::kStreamed;
  const bool is_long = route.options.length == Length::kLong;
  if (streamed) {
    request.upload = &upload;
  } else {
    std::optional<HttpFault> fault;
    if (request.content_length.value_or(0) > route.options.most_body) {
      fault = HttpFault{HttpCode::kPayloadTooLarge,
                        fmt::format("the body may have {} bytes", route.options.most_body)};
    } else {
      fault = co_await ReadWholeBody(parser, route.options.most_body, request.body);
    }
    if (fault) co_return ProblemResponse(*fault, request.request_id);
  }
  // Counted from when it runs: a long call may wait long for those before it.
  const auto limit = is_long ? house_.options.long_limit : house_.options.handler_limit;
  const auto work = [ctx, streamed, limit, &route, &request, response, &router = house_.router] {
    const Context own = streamed ? ctx : ctx.WithTimeout(limit);
    *response = router.Handle(own, route, request);
  };
  Start(streamed ? house_.uploads : is_long ? house_.longs : house_.handlers, work, finished);
  co_await Finish(finished);
  request.upload = nullptr;
  co_return std::move(*response);
}

void Connection::Start(WorkerPool& pool, std::function<void()> work,
                       std::shared_ptr<bool> finished) {
  pool.Submit([self = shared_from_this(), work = std::move(work), finished = std::move(finished)] {
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
