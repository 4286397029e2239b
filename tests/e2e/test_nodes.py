"""Several processes of one installation on one PostgreSQL: what each may do to the others' tasks, which is nothing.

Needs PostgreSQL's server, but no Docker: the tasks are imports, which touch the catalog and the storage alone.
"""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import threading
import time

import pytest
import requests

from lab import run, wait_until
from nodes import Installation, PostgresServer, programs
from reprise_client import ApiError, RepriseClient
from server import BINARY

@pytest.fixture
def postgres():
    if programs() is None:
        pytest.skip("there is no PostgreSQL server to test on: apt-get install postgresql")
    server = PostgresServer().start()
    yield server
    server.remove()


@pytest.fixture
def installation(folder, postgres, request):
    made = Installation(folder / request.node.name, postgres)
    yield made
    made.end()


@pytest.fixture(scope="module")
def slow_dump(folder):
    """A plain dump that takes some seconds to read through, small on disk."""
    path = folder / "slow.sql.gz"
    row = b"".join(b"%d\tname of partner %d\tstreet %d\n" % (i, i, i) for i in range(20000))
    with gzip.open(path, "wb", compresslevel=1) as dump:
        dump.write(b"--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.res_users (id integer, name text, street text);\n\n"
                   b"COPY public.res_users (id, name, street) FROM stdin;\n")
        for _ in range(int(os.environ.get("REPRISE_TEST_SLOW_DUMP", "1200"))):
            dump.write(row)
        dump.write(b"\\.\n\n--\n-- PostgreSQL database dump complete\n--\n")
    return path


@pytest.fixture(scope="module")
def quick_dump(folder):
    path = folder / "quick.sql"
    path.write_text("--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.res_users (id integer);\n\n"
                    "COPY public.res_users (id) FROM stdin;\n1\n2\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n")
    return path


def events_of(client, task_id):
    """The task's whole stream, which ends with the task: [(number, type, data)]."""
    events, number, kind = [], None, None
    with client.raw("GET", f"/api/v1/tasks/{task_id}/events", stream=True, headers={"Last-Event-ID": "0"}, timeout=60) as answer:
        for line in answer.iter_lines(decode_unicode=True):
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                events.append((number, kind, json.loads(line[6:])))
    return events


