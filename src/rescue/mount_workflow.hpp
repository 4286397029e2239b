#pragma once

#include <memory>

#include "catalog/mount_store.hpp"
#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

namespace reprise::rescue {

// What mounts are made with.
struct MountParts {
  catalog::MountStore& mounts;
  const catalog::BackupStore& backups;
  const catalog::EnvironmentStore& environments;
  storage::ObjectStore& store;
  docker::Engines& engines;
  const Clock& clock;
  restore::RestoreSettings settings;
  catalog::SpaceStore& space;
};

// "validate" and "load_database", as a restore has them: the dump becomes a side database, which
// nobody may connect to but the role that loaded it. The live database is not touched.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeMountWorkflow(const MountParts& parts,
                                                                        const domain::Task& task);
// "unmount": drops the database and its role.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeUnmountWorkflow(const MountParts& parts,
                                                                          const domain::Task& task);

// Drops the databases and roles of a mount, also of attempts that nobody remembers. Nothing to do
// once its PostgreSQL went with the environment; kContainerMissing when that one was not removed.
[[nodiscard]] Status RemoveWhatStands(const Context& ctx, const MountParts& parts,
                                      const domain::Mount& mount);

}  // namespace reprise::rescue
