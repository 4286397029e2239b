#include "catalog/migrations.hpp"

#include <fmt/format.h>

#include <array>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "catalog/migration_access.hpp"
#include "catalog/migration_archive_keys.hpp"
#include "catalog/migration_archive_parts.hpp"
#include "catalog/migration_audit.hpp"
#include "catalog/migration_drills.hpp"
#include "catalog/migration_import_source.hpp"
#include "catalog/migration_mounts.hpp"
#include "catalog/migration_quotas.hpp"
#include "catalog/migration_retention.hpp"
#include "catalog/migration_safe_copy.hpp"
#include "catalog/migration_schedules.hpp"
#include "catalog/migration_servers.hpp"
#include "catalog/migration_sign_in.hpp"
#include "catalog/migration_snapshots.hpp"
#include "catalog/migration_space.hpp"
#include "catalog/migration_uploads.hpp"
#include "catalog/migration_webhooks.hpp"

namespace reprise::catalog {
namespace {

constexpr std::string_view kTenancyAndEnvironments = R"sql(
CREATE TABLE organization (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE project (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (organization_id, name)
) STRICT;
CREATE TABLE server (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE environment (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  server_id TEXT NOT NULL REFERENCES server (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  origin TEXT NOT NULL,
  odoo_version TEXT NOT NULL,
  db_name TEXT NOT NULL,
  db_user TEXT NOT NULL,
  db_admin TEXT NOT NULL,
  data_dir TEXT NOT NULL,
  odoo_container TEXT NOT NULL,
  db_container TEXT NOT NULL,
  pgbouncer_container TEXT NOT NULL,
  images TEXT NOT NULL,
  volumes TEXT NOT NULL,
  network TEXT NOT NULL,
  url TEXT NOT NULL,
  error_message TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX environment_living_name
  ON environment (project_id, name) WHERE status <> 'deleted';
CREATE UNIQUE INDEX environment_living_odoo_container
  ON environment (server_id, odoo_container) WHERE status <> 'deleted' AND odoo_container <> '';
CREATE INDEX environment_newest ON environment (created_at, id);
)sql";

constexpr std::string_view kBackupsAndRestores = R"sql(
CREATE TABLE backup (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  environment_id TEXT REFERENCES environment (id),
  task_id TEXT NOT NULL,
  name TEXT NOT NULL,
  notes TEXT NOT NULL,
  status TEXT NOT NULL,
  type TEXT NOT NULL,
  include_filestore INTEGER NOT NULL,
  database_size INTEGER NOT NULL,
  filestore_size INTEGER NOT NULL,
  total_size INTEGER NOT NULL,
  compressed_size INTEGER NOT NULL,
  storage_key TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  is_verified INTEGER NOT NULL,
  verified_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER,
  expires_at INTEGER,
  error_message TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX backup_newest ON backup (created_at, id);
CREATE INDEX backup_of_environment ON backup (environment_id, created_at);
CREATE TABLE restore_point (
  id TEXT PRIMARY KEY,
  backup_id TEXT NOT NULL REFERENCES backup (id),
  project_id TEXT NOT NULL REFERENCES project (id),
  target_environment_id TEXT NOT NULL REFERENCES environment (id),
  task_id TEXT NOT NULL,
  target_server_id TEXT NOT NULL REFERENCES server (id),
  request TEXT NOT NULL,
  strategy TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT NOT NULL,
  pre_restore_backup_id TEXT REFERENCES backup (id),
  started_at INTEGER,
  completed_at INTEGER,
  downtime_seconds REAL,
  undo_expires_at INTEGER,
  previous_db_name TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  error_step TEXT NOT NULL,
  warnings TEXT NOT NULL,
  proof_json TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX restore_point_newest ON restore_point (created_at, id);
CREATE INDEX restore_point_of_environment ON restore_point (target_environment_id, created_at);
CREATE INDEX restore_point_of_backup ON restore_point (backup_id);
CREATE INDEX restore_point_undo ON restore_point (undo_expires_at) WHERE previous_db_name <> '';
)sql";

constexpr std::string_view kJournal = R"sql(
CREATE TABLE task (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  target TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  percent REAL NOT NULL,
  step TEXT NOT NULL,
  eta_seconds REAL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  error_hint TEXT NOT NULL,
  error_step TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  cancel_requested INTEGER NOT NULL,
  compensating INTEGER NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  lease_until INTEGER,
  run_at INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  completed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX task_active_target
  ON task (target) WHERE target <> '' AND status IN ('queued', 'running');
CREATE UNIQUE INDEX task_idempotency_key ON task (idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX task_active ON task (created_at, id) WHERE status IN ('queued', 'running');
CREATE INDEX task_newest ON task (created_at, id);
CREATE INDEX task_of_subject ON task (subject_id);
CREATE TABLE step (
  task_id TEXT NOT NULL REFERENCES task (id),
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  percent REAL NOT NULL,
  detail TEXT NOT NULL,
  error TEXT NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  PRIMARY KEY (task_id, name)
) STRICT;
CREATE TABLE task_fact (
  task_id TEXT NOT NULL REFERENCES task (id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (task_id, key)
) STRICT;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_of_task ON event (task_id, seq);
)sql";

// What all nodes of one installation must agree on.
constexpr std::string_view kSettings = R"sql(
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
)sql";

// Where an organization keeps its archives. What opens the storage is sealed.
constexpr std::string_view kStorageConfigs = R"sql(
CREATE TABLE storage_config (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL,
  provider TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  settings TEXT NOT NULL,
  sealed_secrets TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (organization_id, name)
) STRICT;
CREATE UNIQUE INDEX storage_config_default ON storage_config (organization_id) WHERE is_default = 1;
ALTER TABLE backup ADD COLUMN storage_config_id TEXT;
CREATE INDEX backup_of_storage ON backup (storage_config_id) WHERE storage_config_id IS NOT NULL;
)sql";

// The digest that vouches for an archive's parts, so that they can be checked while they are used.
constexpr std::string_view kBackupSeal =
    "ALTER TABLE backup ADD COLUMN manifest_sha256 TEXT NOT NULL DEFAULT '';";

// What was proven of backups, and who signs it.
constexpr std::string_view kProofs = R"sql(
CREATE TABLE backup_proof (
  backup_id TEXT PRIMARY KEY,
  document TEXT NOT NULL
) STRICT;
CREATE TABLE proof_key (
  public_key TEXT PRIMARY KEY,
  node TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
)sql";

// On which server a task works, for workers that stand there.
constexpr std::string_view kTaskServer =
    "ALTER TABLE task ADD COLUMN server_id TEXT NOT NULL DEFAULT '';";

// When an environment removes itself.
constexpr std::string_view kExpiry = "ALTER TABLE environment ADD COLUMN expires_at INTEGER;";

constexpr std::array kMigrations = {kTenancyAndEnvironments,
                                    kBackupsAndRestores,
                                    kJournal,
                                    kMigrationAccess,
                                    kSettings,
                                    kMigrationServers,
                                    kMigrationSchedules,
                                    kMigrationRetention,
                                    kMigrationDrills,
                                    kProofs,
                                    kBackupSeal,
                                    kMigrationAudit,
                                    kMigrationWebhooks,
                                    kStorageConfigs,
                                    kMigrationSignIn,
                                    kMigrationArchiveKeys,
                                    kTaskServer,
                                    kMigrationSafeCopy,
                                    kMigrationQuotas,
                                    kMigrationImportSource,
                                    kExpiry,
                                    kMigrationSpace,
                                    kMigrationUploads,
                                    kMigrationMounts,
                                    kMigrationSnapshots,
                                    kMigrationArchiveParts};

// An SQLite file: BEGIN IMMEDIATE shuts out other writers.
class SqliteSchema final : public SchemaTarget {
 public:
  explicit SqliteSchema(SqliteConnection& connection) : connection_(connection) {}
  [[nodiscard]] Dialect dialect() const override { return Dialect::kSqlite; }
  [[nodiscard]] Result<std::int64_t> Version() override {
    ASSIGN_OR_RETURN(
        const std::vector<Row> tables,
        connection_.Query("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'", {}));
    if (tables.empty()) return 0;
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     connection_.Query("SELECT COALESCE(MAX(version), 0) FROM schema_version", {}));
    return rows.front().Int(0);
  }
  [[nodiscard]] Status InTransaction(const std::function<Status(Transaction&)>& work) override {
    return RunTransaction(connection_, "BEGIN IMMEDIATE", work);
  }
  [[nodiscard]] Status Run(const std::string& script) override { return connection_.Run(script); }

 private:
  SqliteConnection& connection_;
};

// What every installation has from its first start.
Status InsertDefaults(Transaction& transaction, std::int64_t now) {
  const std::string organization_id = NewUuid();
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO organization VALUES ($1, 'default', $2)",
                                      {organization_id, now}));
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO project VALUES ($1, $2, 'default', $3)",
                                      {NewUuid(), organization_id, now}));
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO server VALUES ($1, 'local', 'local', $2)",
                                      {NewUuid(), now}));
  return {};
}

}  // namespace

