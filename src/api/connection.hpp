#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "api/byte_stream.hpp"
#include "api/http_message.hpp"
#include "api/request_parser.hpp"
#include "api/router.hpp"
#include "api/server.hpp"
#include "api/worker_pool.hpp"

// Internal to the server: includes Asio.
namespace reprise::api {

// What all connections of a server share. Borrowed; outlives them.
struct House {
  const ServerOptions& options;
  const Router& router;
  WorkerPool& handlers;
  WorkerPool& uploads;
  WorkerPool& longs;
  std::stop_token force_stop;  // ends what handlers still do
};

// One client's connection: requests one after the other. All methods are called on the I/O thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ByteStream> stream, boost::asio::any_io_executor executor,
             const House& house);

  boost::asio::awaitable<void> Run();
  // Finishes the request at hand, if any, then closes.
  void BeginStop();
  // Closes at once.
  void Abort();

 private:
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  using Milliseconds = std::chrono::milliseconds;

  struct HeadOutcome {
    bool closed = false;
    std::optional<HttpFault> fault;
  };
  struct BodyPart {
    std::size_t count = 0;  // 0 without a fault: the end
    std::optional<HttpFault> fault;
  };
  struct Admission {
    const Route* route = nullptr;
    bool answered = false;
    Response response;  // when it is answered
  };
  class UploadReader;

  Awaitable<bool> ServeOne();
  Awaitable<HeadOutcome> ReadHead(RequestParser& parser, Request& request);
  Awaitable<Admission> Admit(const RequestParser& parser, Request& request);
  Awaitable<Response> Answer(const Route& route, RequestParser& parser, Request& request);
  Awaitable<std::optional<HttpFault>> ReadWholeBody(RequestParser& parser, ByteCount most,
                                                    std::string& body);
  Awaitable<BodyPart> ReadBodyPart(RequestParser& parser, std::span<char> into, Milliseconds limit);
  Awaitable<void> FulfilUploadRead(RequestParser& parser, std::span<char> into,
                                   std::shared_ptr<std::promise<Result<std::size_t>>> promise);
  Awaitable<bool> SkipBody(RequestParser& parser, const Request& request);
  Awaitable<ByteStream::ReadResult> FillInbox(Milliseconds limit);

  Awaitable<bool> Send(const Request& request, Response& response, bool keep);
  // An answer whose body is text.
  Awaitable<bool> SendText(const Request& request, const Response& response, bool keep);
  Awaitable<bool> SendRange(const RangeBody& body);
  Awaitable<bool> SendLive(LiveBody& body, std::string head, bool chunked);
  Awaitable<void> PumpLive(LiveFeed& feed, bool chunked);
  Awaitable<void> WatchPeer();
  Awaitable<void> Linger();

  // Runs `work` on a pool; done when `finished` is true.
  void Start(WorkerPool& pool, std::function<void()> work, std::shared_ptr<bool> finished);
  Awaitable<void> Finish(std::shared_ptr<bool> finished);
  Awaitable<void> WaitForWake(Milliseconds limit);
  void Wake();
  void LogCall(const Request& request, const Route& route, int status,
               std::chrono::steady_clock::time_point began) const;

  std::shared_ptr<ByteStream> stream_;
  boost::asio::any_io_executor executor_;
  const House& house_;
  boost::asio::steady_timer wake_;
  bool woken_ = false;
  bool stopping_ = false;
  bool idle_ = true;           // no request has begun
  bool peer_gone_ = false;     // seen while streaming
  bool continue_due_ = false;  // the client waits for "100 Continue"
  bool body_broken_ = false;   // the request's body cannot be read any further
  std::string inbox_;          // bytes read and not yet parsed
  std::size_t read_step_;      // how much to read at a time: grows while the client sends a lot
};

}  // namespace reprise::api
