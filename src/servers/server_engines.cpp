#include "servers/server_engines.hpp"

#include <fmt/format.h>

#include "base/child_process.hpp"
#include "base/log.hpp"
#include "docker/machine_load.hpp"
#include "docker/ssh_engine.hpp"

namespace reprise::servers {
namespace {

constexpr std::chrono::seconds kLoadLimit{20};

Result<std::string> RunHere(const Context& ctx, const std::string& command) {
  ASSIGN_OR_RETURN(const auto shell, ChildProcess::Start({"sh", "-c", command}));
  // df ends with a failure when one of many mounts is out of order; what it printed still counts.
  ASSIGN_OR_RETURN([[maybe_unused]] const int code, shell->Wait(ctx.WithTimeout(kLoadLimit)));
  return shell->Output();
}

}  // namespace

ServerEngines::ServerEngines(Parts parts)
    : parts_(std::move(parts)), local_(docker::ConnectUnix(parts_.local_socket)) {}

Result<docker::SshAddress> ServerEngines::AddressOf(const catalog::ServerAccess& access) const {
  docker::SshAddress address{.host = access.host,
                             .user = access.user,
                             .port = access.port,
                             .private_key = {},
                             .host_key = access.host_key,
                             .docker_socket = access.docker_socket};
  if (access.sealed_key.empty()) return address;
  if (parts_.box == nullptr) {
    return Fail(ErrorCode::kEngineUnavailable,
                fmt::format("this node cannot read the key of the server {}", access.host),
                "copy secret.key from the data folder of a node that serves, then start it again");
  }
  ASSIGN_OR_RETURN(address.private_key,
                   parts_.box->Open(access.sealed_key, access.server_id.value));
  return address;
}

Result<ServerEngines::Open> ServerEngines::Find(const domain::ServerId& server) {
  // Asked each time: another node may have removed it.
  ASSIGN_OR_RETURN(const auto access, parts_.servers.Access(server));
  if (parts_.here == server) return Open{local_, nullptr};
  if (!access && parts_.here) {
    return Fail(ErrorCode::kEngineUnavailable,
                "the installation's local server is not the machine of this worker",
                "leave its tasks to a node that stands there, or enrol it over ssh as well");
  }
  if (!access) return Open{local_, nullptr};
  ASSIGN_OR_RETURN(const catalog::Server row, parts_.tenancy.GetServer(server));
  const std::scoped_lock lock(mutex_);
  if (const auto found = open_.find(server); found != open_.end()) return found->second;
  ASSIGN_OR_RETURN(docker::SshAddress address, AddressOf(*access));
  Open open;
  open.link = std::make_shared<docker::SshLink>(row.name, std::move(address));
  open.engine = docker::ConnectSsh(open.link, row.name);
  open_[server] = open;
  return open;
}

Result<std::shared_ptr<docker::Engine>> ServerEngines::Of(const domain::ServerId& server) {
  ASSIGN_OR_RETURN(const Open open, Find(server));
  return open.engine;
}

Result<std::vector<docker::Engines::OfServer>> ServerEngines::All() {
  std::vector<OfServer> all;
  for (int page = 1;; ++page) {
    ASSIGN_OR_RETURN(const auto servers, parts_.tenancy.ListServers({}, {page, 100}));
    for (const catalog::Server& server : servers.items) {
      auto engine = Of(server.id);
      if (engine) {
        all.push_back({server.id, server.name, *std::move(engine)});
      } else {
        log::Warning("server.unusable",
                     {{"server", server.name}, {"error", engine.error().Sentence()}});
      }
    }
    if (servers.items.size() < 100) return all;
  }
}

Result<docker::MachineLoad> ServerEngines::Load(const Context& ctx,
                                                const domain::ServerId& server) {
  ASSIGN_OR_RETURN(const Open open, Find(server));
  ASSIGN_OR_RETURN(const docker::EngineInfo info, open.engine->Info(ctx.WithTimeout(kLoadLimit)));
  const std::string command(docker::kLoadCommand);
  ASSIGN_OR_RETURN(const std::string printed,
                   open.link ? open.link->Run(ctx, command) : RunHere(ctx, command));
  return docker::ReadMachineLoad(printed, info);
}

void ServerEngines::Forget(const domain::ServerId& server) {
  const std::scoped_lock lock(mutex_);
  open_.erase(server);
}

}  // namespace reprise::servers