std::span<const std::string_view> Migrations() { return kMigrations; }

std::unique_ptr<SchemaTarget> SqliteSchemaOf(SqliteConnection& connection) {
  return std::make_unique<SqliteSchema>(connection);
}

Result<std::int64_t> SchemaVersion(SqliteConnection& connection) {
  return SqliteSchema(connection).Version();
}

Status CheckSchemaKnown(SchemaTarget& target, std::span<const std::string_view> migrations) {
  ASSIGN_OR_RETURN(const std::int64_t found, target.Version());
  if (found <= static_cast<std::int64_t>(migrations.size())) return {};
  return Fail(ErrorCode::kIncompatible,
              fmt::format("the catalog has schema version {}, this program knows up to {}", found,
                          migrations.size()),
              "start the newer reprise that wrote it, or put back the copy from before its upgrade "
              "(docs/install.md); it was not changed");
}

Status CheckSchemaKnown(SqliteConnection& connection,
                        std::span<const std::string_view> migrations) {
  SqliteSchema schema(connection);
  return CheckSchemaKnown(schema, migrations);
}

Result<SchemaChange> Migrate(SchemaTarget& target, std::span<const std::string_view> migrations) {
  ASSIGN_OR_RETURN(const std::int64_t found, target.Version());
  for (auto done = static_cast<std::size_t>(found); done < migrations.size(); ++done) {
    const auto step = [&](Transaction& transaction) -> Status {
      // Read anew in each transaction: another process may be starting at the same time.
      ASSIGN_OR_RETURN(const std::int64_t current, target.Version());
      const auto version = static_cast<std::int64_t>(done) + 1;
      if (current >= version) return {};
      const std::int64_t now = ToMicros(SystemClock().Now());
      RETURN_IF_ERROR(target.Run(SchemaTextFor(target.dialect(), kVersionTable)));
      RETURN_IF_ERROR(target.Run(SchemaTextFor(target.dialect(), migrations[done])));
      if (version == 1) RETURN_IF_ERROR(InsertDefaults(transaction, now));
      RETURN_IF_ERROR(
          transaction.Execute("INSERT INTO schema_version VALUES ($1, $2)", {version, now}));
      return {};
    };
    RETURN_IF_ERROR(target.InTransaction(step));
  }
  ASSIGN_OR_RETURN(const std::int64_t now, target.Version());
  return SchemaChange{found, now};
}

Result<SchemaChange> Migrate(SqliteConnection& connection,
                             std::span<const std::string_view> migrations) {
  SqliteSchema schema(connection);
  return Migrate(schema, migrations);
}

}  // namespace reprise::catalog
