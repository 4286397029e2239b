#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/context.hpp"
#include "base/error.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "domain/environment.hpp"
#include "domain/task.hpp"
#include "jobs/journal.hpp"
#include "odoo/trio.hpp"

namespace reprise::odoo {

struct AdoptOrder {
  domain::ProjectId project_id;  // empty: the default project
  std::string name;
  domain::EnvironmentType type = domain::EnvironmentType::kDevelopment;
  std::string odoo_container;
  std::string db_container;
  std::string pgbouncer_container;  // empty: none
  std::string db_name;              // empty: read from the containers
  domain::ServerId server_id;       // empty: the local one
};

struct DeployOrder {
  domain::ProjectId project_id;
  domain::ServerId server_id;
  std::string name;
  domain::EnvironmentType type = domain::EnvironmentType::kDevelopment;
  std::string odoo_version;      // "14.0" or "14"
  std::string postgres_version;  // major, "13"; empty: the newest that this Odoo supports
};

// Environments as callers handle them. Thread-safe.
class EnvironmentService {
 public:
  struct Parts {
    catalog::EnvironmentStore& environments;
    catalog::TenancyStore& tenancy;
    jobs::Journal& journal;
    docker::Engines& engines;
    ImagePatterns images;
    const Clock& clock;
    catalog::SpaceStore* space = nullptr;  // where room is reserved, if it is
  };
  explicit EnvironmentService(Parts parts) : parts_(std::move(parts)) {}

  // Looks into the containers (versions, database name and role, data_dir, port) and registers
  // them. kContainerMissing, kConflict, kInvalidArgument or kNameTaken say what does not fit.
  [[nodiscard]] Result<domain::Environment> Adopt(const Context& ctx, const AdoptOrder& order);
  // Pulls the images that are missing, registers a new environment (status deploying) and queues
  // its deployment with an empty database. kNoSpace when that and those do not fit on the server.
  struct Deployment {
    domain::Environment environment;
    domain::Task task;
  };
  [[nodiscard]] Result<Deployment> Deploy(const Context& ctx, const DeployOrder& order);
  // Queues the removal: containers, volumes and network of a deployed one; an adopted one is only
  // forgotten. `confirm` must be its name (kConfirmationMissing).
  [[nodiscard]] Result<domain::Task> Remove(const domain::EnvironmentId& id,
                                            const std::string& confirm);
  // From now on it removes itself after so long; nullopt: it stays. kConflict for one that is
  // removed, kInvalidArgument for one that was adopted or is a production, kTargetBusy while a task
  // has it (its removal, say).
  [[nodiscard]] Result<domain::Environment> SetLifetime(
      const domain::EnvironmentId& id, std::optional<std::chrono::minutes> lifetime);
  // Queues the removal of one whose time is over, in its own name; false when another node was
  // first, a backup is mounted in it, or it may stay after all. Whatever comes of it is tried again
  // only after an hour. kTargetBusy while another task has it.
  [[nodiscard]] Result<bool> RemoveExpired(const domain::EnvironmentId& id);
  // Ends in the transaction that cancels it what `task`, which never ran, was for: no workflow
  // will.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  // Of a deployment that is asked for. What room they and it take is kept for its task.
  [[nodiscard]] Result<domain::EnvironmentImages> PullImages(const Context& ctx,
                                                             const DeployOrder& order,
                                                             const domain::Environment& environment,
                                                             const domain::TaskId& task) const;

  Parts parts_;
};

}  // namespace reprise::odoo
