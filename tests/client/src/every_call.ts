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
  listServers: (client) => client.GET("/api/v1/servers"),
  getHealth: (client) => client.GET("/healthz"),
  getReadiness: (client) => client.GET("/readyz"),
  getOpenApi: (client) => client.GET("/openapi.json"),
  getDocs: (client) => client.GET("/docs", { parseAs: "text" }),
};
