#include "servers/server_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "docker/ssh_engine.hpp"
#include "docker/ssh_link.hpp"

namespace reprise::servers {
namespace {

constexpr std::chrono::seconds kEngineLimit{30};

Status AtField(Status status, const char* field) {
  if (!status) status.error().field = field;
  return status;
}

Status Check(const EnrolOrder& order) {
  RETURN_IF_ERROR(AtField(docker::CheckSshHost(order.address), "/address"));
  RETURN_IF_ERROR(AtField(docker::CheckSshUser(order.user), "/user"));
  RETURN_IF_ERROR(AtField(docker::CheckSocketPath(order.docker_socket), "/docker_socket"));
  if (order.setup == SshSetup::kUserConfig && !order.private_key.empty()) {
    return AtField(Fail(ErrorCode::kInvalidArgument,
                        "a key of its own and the ssh configuration exclude each other"),
                   "/private_key");
  }
  return {};
}

Status CheckKey(const EnrolOrder& order) {
  const bool is_key = order.private_key.find("PRIVATE KEY-----") != std::string::npos;
  if (order.setup == SshSetup::kUserConfig || is_key) return {};
  return AtField(Fail(ErrorCode::kInvalidArgument, "this is not a private key",
                      "give the content of the key's file, which begins with -----BEGIN"),
                 "/private_key");
}

docker::SshAddress AddressOf(const EnrolOrder& order) {
  return {.host = order.address,
          .user = order.user,
          .port = order.port,
          .private_key = order.private_key,
          .host_key = {},
          .docker_socket = order.docker_socket};
}

}  // namespace

Result<ShownHostKey> ServerService::AskHostKey(const Context& ctx, const EnrolOrder& order) const {
  RETURN_IF_ERROR(Check(order));
  docker::SshAddress address = AddressOf(order);
  // Says that nothing else is looked at; it is not offered to anybody.
  if (order.setup == SshSetup::kOwnKey) address.private_key = "none";
  ASSIGN_OR_RETURN(const std::string key, docker::AskHostKey(ctx, address));
  ASSIGN_OR_RETURN(const std::string fingerprint, docker::FingerprintOf(key));
  return ShownHostKey{key, fingerprint};
}

Result<catalog::Server> ServerService::Enrol(const Context& ctx, const EnrolOrder& order) {
  RETURN_IF_ERROR(CheckKey(order));
  ASSIGN_OR_RETURN(const ShownHostKey shown, AskHostKey(ctx, order));
  if (shown.fingerprint != order.host_key_fingerprint) {
    return Fail(ErrorCode::kConflict,
                fmt::format("{} shows the host key {}, not the confirmed {}", order.address,
                            shown.fingerprint, order.host_key_fingerprint),
                "compare the fingerprint with the one that the server's console tells: "
                "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
  }
  docker::SshAddress address = AddressOf(order);
  address.host_key = shown.public_key;
  const auto link = std::make_shared<docker::SshLink>(order.name, address);
  const auto engine = docker::ConnectSsh(link, order.name);
  const auto info = engine->Info(ctx.WithTimeout(kEngineLimit));
  if (!info) {
    Error error = info.error();
    if (const std::string said = link->LastComplaint(); !said.empty() && error.hint.empty()) {
      error = std::move(error).WithHint("ssh says: " + said);
    }
    return Fail(std::move(error).While(
        fmt::format("asking the Docker Engine at {} of {}", order.docker_socket, order.address)));
  }
  catalog::Server server;
  server.id.value = NewUuid();
  server.name = order.name;
  server.address = order.address;
  server.organization_id = order.organization_id;
  server.created_at = parts_.clock.Now();
  const std::string sealed =
      order.private_key.empty() ? "" : parts_.box.Seal(order.private_key, server.id.value);
  RETURN_IF_ERROR(parts_.servers.Insert(server, {.server_id = server.id,
                                                 .host = order.address,
                                                 .user = order.user,
                                                 .port = order.port,
                                                 .sealed_key = sealed,
                                                 .host_key = shown.public_key,
                                                 .docker_socket = order.docker_socket}));
  return server;
}

Result<ServerReport> ServerService::Test(const Context& ctx, const domain::ServerId& id) const {
  RETURN_IF_ERROR(parts_.tenancy.GetServer(id));
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(id));
  ServerReport report;
  ASSIGN_OR_RETURN(report.engine, engine->Info(ctx.WithTimeout(kEngineLimit)));
  ASSIGN_OR_RETURN(report.load, parts_.engines.Load(ctx, id));
  return report;
}

Status ServerService::Remove(const domain::ServerId& id) {
  RETURN_IF_ERROR(parts_.servers.Remove(id, parts_.clock.Now()));
  if (parts_.forget) parts_.forget(id);
  return {};
}

}  // namespace reprise::servers
