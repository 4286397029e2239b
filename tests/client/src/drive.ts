// Drives an installation as a program would that knows nothing but the description.
//
// usage: drive.js calls            every operation once, on things that do not exist: no failure of the server
//        drive.js restore ENV_ID   a backup of an environment, restored into it, and undone; prints the restore
import { connect, everyCall, type Backup, type Problem, type Restore, type Task } from "./every_call.js";

const client = connect(process.env.REPRISE_URL ?? "", process.env.REPRISE_TOKEN ?? "");
const nobody = "01900000-0000-7000-8000-000000000000";

// The data of an answer; a problem becomes an error with its sentence and hint.
function wellDone<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail} (${answer.error?.hint ?? "no hint"})`);
  }
  return answer.data;
}

async function ended(id: string): Promise<Task> {
  for (;;) {
    const task = wellDone(await client.GET("/api/v1/tasks/{id}", { params: { path: { id } } }));
    if (task.status === "completed") return task;
    if (task.status === "failed" || task.status === "cancelled") throw new Error(`${task.error_code}: ${task.error_message}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function backup(environment_id: string): Promise<Backup> {
  const path = { environment_id };
  const ordered = wellDone(
    await client.POST("/api/v1/backups/environments/{environment_id}/backups", { params: { path }, body: { name: "generated" } }),
  );
  await ended(ordered.task_id ?? "");
  return wellDone(await client.GET("/api/v1/backups/{id}", { params: { path: { id: ordered.id } } }));
}

async function restore(environment_id: string): Promise<Restore> {
  const made = await backup(environment_id);
  const ticket = wellDone(
    await client.POST("/api/v1/backups/restore/v2", { body: { backup_id: made.id, target: { mode: "original" } } }),
  );
  await ended(ticket.task_id);
  const path = { id: ticket.restore_point_id };
  const undo = wellDone(await client.POST("/api/v1/backups/restore/{id}/undo", { params: { path } }));
  await ended(undo.task_id);
  return wellDone(await client.GET("/api/v1/backups/restore/{id}", { params: { path } }));
}

async function calls(): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const [name, call] of Object.entries(everyCall)) {
    const { response } = (await call(client, nobody)) as { response: Response };
    statuses[name] = response.status;
    await response.body?.cancel().catch(() => undefined);
  }
  return statuses;
}

const [what, id] = process.argv.slice(2);
console.log(JSON.stringify(what === "calls" ? await calls() : await restore(id ?? "")));