@contextlib.contextmanager
def held_row(postgres, task):
    """Whoever writes to the task's row waits inside of its transaction."""
    session = subprocess.Popen(["psql", "-XAtq", "-d", postgres.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session.stdin.write(f"BEGIN; SELECT 'held' FROM task WHERE id = '{task}' FOR UPDATE;\n")
    session.stdin.flush()
    assert session.stdout.readline() == "held\n"
    try:
        wait_until("somebody to wait for the row", lambda: run(
            "psql", "-XAtq", "-d", postgres.url, "-c", "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").strip() != "0",
            30, pause=0.02)
        yield
    finally:
        session.communicate("ROLLBACK;\n", 30)


@pytest.mark.parametrize("in_a_write", [False, True], ids=["anywhere", "in a write"])
def test_a_worker_paused_past_its_lease_does_no_harm(installation, postgres, slow_dump, in_a_write):
    api = installation.node("api", "serve", "--workers", "0")
    client = api.client
    first = installation.node("first", "worker", "--workers", "1")
    task = client.start_import(slow_dump, "slow")["task_id"]
    wait_until("the task to run", lambda: client.get(f"/tasks/{task}")["status"] == "running", 30, pause=0.02)
    with held_row(postgres, task) if in_a_write else contextlib.nullcontext():
        first.process.send_signal(signal.SIGSTOP)
    assert client.get(f"/tasks/{task}")["status"] == "running", "the dump is too small: the task was over before the pause"

    second = installation.node("second", "worker", "--workers", "1", lease=15)
    wait_until("another worker to take it", lambda: client.get(f"/tasks/{task}")["attempts"] == 2, 60)
    first.process.send_signal(signal.SIGCONT)
    client.wait(task, 240)

    wait_until("the paused one to notice", lambda: '"task.lost"' in first.text(), 30)
    events = events_of(client, task)
    kinds = [kind for _, kind, _ in events]
    assert kinds.count("task.completed") == 1 and "task.failed" not in kinds
    started = [data["worker"] for _, kind, data in events if kind == "task.started"]
    assert started == [first.worker_name, second.worker_name]
    taken = next(n for n, kind, data in events if kind == "task.started" and data["attempt"] == 2)
    done = [n for n, kind, data in events if kind == "task.step" and data["state"] == "done"]
    assert len(done) == 1 and done[0] > taken, "the paused worker's step was counted"
    # It is still of use.
    second.stop()
    client.import_backup(slow_dump, "again", 240)
    first.stop()


def test_a_worker_on_a_server_leaves_alone_what_is_not_its_servers(installation, quick_dump):
    client = installation.node("api", "serve", "--workers", "0").client
    bound = installation.node("bound", "worker", "--server", "local")
    task = client.start_import(quick_dump, "of no server")["task_id"]
    time.sleep(4)  # it looks every second
    assert client.get(f"/tasks/{task}")["status"] == "queued"
    free = installation.node("free", "worker", "--except-server", "local")
    client.wait(task, 60)
    started = [data["worker"] for _, kind, data in events_of(client, task) if kind == "task.started"]
    assert started == [free.worker_name]
    bound.stop()
    lost = subprocess.run([str(BINARY), "worker", "--data", str(installation.folder / "lost"), "--server", "nowhere"], timeout=60,
                          capture_output=True, text=True, env={**os.environ, "REPRISE_CATALOG": installation.url})
    assert lost.returncode != 0 and "there is no server of the name nowhere" in lost.stderr


def test_rolling_restart_loses_and_doubles_nothing(installation, quick_dump, slow_dump):
    nodes = [installation.node("serve-1", "serve", "--workers", "1"), installation.node("serve-2", "serve", "--workers", "1"),
             installation.node("worker-1", "worker"), installation.node("worker-2", "worker")]
    token = installation.token
    assert len(list(installation.folder.glob("*/admin.token"))) == 1, "one node made the token, the others agree"
    tasks, stopped = [], threading.Event()

    def submit():
        # Always at the node that is up, as a balancer in front of them does it.
        for number in range(60):
            if stopped.is_set():
                return
            for attempt in range(200):
                serve = nodes[(number + attempt) % 2]
                try:
                    client = RepriseClient(f"http://127.0.0.1:{serve.port}", token)
                    tasks.append(client.start_import(slow_dump if number % 6 == 0 else quick_dump, f"import {number}")["task_id"])
                    break
                except (requests.RequestException, ApiError):  # also one that is just stopping
                    time.sleep(0.1)

    submitting = threading.Thread(target=submit)
    submitting.start()
    try:
        for node in nodes:
            time.sleep(1)
            node.restart()
    finally:
        submitting.join(240)
        stopped.set()
    assert len(tasks) == 60
    attempts = [nodes[0].client.wait(task, 240)["attempts"] for task in tasks]
    assert max(attempts) > 1, "no task was under way while a node was restarted"
    for task in tasks:
        # Both nodes tell the same, whichever of them took the order.
        told = [[(number, kind) for number, kind, _ in events_of(node.client, task)] for node in nodes[:2]]
        assert told[0] == told[1]
        kinds = [kind for _, kind in told[0]]
        assert kinds.count("task.completed") == 1 and "task.failed" not in kinds and "task.cancelled" not in kinds
    assert nodes[0].client.get("/backups", params={"page_size": 100})["total"] >= 60
    for node in nodes:
        node.stop()


def test_nodes_come_through_a_restart_of_postgresql(installation, postgres, quick_dump):
    serve = installation.node("serve", "serve", "--workers", "1")
    worker = installation.node("worker", "worker")
    client = serve.client
    assert client.import_backup(quick_dump, "before")["status"] == "completed"
    postgres.stop(signal.SIGQUIT)  # as a crash
    answer = client.raw("GET", "/api/v1/backups")
    assert answer.status_code == 503 and answer.json()["code"] == "unavailable", answer.text
    assert serve.client.raw("GET", "/readyz").status_code == 503
    postgres.start()
    wait_until("the API to answer again", lambda: client.raw("GET", "/api/v1/backups").ok, 30)
    assert client.import_backup(quick_dump, "after")["status"] == "completed"
    worker.stop()
    serve.stop()


def test_a_node_with_another_key_refuses_to_serve(installation):
    first = installation.node("first", "serve")
    (installation.folder / "stranger").mkdir()
    for text, sentence in [("ab" * 32, "not the key of this catalog"), (None, "not the key of this catalog")]:
        key = installation.folder / "stranger/secret.key"
        key.unlink(missing_ok=True)
        if text:
            key.write_text(text + "\n")
        done = subprocess.run([str(BINARY), "serve", "--data", str(key.parent), "--listen", "127.0.0.1:0"], capture_output=True,
                              text=True, timeout=60, env={**os.environ, "REPRISE_CATALOG": installation.url})
        assert done.returncode == 5 and sentence in done.stderr, done.stderr
        assert key.exists() == bool(text), "it made no key of its own"
    first.stop()


def test_migrate_tells_the_versions_and_a_worker_wants_a_shared_catalog(folder, postgres):
    def run(*argv, url=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("REPRISE")}
        if url:
            environment["REPRISE_CATALOG"] = url
        done = subprocess.run([str(BINARY), *map(str, argv)], env=environment, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr
    code, out, _ = run("migrate", url=postgres.url)
    assert code == 0 and "it was at 0" in out
    code, out, _ = run("migrate", url=postgres.url)
    assert code == 0 and "already" in out
    code, out, _ = run("migrate", "--data", folder / "sqlite")
    assert code == 0 and "it was at 0" in out
    code, _, err = run("worker", "--data", folder / "sqlite")
    assert code == 2 and "--catalog" in err
    code, _, err = run("migrate", url="postgresql://me:s3cret@127.0.0.1:1/x")
    assert code == 8 and "s3cret" not in err
