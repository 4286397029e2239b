#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "api/connection.hpp"
#include "api/response_text.hpp"
#include "base/log.hpp"

// The answering half of a connection.
namespace reprise::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kLittle = 256;
constexpr std::string_view kHeartbeat = ": heartbeat\n\n";
// Browsers come back by themselves, after this many milliseconds and with the last id.
constexpr std::string_view kComeBack = ": the server stops\nretry: 1000\n\n";

}  // namespace

asio::awaitable<bool> Connection::Send(const Request& request, Response& response, bool keep) {
  const Framing framing = FramingOf(request, response);
  std::string head = HeadText(request, response, framing, keep);
  const bool head_only = request.method == "HEAD" || framing == Framing::kNone;
  if (auto* live = std::get_if<LiveBody>(&response.body); live != nullptr && !head_only) {
    const bool sent = co_await SendLive(*live, std::move(head), framing == Framing::kChunked);
    co_return sent;
  }
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string_view body = text != nullptr && !head_only ? *text : std::string_view();
  const bool head_sent = co_await stream_->WriteBoth(head, body, house_.options.stall_limit);
  const auto* range = std::get_if<RangeBody>(&response.body);
  if (!head_sent || head_only || range == nullptr) co_return head_sent;
  const bool sent = co_await SendRange(*range);
  co_return sent;
}

asio::awaitable<bool> Connection::SendText(const Request& request, const Response& response,
                                           bool keep) {
  const std::string_view body = std::get<std::string>(response.body);
  const std::string head = HeadText(request, response, Framing::kLength, keep);
  const bool sent = co_await stream_->WriteBoth(head, body, house_.options.stall_limit);
  co_return sent;
}

asio::awaitable<bool> Connection::SendRange(const RangeBody& body) {
  auto piece = std::make_shared<std::string>(kPieceBytes, '\0');
  ByteCount sent = 0;
  while (sent < body.length) {
    const auto want =
        static_cast<std::size_t>(std::min<ByteCount>(kPieceBytes, body.length - sent));
    auto count = std::make_shared<Result<std::size_t>>(std::size_t{0});
    auto finished = std::make_shared<bool>(false);
    const Context ctx(house_.force_stop);
    const auto work = [ctx, source = body.source, offset = body.offset + sent, want, piece, count] {
      const auto room = std::as_writable_bytes(std::span(*piece)).first(want);
      *count = source->ReadAt(ctx, offset, room);
    };
    Start(house_.handlers, work, finished);
    co_await Finish(finished);
    if (!*count || **count == 0) {
      // The length is promised already: only a connection that breaks off can tell the client.
      const std::string reason =
          *count ? "the source is shorter than it said" : count->error().Sentence();
      log::Warning("http.download.broken", {{"error", reason}});
      co_return false;
    }
    const std::string_view bytes(piece->data(), **count);
    const bool written = co_await stream_->Write(bytes, house_.options.stall_limit);
    if (!written) co_return false;
    sent += bytes.size();
  }
  co_return true;
}

asio::awaitable<bool> Connection::SendLive(LiveBody& body, std::string head, bool chunked) {
  const bool head_sent = co_await stream_->Write(head, house_.options.stall_limit);
  if (!head_sent) co_return false;

  const auto wake = [weak = weak_from_this(), executor = executor_] {
    asio::post(executor, [weak] {
      if (const std::shared_ptr<Connection> self = weak.lock()) self->Wake();
    });
  };
  auto feed = std::make_shared<std::shared_ptr<LiveFeed>>();
  auto finished = std::make_shared<bool>(false);
  const auto work = [&body, wake, feed] { *feed = body.open(wake); };
  Start(house_.handlers, work, finished);
  co_await Finish(finished);

  body.open = nullptr;  // holds what a stream needs no more
  if (!*feed) co_return false;
  asio::awaitable<void> watch = WatchPeer();
  asio::co_spawn(executor_, std::move(watch), asio::detached);
  co_await PumpLive(**feed, chunked);
  (*feed)->Close();
  co_return false;
}

asio::awaitable<void> Connection::PumpLive(LiveFeed& feed, bool chunked) {
  auto last_write = steady_clock::now();
  while (!peer_gone_ && !stopping_) {
    const LiveFeed::Piece piece = feed.Take();
    std::string text = piece.text;
    const bool quiet = steady_clock::now() - last_write >= house_.options.heartbeat;
    if (text.empty() && quiet) text = kHeartbeat;
    if (!text.empty()) {
      if (chunked) text = ChunkText(text);
      const bool written = co_await stream_->Write(text, house_.options.stall_limit);
      if (!written) co_return;
      last_write = steady_clock::now();
    }
    if (piece.ended) break;
    if (text.empty()) co_await WaitForWake(house_.options.heartbeat);
  }
  std::string last(stopping_ ? kComeBack : std::string_view());
  if (chunked) last = (last.empty() ? "" : ChunkText(last)) + ChunkText({});
  if (!peer_gone_) co_await stream_->Write(last, house_.options.stall_limit);
}

// Reads while a live stream is written: the only way to learn that the client has gone.
asio::awaitable<void> Connection::WatchPeer() {
  const std::shared_ptr<Connection> self = shared_from_this();
  inbox_ = {};  // what it has grown to is not needed any more
  read_step_ = kLittle;
  const std::chrono::hours limit(24 * 365);
  while (true) {
    inbox_.clear();
    const ByteStream::ReadResult read = co_await FillInbox(limit);
    if (read.count == 0) break;
  }
  peer_gone_ = true;
  Wake();
}

}  // namespace reprise::api
