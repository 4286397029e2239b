#pragma once

#include <string>
#include <vector>

#include "jobs/journal.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

// How long after its end a task is looked after, since a process may wake up so late.
inline constexpr std::chrono::hours kLately{7 * 24};

// A process that lost the task may have come late, or a step could not be taken back while an
// engine or a database was away: one that was is no longer told as failed.
[[nodiscard]] bool MayHaveLeft(const domain::Task& task);

// What a process may still do that was paused past its lease: the journal takes nothing from it,
// but the one call to an engine that it was about to make, it makes when it wakes up, even if
// another process has ended the task meanwhile. Such a call can stop an Odoo that serves, or make a
// side database that nobody will use. This finds both after the end, and puts them right. It also
// removes what a step could not take back while an engine or a database was away. Only where a task
// was taken over by another process, or ended with a step that was not taken back.
class LateProcess {
 public:
  struct Parts {
    catalog::RestoreStore& restores;
    catalog::EnvironmentStore& environments;
    jobs::Journal& journal;
    docker::Engines& engines;
    const Clock& clock;
    std::string installation;
  };
  explicit LateProcess(Parts parts) : parts_(std::move(parts)) {}

  // Looks after the restores, and the tasks on snapshots, that have ended lately. Trouble with one
  // target is logged and does not keep it from the others.
  [[nodiscard]] Status PutRight(const Context& ctx) const;

 private:
  using Tasks = std::vector<domain::Task>;

  Status PutRight(const Context& ctx, const domain::RestorePoint& restore) const;
  // The same of a task that takes a snapshot or rolls back to one.
  Status PutSnapshotsRight(const Context& ctx, domain::TaskKind kind) const;
  Status PutRight(const Context& ctx, const domain::Task& task) const;
  // Its restart policy, as it was saved before Odoo was stopped, is "no" since: nobody but a late
  // process leaves it so.
  Status StartLeftStopped(const Context& ctx, docker::Engine& engine, const domain::Task& task,
                          const domain::Environment& target) const;
  // The restore's own task and the later ones about it (undo, release).
  [[nodiscard]] Result<Tasks> TasksOf(const domain::RestorePoint& restore) const;
  [[nodiscard]] Result<bool> IsHeld(const domain::EnvironmentId& environment) const;
  // Once for a restore: who stops Odoo again means it.
  Status StartStopped(const Context& ctx, docker::Engine& engine,
                      const domain::RestorePoint& restore, const Tasks& tasks,
                      const domain::Environment& target) const;
  Status RemoveSides(const Context& ctx, docker::Engine& engine,
                     const domain::RestorePoint& restore, const Tasks& tasks,
                     const domain::Environment& target) const;
  // Those beside the live filestore whose names begin so.
  Status RemoveDirectories(const Context& ctx, docker::Engine& engine, const domain::TaskId& owner,
                           const domain::Environment& target, const std::string& prefix) const;

  Parts parts_;
};

}  // namespace reprise::restore
