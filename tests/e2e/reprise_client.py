"""The API of Reprise as a script would call it."""

import contextlib
import json
import time

import requests

ENDED = {"completed", "failed", "cancelled"}


class ApiError(AssertionError):
    """An answer that is no success; `problem` is its problem+json."""

    def __init__(self, response):
        self.status = response.status_code
        self.content_type = response.headers.get("Content-Type", "")
        self.problem = response.json() if "json" in self.content_type else {}
        super().__init__(f"{response.request.method} {response.request.path_url}: HTTP {self.status} {response.text[:2000]}")

    @property
    def code(self):
        return self.problem.get("code", "")

    @property
    def sentence(self):
        return self.problem.get("detail", "")


class RepriseClient:
    def __init__(self, url, token):
        self.url, self.token = url, token
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def raw(self, method, path, **options):
        options.setdefault("timeout", 120)
        return self.session.request(method, self.url + path, **options)

    def call(self, method, path, expect=None, **options):
        """The JSON of a success (of status `expect` if named); else ApiError."""
        response = self.raw(method, path, **options)
        if not response.ok or (expect and response.status_code != expect):
            raise ApiError(response)
        return response.json() if response.content else None

    def get(self, path, **options):
        return self.call("GET", "/api/v1" + path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", "/api/v1" + path, json=body, **options)

    # Environments

    def adopt(self, trio, name, environment_type="production", **fields):
        body = {"name": name, "environment_type": environment_type, "odoo_container": trio.odoo.name,
                "db_container": trio.db.name, **fields}
        if trio.pgbouncer.exists():
            body["pgbouncer_container"] = trio.pgbouncer.name
        return self.post("/environments/adopt", body, expect=201)

    def environment(self, environment_id):
        return self.get(f"/environments/{environment_id}")

    def remove_environment(self, environment):
        """Removes it and waits until that is done."""
        answer = self.call("DELETE", f"/api/v1/environments/{environment['id']}", params={"confirm": environment["name"]})
        return self.wait(answer["task_id"])

    # Backups

    def backup(self, backup_id):
        return self.get(f"/backups/{backup_id}")

    def create_backup(self, environment_id, **fields):
        """Orders a backup and waits for it; the backup."""
        ordered = self.post(f"/backups/environments/{environment_id}/backups", fields, expect=202)
        self.wait(ordered["task_id"])
        return self.backup(ordered["id"])

    def start_import(self, path, name):
        with open(path, "rb") as archive:
            return self.call("POST", "/api/v1/backups/import", expect=202, params={"name": name}, data=archive, timeout=600,
                             headers={"Content-Type": "application/octet-stream"})

    def import_backup(self, path, name, seconds=300):
        """Imports an archive and waits until it is verified; the backup."""
        ordered = self.start_import(path, name)
        self.wait(ordered["task_id"], seconds)
        return self.backup(ordered["id"])

    def download(self, backup_id, path):
        with self.raw("GET", f"/api/v1/backups/{backup_id}/download", stream=True) as response:
            if not response.ok:
                raise ApiError(response)
            with open(path, "wb") as sink:
                for chunk in response.iter_content(1 << 20):
                    sink.write(chunk)
        return path

    def delete_backup(self, backup):
        return self.call("DELETE", f"/api/v1/backups/{backup['id']}", params={"confirm": backup["name"]})

    # Restores

    def start_restore(self, backup_id, mode, environment_id=None, new_environment=None, **fields):
        target = {"mode": mode}
        if environment_id:
            target["environment_id"] = environment_id
        if new_environment:
            target["new_environment"] = new_environment
        return self.post("/backups/restore/v2", {"backup_id": backup_id, "target": target, **fields}, expect=200)

    def restore(self, *args, seconds=300, **fields):
        """Starts a restore and waits until it has ended well; the restore point."""
        ticket = self.start_restore(*args, **fields)
        self.wait(ticket["task_id"], seconds)
        return self.restore_point(ticket["restore_point_id"])

    def failed_restore(self, *args, seconds=300, **fields):
        """Starts a restore and waits until it has failed; the restore point."""
        ticket = self.start_restore(*args, **fields)
        task = self.wait_ended(ticket["task_id"], seconds)
        assert task["status"] == "failed", task
        return self.restore_point(ticket["restore_point_id"])

    def restore_point(self, restore_id):
        return self.get(f"/backups/restore/{restore_id}")

    def undo(self, restore_id):
        return self.wait(self.post(f"/backups/restore/{restore_id}/undo", expect=202)["task_id"])

    def release(self, restore_id):
        return self.wait(self.post(f"/backups/restore/{restore_id}/release", expect=202)["task_id"])

    # Tasks

    def task(self, task_id):
        return self.get(f"/tasks/{task_id}")

    def wait_ended(self, task_id, seconds=300):
        deadline = time.monotonic() + seconds
        while True:
            task = self.task(task_id)
            if task["status"] in ENDED:
                return task
            if time.monotonic() > deadline:
                raise AssertionError(f"the task has not ended after {seconds} s: {json.dumps(task, indent=1)}")
            time.sleep(0.2)

    def wait(self, task_id, seconds=300):
        """Waits until the task has ended well."""
        task = self.wait_ended(task_id, seconds)
        assert task["status"] == "completed", json.dumps(task, indent=1)
        return task

    def events(self, task_id, last_event_id=None, seconds=60):
        """The task's events until it ends, as (id, type, data)."""
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        with contextlib.closing(self.raw("GET", f"/api/v1/tasks/{task_id}/events", headers=headers, stream=True,
                                         timeout=seconds)) as response:
            if not response.ok:
                raise ApiError(response)
            assert response.headers["Content-Type"].startswith("text/event-stream")
            yield from parse_events(response.iter_lines(decode_unicode=True))


def parse_events(lines):
    """Server-sent events out of their lines."""
    event = {}
    for line in lines:
        if line == "":
            if "data" in event:
                yield event.get("id"), event.get("event", "message"), json.loads(event["data"])
            event = {}
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            event[field] = f"{event[field]}\n{value}" if field == "data" and field in event else value


def running_steps(task):
    """Names of the steps that run at this moment: several may, side by side."""
    steps = {step["name"] for step in task.get("steps", []) if step.get("state") == "running"}
    return steps or ({task["step"]} if task.get("step") and task["status"] == "running" else set())
