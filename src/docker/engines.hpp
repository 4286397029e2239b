#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docker/engine.hpp"
#include "domain/ids.hpp"

namespace reprise::docker {

// What a server's machine has, and how much of it is free now.
struct MachineLoad {
  int cpus = 0;
  double busy_cpus = 0;  // load average of the last minute
  ByteCount memory_bytes = 0;
  ByteCount memory_free_bytes = 0;  // what programs could still get
  // Of the file system on which the engine keeps its volumes and images.
  std::string disk_path;
  std::string disk_device = {};  // its number, as stat gives it: decimal; empty: not told
  ByteCount disk_bytes = 0;
  ByteCount disk_free_bytes = 0;
};

// The engines of this installation's servers. Thread-safe. An engine is given out without being
// asked anything: whether it answers is learnt from its first call. Who holds one may use it even
// after its server was removed.
class Engines {
 public:
  struct OfServer {
    domain::ServerId server;
    std::string name;
    std::shared_ptr<Engine> engine;
  };

  virtual ~Engines() = default;

  // kNotFound for a server that is not (or no longer) enrolled.
  [[nodiscard]] virtual Result<std::shared_ptr<Engine>> Of(const domain::ServerId& server) = 0;
  [[nodiscard]] virtual Result<std::vector<OfServer>> All() = 0;
  // Looks at the machine itself, now. kEngineUnavailable when it cannot be reached or does not
  // tell.
  [[nodiscard]] virtual Result<MachineLoad> Load(const Context& ctx,
                                                 const domain::ServerId& server) = 0;
};

}  // namespace reprise::docker
