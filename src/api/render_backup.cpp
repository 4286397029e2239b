#include "api/render.hpp"
#include "storage/recipe.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

json::object RenderSnapshot(const domain::EnvironmentSnapshot& snapshot) {
  json::object modules;
  for (const auto& [name, version] : snapshot.modules) modules[name] = version;
  return {{"name", snapshot.name},
          {"environment_type", domain::NameOf(snapshot.type)},
          {"odoo_version", TextOrNull(snapshot.odoo_version)},
          {"db_name", TextOrNull(snapshot.db_name)},
          {"postgres_version", TextOrNull(snapshot.postgres_version)},
          {"extensions", json::array(snapshot.extensions.begin(), snapshot.extensions.end())},
          {"modules", std::move(modules)},
          {"images",
           {{"odoo", TextOrNull(snapshot.images.odoo)},
            {"db", TextOrNull(snapshot.images.db)},
            {"pgbouncer", TextOrNull(snapshot.images.pgbouncer)}}}};
}

}  // namespace

json::object RenderBackup(const domain::Backup& backup) {
  return {{"id", backup.id.value},
          {"environment_id", TextOrNull(backup.environment_id.value)},
          {"project_id", TextOrNull(backup.project_id.value)},
          {"task_id", TextOrNull(backup.task_id.value)},
          {"name", backup.name},
          {"notes", TextOrNull(backup.notes)},
          {"status", domain::NameOf(backup.status)},
          {"backup_type", domain::NameOf(backup.type)},
          {"include_filestore", backup.include_filestore},
          {"incremental", storage::IsRecipeKey(backup.storage_key)},
          {"database_size", backup.database_size},
          {"filestore_size", backup.filestore_size},
          {"total_size", backup.total_size},
          {"compressed_size", backup.compressed_size},
          {"started_at", TimeOrNull(backup.started_at)},
          {"completed_at", TimeOrNull(backup.completed_at)},
          {"duration_seconds", SecondsBetween(backup.started_at, backup.completed_at)},
          {"expires_at", TimeOrNull(backup.expires_at)},
          {"keep_forever", backup.keep_forever},
          {"is_verified", backup.is_verified},
          {"verified_at", TimeOrNull(backup.verified_at)},
          {"error_message", TextOrNull(backup.error_message)},
          {"created_at", FormatInstant(backup.created_at)},
          {"format", TextOrNull(backup.format)},
          {"sha256", TextOrNull(backup.sha256)},
          {"storage_config_id", TextOrNull(backup.storage_config_id.value)},
          {"storage_key", TextOrNull(backup.storage_key)},
          {"is_encrypted", domain::IsSealed(backup)},
          {"environment_snapshot", RenderSnapshot(backup.snapshot)}};
}

}  // namespace reprise::api
