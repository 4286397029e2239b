#pragma once

#include <map>
#include <mutex>

#include "docker/engines.hpp"

namespace reprise::docker {

// Engines that are told one by one, as tests do: `otherwise` for every server, besides those that
// are added. All are borrowed; loads are those that were set. Thread-safe.
class FixedEngines final : public Engines {
 public:
  explicit FixedEngines(Engine& otherwise) : otherwise_(otherwise) {}
  void Add(const domain::ServerId& server, Engine& engine);
  void SetLoad(const domain::ServerId& server, const MachineLoad& load);

  Result<std::shared_ptr<Engine>> Of(const domain::ServerId& server) override;
  Result<std::vector<OfServer>> All() override;
  Result<MachineLoad> Load(const Context& ctx, const domain::ServerId& server) override;

 private:
  Engine& otherwise_;
  std::mutex mutex_;
  std::map<domain::ServerId, Engine*> engines_;
  std::map<domain::ServerId, MachineLoad> loads_;
};

}  // namespace reprise::docker
