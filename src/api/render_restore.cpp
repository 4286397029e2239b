#include "api/render.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

json::value ProofOf(const domain::RestorePoint& restore) {
  if (restore.proof_json.empty()) return nullptr;
  Result<json::value> proof = ParseJson(restore.proof_json);
  return proof ? *std::move(proof) : json::value(nullptr);
}

json::value OutcomeOf(const domain::RestorePoint& restore) {
  if (restore.outcome == domain::RestoreOutcome::kNone) return nullptr;
  return json::value(domain::NameOf(restore.outcome));
}

}  // namespace

json::object RenderRestoreV1(const domain::RestorePoint& restore) {
  return {{"id", restore.id.value},
          {"backup_id", restore.backup_id.value},
          {"target_environment_id", TextOrNull(restore.target_environment_id.value)},
          {"status", domain::NameOf(restore.status)},
          {"pre_restore_backup_id", TextOrNull(restore.pre_restore_backup_id.value)},
          {"started_at", TimeOrNull(restore.started_at)},
          {"completed_at", TimeOrNull(restore.completed_at)},
          {"error_message", TextOrNull(restore.error_message)}};
}

json::object RenderTicket(const restore::RestoreTicket& ticket) {
  return {{"restore_point_id", ticket.restore.id.value},
          {"task_id", ticket.task.id.value},
          {"target_environment_id", ticket.target.id.value},
          {"target_environment_name", ticket.target.name},
          {"is_new_environment", ticket.is_new_environment},
          {"status", "queued"},
          {"message", "Restore operation queued successfully"}};
}

json::object RenderRestore(const domain::RestorePoint& restore,
                           const std::optional<domain::Task>& task) {
  json::object object{
      {"id", restore.id.value},
      {"backup_id", restore.backup_id.value},
      {"target_environment_id", TextOrNull(restore.target_environment_id.value)},
      {"task_id", TextOrNull(restore.task_id.value)},
      {"status", domain::NameOf(restore.status)},
      {"is_new_environment", domain::MakesEnvironment(restore.request.mode)},
      {"is_cross_server", restore.request.mode == domain::RestoreMode::kCrossServer},
      {"target_vm_id", TextOrNull(restore.target_server_id.value)},
      {"pre_restore_backup_id", TextOrNull(restore.pre_restore_backup_id.value)},
      {"started_at", TimeOrNull(restore.started_at)},
      {"completed_at", TimeOrNull(restore.completed_at)},
      {"duration_seconds", SecondsBetween(restore.started_at, restore.completed_at)},
      {"error_message", TextOrNull(restore.error_message)},
      {"error_step", TextOrNull(restore.error_step)}};
  const json::object ours{
      {"error_code", TextOrNull(restore.error_code)},
      {"project_id", TextOrNull(restore.project_id.value)},
      {"mode", domain::NameOf(restore.request.mode)},
      {"strategy", domain::NameOf(restore.strategy)},
      {"outcome", OutcomeOf(restore)},
      {"percent", task ? json::value(task->percent) : json::value(nullptr)},
      {"downtime_seconds",
       restore.downtime_seconds ? json::value(*restore.downtime_seconds) : json::value(nullptr)},
      {"undo_expires_at", TimeOrNull(restore.undo_expires_at)},
      {"warnings", json::array(restore.warnings.begin(), restore.warnings.end())},
      {"steps", task ? RenderSteps(*task) : json::array()},
      {"proof", ProofOf(restore)},
      {"created_at", FormatInstant(restore.created_at)}};
  for (const auto& [key, value] : ours) object[key] = value;
  return object;
}

}  // namespace reprise::api
