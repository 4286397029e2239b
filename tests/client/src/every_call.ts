// Every operation, called with types that come from the description alone. An operation that is missing here, or is no longer
// described, does not compile.
import createClient, { type Client } from "openapi-fetch";
import type { components, operations, paths } from "./api.js";

export type Backup = components["schemas"]["Backup"];
export type Restore = components["schemas"]["Restore"];
export type Task = components["schemas"]["Task"];
export type Problem = components["schemas"]["Problem"];

export function connect(baseUrl: string, token: string): Client<paths> {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

type Call = (client: Client<paths>, id: string) => Promise<unknown>;

export const everyCall: Record<keyof operations, Call> = {
  startSimpleRestore: (client, id) =>
    client.POST("/api/v1/backups/restore", { body: { backup_id: id, target_environment_id: id } }),
  startRestore: (client, id) =>
    client.POST("/api/v1/backups/restore/v2", {
      params: { header: { "Idempotency-Key": "once" } },
      body: {
        backup_id: id,
        target: { mode: "new", new_environment: { name: "production-clone", environment_type: "staging", server_id: null } },
        create_pre_restore_backup: true,
        include_filestore: true,
        neutralize: "auto",
      },
    }),
  getRestore: (client, id) => client.GET("/api/v1/backups/restore/{id}", { params: { path: { id } } }),
  undoRestore: (client, id) => client.POST("/api/v1/backups/restore/{id}/undo", { params: { path: { id } } }),
  releaseRestore: (client, id) => client.POST("/api/v1/backups/restore/{id}/release", { params: { path: { id } } }),
  getRestoreProof: (client, id) => client.GET("/api/v1/backups/restore/{id}/proof", { params: { path: { id } } }),
  listRestores: (client, id) => client.GET("/api/v1/restores", { params: { query: { backup_id: id, page: 1 } } }),
  listBackups: (client) => client.GET("/api/v1/backups", { params: { query: { status: "completed", page_size: 100 } } }),
  listEnvironmentBackups: (client, id) =>
    client.GET("/api/v1/backups/environments/{environment_id}/backups", { params: { path: { environment_id: id } } }),
  createBackup: (client, id) =>
    client.POST("/api/v1/backups/environments/{environment_id}/backups", {
      params: { path: { environment_id: id } },
      body: { name: "by a generated client", backup_type: "manual" },
    }),
  importBackup: (client) =>
    client.POST("/api/v1/backups/import", {
      params: { query: { name: "archive" } },
      headers: { "Content-Type": "application/octet-stream" },
      body: "no archive",
      bodySerializer: (body) => body,
    }),
  importBackupFromStorage: (client, id) =>
    client.POST("/api/v1/backups/import/from-storage", { body: { storage_config_id: id, storage_key: "old/shop.zip" } }),
  importBackupFromUrl: (client) => client.POST("/api/v1/backups/import/from-url", { body: { url: "ftp://files.example.com/shop.zip" } }),
  listUploads: (client) => client.GET("/api/v1/backups/uploads", { params: { query: { page: 1 } } }),
  beginUpload: (client) =>
    client.POST("/api/v1/backups/uploads", {
      params: { header: { "Idempotency-Key": "an upload" } },
      body: { file_name: "archive.zip", total_bytes: 10 },
    }),
  getUpload: (client, id) => client.GET("/api/v1/backups/uploads/{id}", { params: { path: { id } } }),
  appendToUpload: (client, id) =>
    client.PATCH("/api/v1/backups/uploads/{id}", {
      params: { path: { id }, header: { "Upload-Offset": 0 } },
      headers: { "Content-Type": "application/octet-stream" },
      body: "no archive",
      bodySerializer: (body) => body,
    }),
  completeUpload: (client, id) => client.POST("/api/v1/backups/uploads/{id}/complete", { params: { path: { id } } }),
  abandonUpload: (client, id) => client.DELETE("/api/v1/backups/uploads/{id}", { params: { path: { id } } }),
  getBackup: (client, id) => client.GET("/api/v1/backups/{id}", { params: { path: { id } } }),
  deleteBackup: (client, id) => client.DELETE("/api/v1/backups/{id}", { params: { path: { id }, query: { confirm: "name" } } }),
  verifyBackup: (client, id) => client.POST("/api/v1/backups/{id}/verify", { params: { path: { id } } }),
  downloadBackup: (client, id) => client.GET("/api/v1/backups/{id}/download", { params: { path: { id } }, parseAs: "stream" }),
  listEnvironments: (client) => client.GET("/api/v1/environments", { params: { query: { with_deleted: true } } }),
  createEnvironment: (client) => client.POST("/api/v1/environments", { body: { name: "2 far ../away", odoo_version: "none" } }),
  adoptEnvironment: (client) =>
    client.POST("/api/v1/environments/adopt", {
      body: { name: "ghost", environment_type: "testing", odoo_container: "no_such_odoo", db_container: "no_such_db" },
    }),
  getEnvironment: (client, id) => client.GET("/api/v1/environments/{id}", { params: { path: { id } } }),
  setEnvironmentExpiry: (client, id) =>
    client.PUT("/api/v1/environments/{id}/expiry", { params: { path: { id } }, body: { expires_in_minutes: 240 } }),
  removeEnvironment: (client, id) =>
    client.DELETE("/api/v1/environments/{id}", { params: { path: { id }, query: { confirm: "name" } } }),
  listTasks: (client) => client.GET("/api/v1/tasks", { params: { query: { kind: "restore", status: "running" } } }),
  getTask: (client, id) => client.GET("/api/v1/tasks/{id}", { params: { path: { id } } }),
  cancelTask: (client, id) => client.POST("/api/v1/tasks/{id}/cancel", { params: { path: { id } } }),
  getTaskLog: (client, id) => client.GET("/api/v1/tasks/{id}/log", { params: { path: { id } }, parseAs: "text" }),
  streamTaskEvents: (client, id) =>
    client.GET("/api/v1/tasks/{id}/events", { params: { path: { id }, header: { "Last-Event-ID": "0" } }, parseAs: "stream" }),
  streamEvents: (client) =>
    client.GET("/api/v1/events", { params: { query: { after: 0 } }, parseAs: "stream", signal: AbortSignal.timeout(2000) }),
  listProjects: (client) => client.GET("/api/v1/projects"),
  createProject: (client, id) => client.POST("/api/v1/projects", { body: { organization_id: id, name: "new" } }),
  getProject: (client, id) => client.GET("/api/v1/projects/{id}", { params: { path: { id } } }),
  renameProject: (client, id) => client.PATCH("/api/v1/projects/{id}", { params: { path: { id } }, body: { name: "new" } }),
  deleteProject: (client, id) => client.DELETE("/api/v1/projects/{id}", { params: { path: { id } } }),

  signIn: (client) => client.POST("/api/v1/auth/login", { body: { email: "nobody@example.com", password: "a wrong one" } }),
  getSignInProvider: (client) => client.GET("/api/v1/auth/oidc"),
  startProviderSignIn: (client) => client.GET("/api/v1/auth/oidc/start"),
  finishProviderSignIn: (client) => client.GET("/api/v1/auth/oidc/callback", { params: { query: { state: "x", code: "y" } } }),
  signOut: (client) => client.POST("/api/v1/auth/logout"),
  getMe: (client) => client.GET("/api/v1/auth/me"),
  changePassword: (client) => client.POST("/api/v1/auth/password", { body: { password: "old", new_password: "a new one" } }),
  beginSecondFactor: (client) => client.POST("/api/v1/auth/totp", { body: { password: "old" } }),
  confirmSecondFactor: (client) => client.POST("/api/v1/auth/totp/confirm", { body: { code: "123456" } }),
  removeSecondFactor: (client) => client.DELETE("/api/v1/auth/totp", { body: { password: "old" } }),
  listSessions: (client) => client.GET("/api/v1/auth/sessions"),
  endOtherSessions: (client) => client.DELETE("/api/v1/auth/sessions"),
  endSession: (client, id) => client.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id } } }),
  listTokens: (client) => client.GET("/api/v1/tokens"),
  createToken: (client, id) =>
    client.POST("/api/v1/tokens", { body: { name: "script", scopes: ["project.backups.view"], project_id: id, expires_in_days: 1 } }),
  deleteToken: (client, id) => client.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } }),

  listUsers: (client) => client.GET("/api/v1/users"),
  createUser: (client, id) =>
    client.POST("/api/v1/users", { body: { email: "ada@example.com", organization_id: id, role: "developer" } }),
  getUser: (client, id) => client.GET("/api/v1/users/{id}", { params: { path: { id } } }),
  changeUser: (client, id) => client.PATCH("/api/v1/users/{id}", { params: { path: { id } }, body: { is_disabled: true } }),
  listOrganizations: (client) => client.GET("/api/v1/organizations"),
  createOrganization: (client) => client.POST("/api/v1/organizations", { body: { name: "of a generated client" } }),
  getOrganization: (client, id) => client.GET("/api/v1/organizations/{id}", { params: { path: { id } } }),
  renameOrganization: (client, id) =>
    client.PATCH("/api/v1/organizations/{id}", { params: { path: { id } }, body: { name: "new" } }),
  deleteOrganization: (client, id) => client.DELETE("/api/v1/organizations/{id}", { params: { path: { id } } }),
  listMembers: (client, id) => client.GET("/api/v1/organizations/{id}/members", { params: { path: { id } } }),
  addMember: (client, id) =>
    client.POST("/api/v1/organizations/{id}/members", { params: { path: { id } }, body: { email: "ada@example.com", role: "viewer" } }),
  changeMember: (client, id) =>
    client.PATCH("/api/v1/organizations/{id}/members/{user_id}", { params: { path: { id, user_id: id } }, body: { role: "admin" } }),
  removeMember: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/members/{user_id}", { params: { path: { id, user_id: id } } }),
  listTeams: (client, id) => client.GET("/api/v1/organizations/{id}/teams", { params: { path: { id } } }),
  createTeam: (client, id) =>
    client.POST("/api/v1/organizations/{id}/teams", { params: { path: { id } }, body: { name: "night shift" } }),
  getTeam: (client, id) => client.GET("/api/v1/organizations/{id}/teams/{team_id}", { params: { path: { id, team_id: id } } }),
  renameTeam: (client, id) =>
    client.PATCH("/api/v1/organizations/{id}/teams/{team_id}", { params: { path: { id, team_id: id } }, body: { name: "new" } }),
  deleteTeam: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/teams/{team_id}", { params: { path: { id, team_id: id } } }),
  listTeamMembers: (client, id) =>
    client.GET("/api/v1/organizations/{id}/teams/{team_id}/members", { params: { path: { id, team_id: id } } }),
  addTeamMember: (client, id) =>
    client.POST("/api/v1/organizations/{id}/teams/{team_id}/members", { params: { path: { id, team_id: id } }, body: { user_id: id } }),
  removeTeamMember: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/teams/{team_id}/members/{user_id}", {
      params: { path: { id, team_id: id, user_id: id } },
    }),
  listGrants: (client, id) =>
    client.GET("/api/v1/organizations/{id}/teams/{team_id}/grants", { params: { path: { id, team_id: id } } }),
  putGrant: (client, id) =>
    client.POST("/api/v1/organizations/{id}/teams/{team_id}/grants", {
      params: { path: { id, team_id: id } },
      body: { project_id: id, role: "viewer" },
    }),
  removeGrant: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/teams/{team_id}/grants/{project_id}", {
      params: { path: { id, team_id: id, project_id: id } },
    }),
  listRoles: (client, id) => client.GET("/api/v1/organizations/{id}/roles", { params: { path: { id } } }),
  createRole: (client, id) =>
    client.POST("/api/v1/organizations/{id}/roles", {
      params: { path: { id } },
      body: { name: "restorer", permissions: ["project.view", "project.backups.restore"] },
    }),
  getRole: (client, id) => client.GET("/api/v1/organizations/{id}/roles/{role_id}", { params: { path: { id, role_id: id } } }),
  changeRole: (client, id) =>
    client.PATCH("/api/v1/organizations/{id}/roles/{role_id}", { params: { path: { id, role_id: id } }, body: { name: "new" } }),
  deleteRole: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/roles/{role_id}", { params: { path: { id, role_id: id } } }),
  listOverrides: (client, id) => client.GET("/api/v1/organizations/{id}/overrides", { params: { path: { id } } }),
  putOverride: (client, id) =>
    client.POST("/api/v1/organizations/{id}/overrides", {
      params: { path: { id } },
      body: { user_id: id, permission: "project.backups.download", effect: "deny" },
    }),
  deleteOverride: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/overrides/{override_id}", { params: { path: { id, override_id: id } } }),
  listPermissions: (client) => client.GET("/api/v1/permissions"),
  planRestore: (client, id) =>
    client.POST("/api/v1/backups/restore/plan", { body: { backup_id: id, target: { mode: "original" } } }),
  listProofKeys: (client) => client.GET("/api/v1/proof/keys"),
  listStorageConfigs: (client) => client.GET("/api/v1/backups/storage-configs", { params: { query: { page: 1 } } }),
  createStorageConfig: (client, id) =>
    client.POST("/api/v1/backups/storage-configs", { body: { organization_id: id, name: "far", provider: "s3" } }),
  getStorageConfig: (client, id) => client.GET("/api/v1/backups/storage-configs/{id}", { params: { path: { id } } }),
  changeStorageConfig: (client, id) => client.PATCH("/api/v1/backups/storage-configs/{id}", { params: { path: { id } }, body: { name: "new" } }),
  deleteStorageConfig: (client, id) => client.DELETE("/api/v1/backups/storage-configs/{id}", { params: { path: { id } } }),
  testStorageConfig: (client, id) => client.POST("/api/v1/backups/storage-configs/{id}/test", { params: { path: { id } } }),
  keepBackup: (client, id) => client.PATCH("/api/v1/backups/{id}", { params: { path: { id } }, body: { keep_forever: true } }),
  getBackupProof: (client, id) => client.GET("/api/v1/backups/{id}/proof", { params: { path: { id } } }),
  getBackupDownloadLink: (client, id) => client.GET("/api/v1/backups/{id}/download-link", { params: { path: { id } } }),
  listSchedules: (client) => client.GET("/api/v1/schedules", { params: { query: { page_size: 10 } } }),
  createSchedule: (client, id) =>
    client.POST("/api/v1/schedules", { body: { environment_id: id, cron: "30 2 * * *", time_zone: "Europe/Madrid" } }),
  getSchedule: (client, id) => client.GET("/api/v1/schedules/{id}", { params: { path: { id } } }),
  changeSchedule: (client, id) => client.PATCH("/api/v1/schedules/{id}", { params: { path: { id } }, body: { is_enabled: false } }),
  deleteSchedule: (client, id) => client.DELETE("/api/v1/schedules/{id}", { params: { path: { id } } }),
  runSchedule: (client, id) => client.POST("/api/v1/schedules/{id}/run", { params: { path: { id } } }),
  listScheduleRuns: (client, id) => client.GET("/api/v1/schedules/{id}/runs", { params: { path: { id } } }),
  explainCron: (client) => client.GET("/api/v1/cron", { params: { query: { cron: "30 2 * * *" } } }),
  getEnvironmentRetention: (client, id) => client.GET("/api/v1/environments/{id}/retention", { params: { path: { id } } }),
  putEnvironmentRetention: (client, id) => client.PUT("/api/v1/environments/{id}/retention", { params: { path: { id } }, body: { daily: 14 } }),
  deleteEnvironmentRetention: (client, id) => client.DELETE("/api/v1/environments/{id}/retention", { params: { path: { id } } }),
  getProjectRetention: (client, id) => client.GET("/api/v1/projects/{id}/retention", { params: { path: { id } } }),
  putProjectRetention: (client, id) => client.PUT("/api/v1/projects/{id}/retention", { params: { path: { id } }, body: { daily: 14 } }),
  deleteProjectRetention: (client, id) => client.DELETE("/api/v1/projects/{id}/retention", { params: { path: { id } } }),
  previewRetention: (client, id) => client.GET("/api/v1/environments/{id}/retention/preview", { params: { path: { id } } }),
  applyRetention: (client, id) => client.POST("/api/v1/environments/{id}/retention/apply", { params: { path: { id } } }),
  listDrills: (client) => client.GET("/api/v1/drills"),
  getQuota: (client, id) => client.GET("/api/v1/organizations/{id}/quota", { params: { path: { id } } }),
  putQuota: (client, id) => client.PUT("/api/v1/organizations/{id}/quota", { params: { path: { id } }, body: { stored_bytes: null, environments: 1000, active_tasks: null } }),
  getSafeCopy: (client, id) => client.GET("/api/v1/projects/{id}/safe-copy", { params: { path: { id } } }),
  putSafeCopy: (client, id) => client.PUT("/api/v1/projects/{id}/safe-copy", { params: { path: { id } }, body: { mask: ["partners"], extra_sql_seconds: 60, extra_sql: "" } }),
  deleteSafeCopy: (client, id) => client.DELETE("/api/v1/projects/{id}/safe-copy", { params: { path: { id } } }),
  listArchiveKeys: (client, id) => client.GET("/api/v1/organizations/{id}/archive-keys", { params: { path: { id } } }),
  rotateArchiveKey: (client, id) => client.POST("/api/v1/organizations/{id}/archive-keys", { params: { path: { id } } }),
  makeRecoverySheet: (client, id) => client.POST("/api/v1/organizations/{id}/recovery-sheet", { params: { path: { id } } }),
  createDrill: (client, id) => client.POST("/api/v1/drills", { body: { backup_id: id } }),
  getDrill: (client, id) => client.GET("/api/v1/drills/{id}", { params: { path: { id } } }),
  getDrillReport: (client, id) => client.GET("/api/v1/drills/{id}/report", { params: { path: { id } } }),
  getDrillPdf: (client, id) => client.GET("/api/v1/drills/{id}/report.pdf", { params: { path: { id } }, parseAs: "blob" }),
  getDrillPage: (client, id) => client.GET("/api/v1/drills/{id}/report.html", { params: { path: { id } }, parseAs: "text" }),
  takeSnapshot: (client, id) => client.POST("/api/v1/environments/{id}/snapshots", { params: { path: { id } }, body: { name: "before the import" } }),
  getSnapshotSettings: (client, id) => client.GET("/api/v1/environments/{id}/snapshot-settings", { params: { path: { id } } }),
  putSnapshotSettings: (client, id) => client.PUT("/api/v1/environments/{id}/snapshot-settings", { params: { path: { id } }, body: { keep: 3, after_restore: false } }),
  listSnapshots: (client) => client.GET("/api/v1/snapshots"),
  getSnapshot: (client, id) => client.GET("/api/v1/snapshots/{id}", { params: { path: { id } } }),
  removeSnapshot: (client, id) => client.DELETE("/api/v1/snapshots/{id}", { params: { path: { id } } }),
  rollBackToSnapshot: (client, id) =>
    client.POST("/api/v1/snapshots/{id}/rollback", { params: { path: { id } }, body: { keep_snapshot: false, keep_previous_hours: 24, confirm: "" } }),
  mountBackup: (client, id) => client.POST("/api/v1/backups/{id}/mount", { params: { path: { id } }, body: { hours: 4 } }),
  listMounts: (client) => client.GET("/api/v1/mounts"),
  getMount: (client, id) => client.GET("/api/v1/mounts/{id}", { params: { path: { id } } }),
  unmountBackup: (client, id) => client.DELETE("/api/v1/mounts/{id}", { params: { path: { id } } }),
  listMountTables: (client, id) => client.GET("/api/v1/mounts/{id}/tables", { params: { path: { id } } }),
  listMountRows: (client, id) => client.GET("/api/v1/mounts/{id}/tables/{table}/rows", { params: { path: { id, table: "res_partner" } } }),
  downloadMountTable: (client, id) => client.GET("/api/v1/mounts/{id}/tables/{table}/csv", { params: { path: { id, table: "res_partner" } }, parseAs: "text" }),
  listMountAttachments: (client, id) => client.GET("/api/v1/mounts/{id}/attachments", { params: { path: { id } } }),
  downloadMountAttachment: (client, id) =>
    client.GET("/api/v1/mounts/{id}/attachments/{attachment_id}/content", { params: { path: { id, attachment_id: 7 } }, parseAs: "blob" }),
  bringBackAttachments: (client, id) => client.POST("/api/v1/mounts/{id}/attachments/bring-back", { params: { path: { id } }, body: { attachment_ids: [7] } }),
  listProtection: (client) => client.GET("/api/v1/protection"),

  listServers: (client) => client.GET("/api/v1/servers"),
  showServerHostKey: (client) => client.POST("/api/v1/servers/host-key", { body: { address: "127.0.0.1", port: 1 } }),
  enrolServer: (client) =>
    client.POST("/api/v1/servers", {
      body: { name: "far", address: "127.0.0.1", port: 1, private_key: "none", host_key_fingerprint: "SHA256:none" },
    }),
  getServer: (client, id) => client.GET("/api/v1/servers/{id}", { params: { path: { id } } }),
  testServer: (client, id) => client.POST("/api/v1/servers/{id}/test", { params: { path: { id } } }),
  removeServer: (client, id) => client.DELETE("/api/v1/servers/{id}", { params: { path: { id } } }),
  listRestoreTargets: (client, id) => client.GET("/api/v1/backups/{id}/targets", { params: { path: { id } } }),
  listWebhooks: (client, id) => client.GET("/api/v1/organizations/{id}/webhooks", { params: { path: { id } } }),
  createWebhook: (client, id) =>
    client.POST("/api/v1/organizations/{id}/webhooks", { params: { path: { id } }, body: { name: "ops", url: "https://x.test/" } }),
  getWebhook: (client, id) =>
    client.GET("/api/v1/organizations/{id}/webhooks/{webhook_id}", { params: { path: { id, webhook_id: id } } }),
  changeWebhook: (client, id) =>
    client.PATCH("/api/v1/organizations/{id}/webhooks/{webhook_id}", {
      params: { path: { id, webhook_id: id } },
      body: { is_enabled: true },
    }),
  deleteWebhook: (client, id) =>
    client.DELETE("/api/v1/organizations/{id}/webhooks/{webhook_id}", { params: { path: { id, webhook_id: id } } }),
  testWebhook: (client, id) =>
    client.POST("/api/v1/organizations/{id}/webhooks/{webhook_id}/test", { params: { path: { id, webhook_id: id } } }),
  listDeliveries: (client, id) =>
    client.GET("/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries", { params: { path: { id, webhook_id: id } } }),
  redeliver: (client, id) =>
    client.POST("/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", {
      params: { path: { id, webhook_id: id, delivery_id: id } },
    }),
  listAudit: (client) => client.GET("/api/v1/audit", { params: { query: { action: "startRestore", page_size: 5 } } }),
  exportAudit: (client) =>
    client.GET("/api/v1/audit/export", { params: { query: { after: 0, limit: 10 } }, parseAs: "text" }),
  getMetrics: (client) => client.GET("/metrics", { parseAs: "text" }),
  getHealth: (client) => client.GET("/healthz"),
  getReadiness: (client) => client.GET("/readyz"),
  getOpenApi: (client) => client.GET("/openapi.json"),
  getDocs: (client) => client.GET("/docs", { parseAs: "text" }),
};
