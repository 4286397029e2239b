#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/backup_reader.hpp"
#include "backup/backup_maker.hpp"
#include "catalog/snapshot_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"
#include "jobs/workflow.hpp"
#include "odoo/health.hpp"
#include "odoo/installation.hpp"
#include "odoo/labels.hpp"
#include "odoo/toolbox.hpp"
#include "odoo/trio.hpp"
#include "postgres/cluster.hpp"
#include "postgres/side_database.hpp"
#include "postgres/swap.hpp"
#include "proof/signing_key.hpp"
#include "restore/before_steps.hpp"
#include "storage/object_store.hpp"

namespace reprise::restore {

struct RestoreSettings {
  int load_jobs = 0;  // 0: by the target server's cores
  std::chrono::seconds load_time_limit{3600};
  odoo::HealthOptions health;                 // attempts and interval
  std::string installation;                   // of this Reprise, for labels
  const proof::SigningKey* signer = nullptr;  // of proofs
};

// What restores are made with: the rest of the house.
struct RestoreParts {
  catalog::RestoreStore& restores;
  catalog::BackupStore& backups;
  catalog::EnvironmentStore& environments;
  storage::ObjectStore& store;
  docker::Engines& engines;
  backup::BackupMaker& maker;
  const Clock& clock;
  odoo::ImagePatterns images;
  RestoreSettings settings;
  catalog::SpaceStore& space;
  catalog::SnapshotStore& snapshots;
  backup::AskStorageRoom storage_room = {};  // of folders for archives
};

// Durable facts of a restore's task (StepRun::Save), by which it goes on after a crash.
namespace fact {
inline constexpr std::string_view kSideDatabase = "side_database";
// Foreign keys (oids) that are not to be validated; not saved where all was validated at once.
inline constexpr std::string_view kKeysLeft = "keys_left_not_valid";
inline constexpr std::string_view kHandedOver =
    "handed_over";  // the side database, or it was begun
inline constexpr std::string_view kSideFilestore = "side_filestore";  // the directory's name
inline constexpr std::string_view kOldDatabase = "old_database";
inline constexpr std::string_view kSafetyBackup = "safety_backup";
inline constexpr std::string_view kStoppedAt = "stopped_at";    // microseconds since 1970
inline constexpr std::string_view kAnsweredAt = "answered_at";  // the same
inline constexpr std::string_view kLiveDropped = "live_dropped";
inline constexpr std::string_view kInstallation = "odoo_program";
inline constexpr std::string_view kSwapBegun = "swap_begun";
inline constexpr std::string_view kSwapTakenBack = "swap_taken_back";  // in place
inline constexpr std::string_view kRestartPolicy = "restart_policy";  // Odoo's, before it went down
}  // namespace fact

// One restore as its steps see it: its rows, its target, the backup being read, and the names of
// what stands beside the live environment. Rows are read when it is made and whenever asked; facts
// live in the journal. Used by steps side by side: thread-safe.
class RestoreSession {
 public:
  static Result<std::unique_ptr<RestoreSession>> Open(const RestoreParts& parts,
                                                      const domain::Task& task);

  [[nodiscard]] const RestoreParts& parts() const { return parts_; }
  // Of the target's server.
  [[nodiscard]] docker::Engine& engine() const { return *engine_; }
  [[nodiscard]] const domain::RestorePoint& restore() const { return restore_; }
  [[nodiscard]] const domain::RestoreRequest& request() const { return restore_.request; }
  [[nodiscard]] const domain::Backup& backup() const { return backup_; }
  // The target as the catalog has it now: a new one gets its containers on the way.
  [[nodiscard]] Result<domain::Environment> Target() const;
  // For taking back: nothing when the environment was never made. That it cannot be read now is a
  // failure, since what a step left in it would stay.
  [[nodiscard]] Result<std::optional<domain::Environment>> TargetIfMade() const;
  [[nodiscard]] bool IsNewEnvironment() const { return MakesEnvironment(request().mode); }
  [[nodiscard]] bool IsInPlace() const {
    return restore_.strategy == domain::RestoreStrategy::kInPlace;
  }

