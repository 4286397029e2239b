#include "docker/ssh_engine.hpp"

#include <fmt/format.h>

#include "docker/unix_engine.hpp"

namespace reprise::docker {

std::unique_ptr<Engine> ConnectSsh(std::shared_ptr<SshLink> link, std::string name) {
  auto dial = [link = std::move(link)](const Context& ctx) -> Result<std::unique_ptr<ByteSocket>> {
    ASSIGN_OR_RETURN(std::string socket, link->Connect(ctx));
    auto connected = DialUnix(ctx, socket);
    if (connected || connected.error().code != ErrorCode::kEngineUnavailable) return connected;
    // The connection ended between the two calls: one new one.
    ASSIGN_OR_RETURN(socket, link->Connect(ctx));
    return DialUnix(ctx, socket);
  };
  return std::make_unique<UnixEngine>(std::move(dial), fmt::format("the server \"{}\"", name));
}

}  // namespace reprise::docker
