#include "docker/fixed_engines.hpp"

#include <fmt/format.h>

namespace reprise::docker {
namespace {

// Shares nothing: the test owns the engine.
std::shared_ptr<Engine> Borrowed(Engine& engine) { return {std::shared_ptr<void>(), &engine}; }

}  // namespace

void FixedEngines::Add(const domain::ServerId& server, Engine& engine) {
  const std::scoped_lock lock(mutex_);
  engines_[server] = &engine;
}

void FixedEngines::SetLoad(const domain::ServerId& server, const MachineLoad& load) {
  const std::scoped_lock lock(mutex_);
  loads_[server] = load;
}

Result<std::shared_ptr<Engine>> FixedEngines::Of(const domain::ServerId& server) {
  const std::scoped_lock lock(mutex_);
  const auto found = engines_.find(server);
  return Borrowed(found == engines_.end() ? otherwise_ : *found->second);
}

Result<std::vector<Engines::OfServer>> FixedEngines::All() {
  const std::scoped_lock lock(mutex_);
  std::vector<OfServer> all{{{}, "local", Borrowed(otherwise_)}};
  for (const auto& [server, engine] : engines_) {
    all.push_back({server, server.value, Borrowed(*engine)});
  }
  return all;
}

Result<MachineLoad> FixedEngines::Load(const Context& ctx, const domain::ServerId& server) {
  RETURN_IF_ERROR(ctx.Check());
  const std::scoped_lock lock(mutex_);
  const auto found = loads_.find(server);
  if (found != loads_.end()) return found->second;
  return Fail(ErrorCode::kEngineUnavailable,
              fmt::format("the server {} does not say what it has", server.value));
}

}  // namespace reprise::docker
