#pragma once

#include <functional>
#include <string>
#include <vector>

#include "docker/engine.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"

namespace reprise::odoo {

// Which images a new trio is made of: "{major}" stands for the version ("odoo:{major}").
struct ImagePatterns {
  std::string odoo = "odoo:{major}";
  std::string postgres = "postgres:{major}";
  std::string pgbouncer = "edoburu/pgbouncer:latest";
};

// The images for an Odoo of `odoo_version` ("14.0") on PostgreSQL `postgres_version` ("13.23", may
// be empty): those that `wanted` names and the engine has, else by pattern, pulled where missing. A
// PostgreSQL image of a higher major is taken when that of the wanted one cannot be had.
[[nodiscard]] Result<domain::EnvironmentImages> ChooseImages(
    const Context& ctx, docker::Engine& engine, const ImagePatterns& patterns,
    const domain::EnvironmentImages& wanted, const std::string& odoo_version,
    const std::string& postgres_version);

// What ChooseImages would take, without pulling anything: `missing` are those that it would pull.
struct FoundImages {
  domain::EnvironmentImages images;
  std::vector<std::string> missing;
};
[[nodiscard]] Result<FoundImages> FindImages(const Context& ctx, docker::Engine& engine,
                                             const ImagePatterns& patterns,
                                             const domain::EnvironmentImages& wanted,
                                             const std::string& odoo_version,
                                             const std::string& postgres_version);

// Whether an environment is reached from its server, or by nobody but its own containers.
enum class Reach { kServed, kFenced };

// Makes network, volumes and the three containers of `environment` (whose id, db_name and images
// are set): PostgreSQL runs and has Odoo's role (no superuser), PgBouncer runs in front of it, Odoo
// is created with a health check, a fixed port on 127.0.0.1 and a restart policy, but not started.
// A fenced one has a network without a way out, no port, and does not come back by itself.
// Returns the environment completed. What stood there under its names is removed first.
[[nodiscard]] Result<domain::Environment> CreateTrio(
    const Context& ctx, docker::Engine& engine, const std::string& installation,
    domain::Environment environment, const std::function<void(double, std::string)>& progress,
    Reach reach = Reach::kServed);

// Removes every container, volume and network that carries the environment's label. Ok when there
// is nothing.
[[nodiscard]] Status RemoveTrio(const Context& ctx, docker::Engine& engine,
                                const domain::EnvironmentId& id);

}  // namespace reprise::odoo
