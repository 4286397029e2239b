#include "docker/ssh_engine.hpp"

#include <fmt/format.h>

#include <chrono>

#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

// A connection that has ended takes no callers any more, but its ssh needs a moment to end as well;
// then there is a new one, or the reason why there is none.
constexpr std::chrono::seconds kEnding{2};

}  // namespace

std::unique_ptr<Engine> ConnectSsh(std::shared_ptr<SshLink> link, std::string name) {
  auto dial = [link = std::move(link)](const Context& ctx) -> Result<std::unique_ptr<ByteSocket>> {
    const auto until = std::chrono::steady_clock::now() + kEnding;
    while (true) {
      ASSIGN_OR_RETURN(const std::string socket, link->Connect(ctx));
      auto connected = DialUnix(ctx, socket);
      if (connected || connected.error().code != ErrorCode::kEngineUnavailable ||
          std::chrono::steady_clock::now() > until) {
        return connected;
      }
      RETURN_IF_ERROR(ctx.Sleep(std::chrono::milliseconds(20)));
    }
  };
  return std::make_unique<UnixEngine>(std::move(dial), fmt::format("the server \"{}\"", name));
}

}  // namespace reprise::docker
