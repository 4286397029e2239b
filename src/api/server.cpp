#include "api/server.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include <sys/resource.h>

#include "api/connection.hpp"
#include "api/tcp_stream.hpp"
#include "api/tls_stream.hpp"
#include "base/log.hpp"

namespace reprise::api {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr rlim_t kOtherFiles = 512;  // catalog, storages, engines, archives

// As many connections as the process may open files for, at most `wanted`.
std::size_t RaiseFileLimit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOtherFiles;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const std::size_t fewer =
      limit.rlim_cur > 2 * kOtherFiles ? limit.rlim_cur - kOtherFiles : limit.rlim_cur / 2;
  log::Warning("http.connections.few", {{"most", std::to_string(fewer)},
                                        {"hint", "raise the limit of open files (ulimit -n)"}});
  return fewer;
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, const Router& router)
      : options(std::move(given)),
        acceptor(io),
        drain(io),
        tls_watch(io),
        handlers(options.handler_threads),
        uploads(options.upload_threads),
        longs(options.long_threads),
        house{options, router, handlers, uploads, longs, force.get_token()} {}

  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(std::shared_ptr<Connection> connection);
  asio::awaitable<void> WatchTls();
  void LoadTlsAgain();
  void BeginStop();
  void StopNow();
  void WhenEmpty();

  ServerOptions options;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer drain;
  asio::steady_timer tls_watch;
  TlsIdentity identity;   // null: plain HTTP
  std::string tls_stamp;  // of the files that were tried last
  std::stop_source force;
  bool stopping = false;
  std::set<std::shared_ptr<Connection>> connections;
  WorkerPool handlers;  // after `io`: joined before it goes
  WorkerPool uploads;
  WorkerPool longs;
  House house;
};

asio::awaitable<void> Server::Impl::Accept() {
  while (!stopping) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (stopping) break;
    if (error) {
      // Most likely out of file descriptors: others end, then it goes on.
      log::Warning("http.accept.failed", {{"error", error.message()}});
      asio::steady_timer pause(io, std::chrono::milliseconds(100));
      co_await pause.async_wait(kAwait);
      continue;
    }
    if (connections.size() >= options.most_connections) {
      log::Warning("http.connections.full", {{"most", std::to_string(options.most_connections)}});
      continue;
    }
    const asio::any_io_executor executor = io.get_executor();
    std::shared_ptr<ByteStream> stream = MakeTcpStream(std::move(socket));
    if (identity) stream = MakeTlsStream(std::move(stream), identity, executor);
    auto connection = std::make_shared<Connection>(std::move(stream), executor, house);
    connections.insert(connection);
    asio::awaitable<void> work = Serve(connection);
    asio::co_spawn(io, std::move(work), asio::detached);
  }
}

asio::awaitable<void> Server::Impl::Serve(std::shared_ptr<Connection> connection) {
  try {
    co_await connection->Run();
  } catch (const std::exception& exception) {
    log::Failure("http.connection.exception", {{"error", exception.what()}});
    connection->Abort();
  }
  connections.erase(connection);
  WhenEmpty();
}

asio::awaitable<void> Server::Impl::WatchTls() {
  while (!stopping) {
    tls_watch.expires_after(options.tls_check);
    co_await tls_watch.async_wait(kAwait);
    if (!stopping && StampOf(options.tls) != tls_stamp) LoadTlsAgain();
  }
}

void Server::Impl::LoadTlsAgain() {
  if (options.tls.empty()) return;
  tls_stamp = StampOf(options.tls);
  Result<TlsIdentity> fresh = LoadTlsIdentity(options.tls);
  if (!fresh) {
    log::Warning("http.tls.kept", {{"error", fresh.error().Sentence()},
                                   {"hint", "the certificate that was read before stays in use"}});
    return;
  }
  identity = *std::move(fresh);
  log::Info("http.tls.renewed", {{"certificate", options.tls.certificate}});
}

void Server::Impl::WhenEmpty() {
  if (stopping && connections.empty()) drain.cancel();
}

void Server::Impl::BeginStop() {
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  tls_watch.cancel();
  const auto open = connections;  // BeginStop may end some of them
  for (const std::shared_ptr<Connection>& connection : open) connection->BeginStop();
  drain.expires_after(options.drain_limit);
  drain.async_wait([this](const boost::system::error_code& error) {
    if (!error) StopNow();
  });
  WhenEmpty();
}

void Server::Impl::StopNow() {
  log::Warning("http.stop.forced", {{"connections", std::to_string(connections.size())}});
  force.request_stop();
  const auto open = connections;
  for (const std::shared_ptr<Connection>& connection : open) connection->Abort();
}

Server::Server(ServerOptions options, const Router& router)
    : impl_(std::make_unique<Impl>(std::move(options), router)) {}
Server::~Server() = default;

Status Server::Listen() {
  Impl& impl = *impl_;
  impl.options.most_connections = RaiseFileLimit(impl.options.most_connections);
  if (!impl.options.tls.empty()) {
    impl.tls_stamp = StampOf(impl.options.tls);
    ASSIGN_OR_RETURN(impl.identity, LoadTlsIdentity(impl.options.tls));
  }
  boost::system::error_code error;
  tcp::resolver resolver(impl.io);
  const auto found = resolver.resolve(impl.options.host, std::to_string(impl.options.port),
                                      tcp::resolver::passive, error);
  const std::string where = fmt::format("{}:{}", impl.options.host, impl.options.port);
  if (error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot listen on {}: {}", where, error.message()),
                "give an address of this machine, such as 127.0.0.1:8080");
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  impl.acceptor.open(endpoint.protocol(), error);
  if (!error) impl.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) impl.acceptor.bind(endpoint, error);
  if (!error) impl.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  boost::system::error_code ignored;
  impl.acceptor.close(ignored);
  const bool taken = error == asio::error::address_in_use;
  return Fail(taken ? ErrorCode::kConflict : ErrorCode::kIo,
              fmt::format("cannot listen on {}: {}", where, error.message()),
              taken ? "another program listens there: stop it or choose another port" : "");
}

Status Server::Run(std::stop_token stop) {
  Impl& impl = *impl_;
  if (!impl.acceptor.is_open()) RETURN_IF_ERROR(Listen());
  const std::stop_callback on_stop(stop,
                                   [&impl] { asio::post(impl.io, [&impl] { impl.BeginStop(); }); });
  asio::awaitable<void> work = impl.Accept();
  asio::co_spawn(impl.io, std::move(work), asio::detached);
  if (impl.identity) {
    asio::awaitable<void> watch = impl.WatchTls();
    asio::co_spawn(impl.io, std::move(watch), asio::detached);
  }
  impl.io.run();
  return {};
}

bool Server::IsReachable() const {
  boost::system::error_code ignored;
  return !impl_->acceptor.local_endpoint(ignored).address().is_loopback();
}

void Server::ReloadTls() {
  asio::post(impl_->io, [impl = impl_.get()] { impl->LoadTlsAgain(); });
}

std::uint16_t Server::port() const {
  boost::system::error_code ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}

}  // namespace reprise::api
