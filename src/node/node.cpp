#include "node/node.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/log.hpp"
#include "node/core.hpp"
#include "node/front.hpp"
#include "node/stop_signals.hpp"

namespace reprise::node {
namespace {

// Tokens and cookies that cross a network in the clear can be read there.
void WarnIfPlain(const api::Server& server, const api::ServerOptions& options) {
  if (!server.IsReachable() || !options.tls.empty() || !options.trusted_proxies.empty()) return;
  fmt::print(stderr,
             "warning: this server is reachable from other machines over plain HTTP: tokens and "
             "passwords can be read on the way\nhint: give --tls-cert and --tls-key, or listen on "
             "127.0.0.1 behind a proxy with TLS (--trusted-proxy)\n");
}

void Greet(const Front& front) {
  fmt::print("reprise listens on {}://{}:{}\nadmin token: {}\n",
             front.told.edge.tls.empty() ? "http" : "https", front.told.edge.host,
             front.server->port(), (front.core.found.data / "admin.token").string());
  (void)std::fflush(stdout);
  WarnIfPlain(*front.server, front.told.edge);
  log::Info("serve.started", {{"data", front.core.found.data.string()},
                              {"installation", front.core.found.installation}});
}

Status Serve(Core& core, StopSignals& signals) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Open(core));
  Greet(*front);
  const bool has_tls = !front->told.edge.tls.empty();
  if (has_tls) {
    signals.OnHangup([&] { front->server->ReloadTls(); });
  } else if (::isatty(STDIN_FILENO) == 0) {
    signals.OnHangup([] { log::Info("serve.nothing_to_reload"); });  // as a service, do not end
  }

  const std::stop_token stop = signals.token();
  const std::jthread working([&] { core.worker.Run(stop); });
  const std::jthread telling([&] { front->webhook_sender.Run(stop); });
  const std::jthread sweeping([&] { front->janitor.Run(stop); });
  const std::jthread tidying([&] { core.storage_service.RemoveAbandoned(Context(stop)); });
  const std::jthread removing([&] { core.part_sweep.Run(stop); });
  const std::jthread clearing([&] { core.uploads.Run(stop); });
  const std::jthread scheduling([&] { core.upkeep.scheduler.Run(stop); });
  const std::jthread retaining([&] { core.upkeep.retention.Run(stop); });
  const std::jthread expiring([&] { core.upkeep.expiry.Run(stop); });
  Status served = front->server->Run(stop);
  signals.OnHangup({});
  signals.Stop();
  log::Info("serve.stopped");
  return served;
}

void Work(Core& core, const StopSignals& signals) {
  fmt::print("reprise works on tasks, {} at a time\n", core.options.workers);
  (void)std::fflush(stdout);
  log::Info("worker.started", {{"name", core.name}, {"installation", core.found.installation}});
  core.worker.Run(signals.token());
  log::Info("worker.stopped");
}

}  // namespace

Status Run(const cli::ServeOptions& options) {
  // Large buffers always go back to the system when they are freed. By default the limit grows with
  // each that is, and then each of many threads keeps what it once needed.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  StopSignals signals;  // before any other thread is there
  ASSIGN_OR_RETURN(const std::unique_ptr<Core> core, Core::Open(options));
  if (options.role == cli::NodeRole::kServe) return Serve(*core, signals);
  Work(*core, signals);
  return {};
}

Status Migrate(const cli::MigrateOptions& options) {
  const std::filesystem::path data = std::filesystem::absolute(options.data);
  if (options.catalog.url.empty()) RETURN_IF_ERROR(MakeFolder(data));
  ASSIGN_OR_RETURN(const OpenCatalog catalog, OpenCatalogOf(data, options.catalog.url));
  const auto& [from, to] = catalog.change;
  fmt::print("the catalog's schema is at version {}{}\n", to,
             from == to ? " already" : fmt::format(", it was at {}", from));
  return {};
}

}  // namespace reprise::node
