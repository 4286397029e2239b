#pragma once

#include <functional>
#include <string>

#include "access/secret_box.hpp"
#include "base/clock.hpp"
#include "catalog/server_store.hpp"
#include "docker/engines.hpp"

namespace reprise::servers {

// How ssh signs in: with a key of the server's own, looking at nothing else; or as the user as whom
// reprise runs would, by the ssh configuration, keys, agent and jump hosts.
enum class SshSetup { kOwnKey, kUserConfig };

struct EnrolOrder {
  domain::OrganizationId organization_id;  // empty: shared by the whole installation
  std::string name;
  std::string address;  // host name or IP; with kUserConfig also a name of that configuration
  std::string user;
  int port = 0;
  SshSetup setup = SshSetup::kOwnKey;
  std::string private_key;  // with kOwnKey; not needed to ask for the host key
  std::string docker_socket = "/var/run/docker.sock";
  // "SHA256:…", as a person has seen and confirmed it.
  std::string host_key_fingerprint;
};

struct ShownHostKey {
  std::string public_key;   // "ssh-ed25519 AAAA…"
  std::string fingerprint;  // "SHA256:…"
};

struct ServerReport {
  docker::EngineInfo engine;
  docker::MachineLoad load;
};

// Servers as callers handle them. Thread-safe.
class ServerService {
 public:
  struct Parts {
    catalog::TenancyStore& tenancy;
    catalog::ServerStore& servers;
    docker::Engines& engines;
    const access::SecretBox& box;
    const Clock& clock;
    // Called when a server was removed.
    std::function<void(const domain::ServerId&)> forget;
  };
  explicit ServerService(Parts parts) : parts_(std::move(parts)) {}

  // First step: the key that the server shows, for a person to compare. Changes nothing.
  [[nodiscard]] Result<ShownHostKey> AskHostKey(const Context& ctx, const EnrolOrder& order) const;
  // Second step: signs in, finds the engine, and keeps the server with this host key pinned.
  // kConflict when the server shows another key than the confirmed one.
  [[nodiscard]] Result<catalog::Server> Enrol(const Context& ctx, const EnrolOrder& order);
  // Whether it can be reached now, and what it has.
  [[nodiscard]] Result<ServerReport> Test(const Context& ctx, const domain::ServerId& id) const;
  // Nothing is done on the server itself. kConflict while environments live on it.
  [[nodiscard]] Status Remove(const domain::ServerId& id);

 private:
  Parts parts_;
};

}  // namespace reprise::servers