  // A reader of the archive, made anew for each caller: steps run side by side. Its manifest is the
  // one that was recorded when the backup was verified, so whatever is read through it is checked.
  [[nodiscard]] Result<OpenArchive> OpenBackup(const Context& ctx) const;

  // Files of the staged filestore whose content was hashed where it stands in this attempt, by this
  // process: links to what was hashed, and what was read back. After a restart nothing is
  // remembered.
  void RememberHashed(std::set<std::string> paths);
  [[nodiscard]] bool WasHashed(const std::string& path) const;

  [[nodiscard]] odoo::HelperOwner Owner(const jobs::StepRun& run) const;
  // What to set the target's Odoo up with; looks into the container once it runs, else into a
  // throwaway one of its image.
  [[nodiscard]] Result<odoo::Installation> ReadTargetInstallation(const Context& ctx,
                                                                  const jobs::StepRun& run,
                                                                  std::string_view role) const;

  // The side database once it is loaded, with the roles that are to have it. kConflict when it is
  // gone.
  [[nodiscard]] Result<postgres::SideDatabase> LoadedSide(const Context& ctx,
                                                          const domain::Environment& target,
                                                          const jobs::StepRun& run) const;

  [[nodiscard]] static std::string FilestoreRoot(const domain::Environment& target);
  [[nodiscard]] static std::string FilestoreOf(const domain::Environment& target,
                                               std::string_view db_name);
  // A text fact; empty when not saved.
  [[nodiscard]] static std::string TextFact(const jobs::StepRun& run, std::string_view key);

  // This worker's claim on the restore's task.
  [[nodiscard]] std::optional<catalog::TaskHold> Hold() const { return catalog::HoldOf(task_); }
  // For whom room on the target's server is reserved.
  [[nodiscard]] catalog::SpaceOwner SpaceOwner(const domain::Environment& target) const;
  // Frees of what is reserved what is on the disk now, as a step has come to a state. What cannot
  // be freed counts until the task has ended.
  void FreeSpaceAfter(std::string_view step, domain::StepState state) const;
  void FreeAllSpace() const;

  // Changes the restore's row. kLeaseLost, and nothing changed, once another worker has the task:
  // what this one knows is then no longer so. The same holds for SetTargetStatus.
  [[nodiscard]] Status Record(const std::function<void(domain::RestorePoint&)>& change) const;
  // Adds a warning to the row (once) and to the task's events.
  void Warn(jobs::StepRun& run, const std::string& warning) const;
  [[nodiscard]] Status SetTargetStatus(domain::EnvironmentStatus status,
                                       const std::string& error) const;

  // A helper that is kept: for the next step that needs one; or, when it has done its work while
  // Odoo is away, until Odoo has been started, as to remove it takes as long as much of the
  // exchange does. At most until the end of this object. One at a time.
  void SetAside(odoo::Toolbox helper) { set_aside_.emplace(std::move(helper)); }
  [[nodiscard]] std::optional<odoo::Toolbox> TakeSetAside() {
    return std::exchange(set_aside_, std::nullopt);
  }
  void RemoveSetAside() { set_aside_.reset(); }

  // Once per attempt: removes helpers of earlier attempts at this task, since a program that a dead
  // process started must not go on writing.
  [[nodiscard]] Status BeginAttempt(const Context& ctx);

 private:
  explicit RestoreSession(RestoreParts parts) : parts_(std::move(parts)) {}

  RestoreParts parts_;
  domain::Task task_;
  domain::RestorePoint restore_;
  domain::Backup backup_;
  std::shared_ptr<docker::Engine> engine_;
  mutable std::mutex hashed_mutex_;
  std::set<std::string> hashed_;
  std::mutex begin_mutex_;
  bool begun_ = false;
  std::optional<odoo::Toolbox> set_aside_;  // after the engine, which removes it
};

}  // namespace reprise::restore
