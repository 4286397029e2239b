#include "restore/restore_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/if_found.hpp"
#include "domain/names.hpp"
#include "odoo/glimpse.hpp"
#include "odoo/registry.hpp"
#include "odoo/space.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {

Result<std::unique_ptr<RestoreSession>> RestoreSession::Open(const RestoreParts& parts,
                                                             const domain::Task& task) {
  std::unique_ptr<RestoreSession> session(new RestoreSession(parts));
  session->task_ = task;
  ASSIGN_OR_RETURN(session->restore_, parts.restores.Get(domain::RestoreId{task.subject_id}));
  ASSIGN_OR_RETURN(session->backup_, parts.backups.Get(session->restore_.backup_id));
  ASSIGN_OR_RETURN(session->engine_, parts.engines.Of(session->restore_.target_server_id));
  return session;
}

Result<domain::Environment> RestoreSession::Target() const {
  return parts_.environments.Get(restore_.target_environment_id);
}

Result<std::optional<domain::Environment>> RestoreSession::TargetIfMade() const {
  return IfFound(Target());
}

Result<OpenArchive> RestoreSession::OpenBackup(const Context& ctx) const {
  return OpenVerified(ctx, parts_.store, backup_);
}

void RestoreSession::RememberHashed(std::set<std::string> paths) {
  const std::scoped_lock lock(hashed_mutex_);
  hashed_ = std::move(paths);
}

bool RestoreSession::WasHashed(const std::string& path) const {
  const std::scoped_lock lock(hashed_mutex_);
  return hashed_.contains(path);
}

odoo::HelperOwner RestoreSession::Owner(const jobs::StepRun& run) const {
  return {parts_.settings.installation, task_.id, run.epoch()};
}

Result<odoo::Installation> RestoreSession::ReadTargetInstallation(const Context& ctx,
                                                                  const jobs::StepRun& run,
                                                                  std::string_view role) const {
  ASSIGN_OR_RETURN(const domain::Environment target, Target());
  ASSIGN_OR_RETURN(const odoo::Glimpse glimpse,
                   odoo::Glimpse::Into(ctx, engine(), target.containers.odoo,
                                       {Owner(run).Name(role), Owner(run).labels()}));
  return glimpse.ReadInstallation(ctx);
}

Result<postgres::SideDatabase> RestoreSession::LoadedSide(const Context& ctx,
                                                          const domain::Environment& target,
                                                          const jobs::StepRun& run) const {
  postgres::SideDatabase side;
  side.name = TextFact(run, fact::kSideDatabase);
  side.final_owner = target.db_user;
  const postgres::Cluster cluster(engine(), target.containers.db, target.db_admin);
  ASSIGN_OR_RETURN(const auto found, cluster.FindDatabase(ctx, side.name));
  if (!found) {
    return Fail(ErrorCode::kConflict, fmt::format("the side database \"{}\" is gone", side.name),
                "restore once more");
  }
  // Until the swap. Nobody else's role is let in or shut out.
  if (!found->owner.starts_with(domain::LoaderRolePrefix(restore_.id.value))) {
    return Fail(ErrorCode::kConflict,
                fmt::format(R"(the side database "{}" was given to the role "{}")", side.name,
                            found->owner),
                "restore once more");
  }
  side.loader_role = found->owner;
  return side;
}

std::string RestoreSession::FilestoreRoot(const domain::Environment& target) {
  return target.data_dir + "/filestore";
}

std::string RestoreSession::FilestoreOf(const domain::Environment& target,
                                        std::string_view db_name) {
  return fmt::format("{}/{}", FilestoreRoot(target), db_name);
}

std::string RestoreSession::TextFact(const jobs::StepRun& run, std::string_view key) {
  const auto saved = run.Saved(key);
  if (!saved || !saved->is_string()) return {};
  return std::string(saved->get_string());
}

catalog::SpaceOwner RestoreSession::SpaceOwner(const domain::Environment& target) const {
  return {task_.id, Hold(),
          fmt::format("the {} of \"{}\" into \"{}\"", domain::NameOf(task_.kind), backup_.name,
                      target.name)};
}

void RestoreSession::FreeSpaceAfter(std::string_view step, domain::StepState state) const {
  const auto free = [&](const char* part) {
    [[maybe_unused]] const Status freed = parts_.space.Free(task_.id, Hold(), part);
  };
  const bool is_done = state == domain::StepState::kDone;
  // By a step that follows as well: a process may have died before it freed what was used.
  const bool all_used = step == step::kProve && state == domain::StepState::kRunning;
  if (all_used || (is_done && step == step::kLoadDatabase)) {
    free(odoo::space_part::kEngine);
    // In place the previous one may have to come back until all is over; a snapshot is still to
    // come.
    if (!IsInPlace() && !request().keep_snapshot) free(odoo::space_part::kDatabase);
  }
  if (all_used || (is_done && step == step::kStageFilestore)) free(odoo::space_part::kFilestore);
  if (all_used || (is_done && step == step::kDeploy)) free(odoo::space_part::kImages);
  const bool all_stored = step == step::kSwap && state == domain::StepState::kRunning;
  if (all_stored && request().keep_snapshot) free(odoo::space_part::kDatabase);
  if (all_stored || (is_done && step == step::kSafetyBackup)) free(odoo::space_part::kSafetyBackup);
}

// The row of a task that has ended counts for nothing: what is not freed here, the janitor removes.
void RestoreSession::FreeAllSpace() const {
  [[maybe_unused]] const Status freed = parts_.space.Free(task_.id, Hold());
}

Status RestoreSession::Record(const std::function<void(domain::RestorePoint&)>& change) const {
  RETURN_IF_ERROR(parts_.restores.UpdateWith(
      restore_.id, catalog::WhileHeld(Hold(), [&](domain::RestorePoint& row) -> Status {
        change(row);
        return {};
      })));
  return {};
}

void RestoreSession::Warn(jobs::StepRun& run, const std::string& warning) const {
  run.Warn(warning);
  [[maybe_unused]] const Status recorded = Record([&](domain::RestorePoint& row) {
    if (std::find(row.warnings.begin(), row.warnings.end(), warning) == row.warnings.end()) {
      row.warnings.push_back(warning);
    }
  });
}

Status RestoreSession::SetTargetStatus(domain::EnvironmentStatus status,
                                       const std::string& error) const {
  RETURN_IF_ERROR(parts_.environments.UpdateWith(
      restore_.target_environment_id,
      catalog::WhileHeld(Hold(), [&](domain::Environment& row) -> Status {
        row.status = status;
        row.error_message = error;
        return {};
      })));
  return {};
}

Status RestoreSession::BeginAttempt(const Context& ctx) {
  const std::scoped_lock lock(begin_mutex_);
  if (begun_) return {};
  ASSIGN_OR_RETURN(const auto target, TargetIfMade());
  RETURN_IF_ERROR(
      RemoveHelpersOf(ctx, engine(), task_.id, target ? target->containers.db : std::string()));
  begun_ = true;
  return {};
}

}  // namespace reprise::restore
