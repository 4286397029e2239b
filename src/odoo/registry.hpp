#pragma once

#include <string>
#include <vector>

#include "odoo/installation.hpp"
#include "odoo/labels.hpp"

namespace reprise::odoo {

// Runs the target's own Odoo image against a side database: the same addons and configuration, but
// on a network of its own without a way out, no HTTP, no crons. The network and container are
// helpers of the task and go when the run is over.
class OdooRunner {
 public:
  struct Options {
    std::string odoo_container;  // whose image, volumes and environment are used
    std::string db_container;
    Installation installation;
    HelperOwner owner;
  };
  OdooRunner(docker::Engine& engine, Options options)
      : engine_(engine), options_(std::move(options)) {}

  struct Run {
    int exit_code = 0;
    std::string log;  // the last lines
  };
  // `odoo <arguments>` with the database's address and login given by the environment.
  [[nodiscard]] Result<Run> RunOdoo(const Context& ctx, std::string_view role,
                                    std::vector<std::string> arguments);

  // Loads the whole registry of `database` and ends. kProofFailed with the log when it does not
  // load.
  [[nodiscard]] Status CheckRegistry(const Context& ctx, const std::string& database);

 private:
  docker::Engine& engine_;
  Options options_;
};

// Removes networks of helpers (with what is connected to them). For cleanup after a crash.
[[nodiscard]] Status RemoveHelperNetworks(const Context& ctx, docker::Engine& engine,
                                          const docker::Labels& labels,
                                          const std::string& db_container);

}  // namespace reprise::odoo
