#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "access/secret_box.hpp"
#include "catalog/server_store.hpp"
#include "docker/engines.hpp"
#include "docker/ssh_link.hpp"

namespace reprise::servers {

// The engines of the servers in the catalog: that of this machine behind its socket, the others
// over ssh, one connection each, made when it is first needed. Thread-safe.
class ServerEngines final : public docker::Engines {
 public:
  struct Parts {
    catalog::TenancyStore& tenancy;
    catalog::ServerStore& servers;
    // Null on a node without the installation's key: it reaches no server that has a key sealed.
    const access::SecretBox* box;
    std::string local_socket;
    // The server on which this node stands, when it is not the one where the installation was
    // begun: then that socket is its.
    std::optional<domain::ServerId> here = {};
  };
  explicit ServerEngines(Parts parts);

  Result<std::shared_ptr<docker::Engine>> Of(const domain::ServerId& server) override;
  Result<std::vector<OfServer>> All() override;
  Result<docker::MachineLoad> Load(const Context& ctx, const domain::ServerId& server) override;

  // Lets go of the connection to a server that was removed.
  void Forget(const domain::ServerId& server);

 private:
  struct Open {
    std::shared_ptr<docker::Engine> engine;
    std::shared_ptr<docker::SshLink> link;  // null: the local one
  };
  Result<Open> Find(const domain::ServerId& server);
  [[nodiscard]] Result<docker::SshAddress> AddressOf(const catalog::ServerAccess& access) const;

  Parts parts_;
  std::shared_ptr<docker::Engine> local_;
  std::mutex mutex_;
  std::map<domain::ServerId, Open> open_;
};

}  // namespace reprise::servers
