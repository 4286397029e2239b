"""Two servers, each with an address, an sshd and a Docker engine of its own: restores from one to the other."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import REPO, CommandFailed, run, some_always, wait_until
from odoo_client import check_serves
from reprise_client import ApiError, running_steps
from nodes import Installation, PostgresServer, programs
from test_nodes import events_of
from watch import RequestLoop

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a second server is a network namespace, which needs root")


class SecondServer:
    """Its disk is a file system of its own, so that it can be filled."""

    DISK_BYTES = 16 << 30

    def __init__(self, folder):
        self.folder = folder
        self.disk = folder.with_suffix(".img")
        self.ballast = folder / "ballast"
        folder.mkdir()
        with open(self.disk, "wb") as disk:
            disk.truncate(self.DISK_BYTES)
        run("mkfs.ext4", "-q", "-m", "0", self.disk)
        run("mount", "-o", "loop", self.disk, folder)
        self.facts = dict(line.split("=", 1) for line in self.do("start").split())

    def do(self, verb):
        return run(REPO / "lab/server", verb, "--dir", self.folder, timeout=400)

    def fill(self, but=1 << 20):
        """Leaves its disk `but` bytes."""
        for _ in range(20):  # others write meanwhile
            left = shutil.disk_usage(self.folder).free - but
            if left <= 0:
                self.ballast.touch()
                return
            try:
                run("fallocate", "-l", left, self.ballast)
                return
            except CommandFailed as failed:
                if "No space left" not in str(failed):
                    raise
                self.ballast.unlink(missing_ok=True)
        raise AssertionError("the disk cannot be filled")

    def make_room(self):
        self.ballast.unlink()

    def remove(self):
        self.do("stop")
        run("umount", self.folder, check=False)
        self.disk.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def docker(self, *argv, check=True):
        return run("docker", "-H", self.facts["ENGINE"], *argv, timeout=120, check=check)

    def things(self):
        """Containers, volumes and networks that are not the engine's own."""
        networks = self.docker("network", "ls", "-q", "--filter", "type=custom").split()
        return self.docker("ps", "-aq").split() + self.docker("volume", "ls", "-q").split() + networks

    def rows(self, environment, table):
        return int(self.docker("exec", f"{environment['id']}_db", "psql", "-qXAt", "-U", "postgres", "-d",
                               environment["db_name"], "-c", f"select count(*) from {table}"))


@pytest.fixture(scope="module")
def two(engine, folder):
    second = SecondServer(folder / "second-server")
    yield second
    things = second.docker("ps", "-aq", check=False).split()
    if things:
        second.docker("rm", "-f", *things, check=False)
    second.remove()


@pytest.fixture(scope="module")
def source(api, shop):
    return api.adopt(shop, "two-servers")


@pytest.fixture(scope="module")
def backup(api, source):
    return api.create_backup(source["id"], name="to travel")


def ssh_to(two):
    return {"address": two.facts["ADDRESS"], "user": two.facts["USER_NAME"]}


@pytest.fixture(scope="module")
def enrolled(api, two):
    shown = api.post("/servers/host-key", ssh_to(two), expect=200)
    assert shown["fingerprint"] == two.facts["FINGERPRINT"]
    return api.post("/servers", {
        **ssh_to(two), "name": "second", "private_key": (two.folder / "user").read_text(),
        "docker_socket": two.facts["SOCKET"], "host_key_fingerprint": shown["fingerprint"]}, expect=201)


def test_an_unconfirmed_host_key_is_refused(api, two):
    with pytest.raises(ApiError) as refused:
        api.post("/servers", {**ssh_to(two), "name": "other", "private_key": (two.folder / "user").read_text(),
                              "host_key_fingerprint": "SHA256:another"})
    assert refused.value.status == 409 and "host key" in refused.value.sentence


def test_the_server_says_what_it_has_and_its_key_is_never_told(api, enrolled):
    report = api.post(f"/servers/{enrolled['id']}/test", expect=200)
    assert report["cpus"] == os.cpu_count() and report["disk_free_bytes"] > 0
    assert "private_key" not in api.get(f"/servers/{enrolled['id']}")


def test_targets_tell_which_servers_can_hold_a_backup(api, enrolled, backup, source):
    targets = api.get(f"/backups/{backup['id']}/targets")
    servers = {server["name"]: server for server in targets["servers"]}
    assert servers["second"]["fit"] in ("recommended", "low_resources")
    assert servers["local"]["is_source"] and not servers["second"]["is_source"]
    mine = next(e for e in targets["environments"] if e["id"] == source["id"])
    assert mine["compatible"] is True and mine["reason"] is None


def cross(backup, server_id, name):
    return {"backup_id": backup["id"], "target": {
        "mode": "cross_server", "server_id": server_id, "new_environment": {"name": name, "environment_type": "production"}}}


def start_cross(api, backup, server_id, name):
    return api.post("/backups/restore/v2", cross(backup, server_id, name))


def test_the_sources_own_server_is_refused(api, backup, source):
    with pytest.raises(ApiError) as refused:
        start_cross(api, backup, source["server_id"], "same")
    assert refused.value.status == 422


@pytest.fixture(scope="module")
def moved(api, backup, enrolled, shop):
    """The first restore to the second server, which has no image yet, while the source serves."""
    with RequestLoop(shop.url, shop.db_name) as loop:
        ticket = start_cross(api, backup, enrolled["id"], "moved")
        api.wait(ticket["task_id"], 900)
    point = api.restore_point(ticket["restore_point_id"])
    assert loop.longest_pause() < 60, "the source went on serving"
    return point


def test_the_environment_runs_on_the_other_server(api, moved, enrolled, two, shop):
    assert moved["status"] == "completed" and moved["is_cross_server"] is True
    assert moved["target_vm_id"] == enrolled["id"]
    environment = api.environment(moved["target_environment_id"])
    assert environment["server_id"] == enrolled["id"] and environment["status"] == "running"
    assert two.rows(environment, "res_partner") == int(shop.sql("select count(*) from res_partner"))
    assert two.docker("inspect", "--format", "{{.State.Health.Status}}", f"{environment['id']}_odoo").strip() == "healthy"
    uuid = "select value from ir_config_parameter where key = 'database.uuid'"
    there = two.docker("exec", f"{environment['id']}_db", "psql", "-qXAt", "-U", "postgres", "-d", environment["db_name"], "-c", uuid)
    assert there.strip() == shop.sql(uuid), "identity is kept"
    assert subprocess.run(["docker", "inspect", f"{environment['id']}_odoo"], capture_output=True).returncode != 0


def test_another_server_from_click_to_odoo(drive, api, moved, backup, enrolled, two, shop):
    """The fourth mode of the page's dialog; the other three are in test_page.py."""
    told = drive("restore", MODE="Different Server", NAME="clicked over", SERVER="second", BACKUP=backup["name"])
    point = api.restore_point(told["id"])
    assert point["mode"] == "cross_server" and point["status"] == "completed" and point["target_vm_id"] == enrolled["id"]
    assert f"second ({two.facts['ADDRESS']})" in told["where"] and "local" not in told["where"], "only other servers are offered"
    assert "Server\nsecond" in told["summary"]
    environment = api.environment(point["target_environment_id"])
    assert environment["server_id"] == enrolled["id"] and environment["status"] == "running"
    assert two.rows(environment, "res_partner") == int(shop.sql("select count(*) from res_partner"))
    api.remove_environment(environment)


def test_the_source_is_untouched(shop, moved):
    check_serves(shop.url, shop.db_name)
    assert shop.databases() == {shop.db_name}


def test_a_server_with_an_environment_is_not_removed(api, moved, enrolled):
    with pytest.raises(ApiError) as refused:
        api.call("DELETE", f"/api/v1/servers/{enrolled['id']}")
    assert refused.value.status == 409 and "moved" in refused.value.sentence


def test_an_environment_is_backed_up_and_removed_over_there(api, moved, two):
    environment = api.environment(moved["target_environment_id"])
    there = api.create_backup(environment["id"])
    assert there["status"] == "completed" and there["is_verified"]
    api.remove_environment(environment)
    assert two.things() == []
    # Its backup outlives it: back to the server where it was, though the environment is gone.
    point = api.restore(there["id"], "new", new_environment={"name": "again", "environment_type": "production"}, seconds=600)
    again = api.environment(point["target_environment_id"])
    assert again["server_id"] == environment["server_id"]
    api.remove_environment(again)
    assert two.things() == []


@pytest.fixture
def postgres():
    if programs() is None:
        pytest.skip("there is no PostgreSQL server to test on: apt-get install postgresql")
    server = PostgresServer().start()
    yield server
    server.remove()


def test_a_worker_on_the_server_does_its_tasks_without_ssh(engine, folder, two, moved, postgres, small_zip):
    """An installation of its own over PostgreSQL: once a task is queued, nothing but the catalog and the archives is needed."""
    installation = Installation(folder / "near", postgres)
    images = ["--image-odoo", "reprise-lab/odoo:{major}", "--image-postgres", "reprise-lab/postgres:{major}",
              "--image-pgbouncer", "reprise-lab/pgbouncer:1"]
    try:
        api = installation.node("front", "serve", "--workers", "0", *images, docker=engine.address).client
        shown = api.post("/servers/host-key", ssh_to(two), expect=200)
        far = api.post("/servers", {
            **ssh_to(two), "name": "second", "private_key": (two.folder / "user").read_text(),
            "docker_socket": two.facts["SOCKET"], "host_key_fingerprint": shown["fingerprint"]}, expect=201)
        installation.nodes["front"].stop()
        front = installation.node("front", "serve", "--workers", "1", "--except-server", "second", *images, docker=engine.address, lease=60)
        api = front.client
        backup = api.import_backup(small_zip, "to go far")
        ticket = api.post("/backups/restore/v2", {"backup_id": backup["id"], "target": {
            "mode": "new", "new_environment": {"name": "near", "environment_type": "staging", "server_id": far["id"]}}})
        two.do("kill-sshd")
        try:
            near = installation.node("near", "worker", "--workers", "1", "--server", "second", *images, docker=two.facts["ENGINE"], lease=60)
            api.wait(ticket["task_id"], 600)
        finally:
            two.do("start-sshd")
        point = api.restore_point(ticket["restore_point_id"])
        assert point["status"] == "completed" and point["target_vm_id"] == far["id"]
        started = [data["worker"] for _, kind, data in events_of(api, ticket["task_id"]) if kind == "task.started"]
        assert started == [near.worker_name]
        environment = api.environment(point["target_environment_id"])
        assert environment["server_id"] == far["id"] and two.rows(environment, "res_users") > 0
        api.remove_environment(environment)
        for node in (near, front):
            node.stop()
    finally:
        for node in installation.nodes.values():
            if node.process.poll() is None:
                node.process.kill()
                node.process.wait(120)


def test_two_restores_at_once_on_a_disk_that_holds_one(api, backup, enrolled, two, moved):
    """Each is measured alone and would fit; both reserve, and only one of them gets it."""
    refused_early = []

    def start(name):
        try:
            return start_cross(api, backup, enrolled["id"], name)
        except ApiError as refused:  # the other one had reserved already
            assert refused.status == 507 and "reserved" in refused.sentence, refused.sentence
            refused_early.append(name)
            return None

    def reserved():
        return api.post(f"/servers/{enrolled['id']}/test", expect=200)["disk_reserved_bytes"]

    assert reserved() == 0
    plan = api.post("/backups/restore/plan", cross(backup, enrolled["id"], "at-once"), expect=200)
    space = next(check for check in plan["checks"] if check["name"] == "space")
    # So little more than one asks for that a second never fits, not even when the first has loaded already.
    two.fill(but=sum(volume["needed_bytes"] for volume in space["details"]["volumes"]) + (30 << 20))
    try:
        with ThreadPoolExecutor(2) as pool:
            tickets = [ticket for ticket in pool.map(start, ["at-once-1", "at-once-2"]) if ticket]
        tasks = [api.wait_ended(ticket["task_id"], 600) for ticket in tickets]
        assert [task["status"] for task in tasks].count("completed") == 1, tasks
        for task in tasks:
            if task["status"] != "completed":
                assert task["error_code"] == "no_space" and "not enough space on the disk of the server" in task["error_message"], task
        assert len(tasks) + len(refused_early) == 2
        assert reserved() == 0
    finally:
        two.make_room()
        for ticket in tickets:
            point = api.restore_point(ticket["restore_point_id"])
            if point["status"] == "completed":
                api.remove_environment(api.environment(point["target_environment_id"]))
    wait_until("the other server to be as it was", lambda: two.things() == [], 480, pause=3)


def test_a_disk_that_fills_up_in_the_middle(api, backup, enrolled, two, shop, moved):
    ticket = start_cross(api, backup, enrolled["id"], "no-room")
    wait_until("the load to begin", lambda: "load_database" in running_steps(api.task(ticket["task_id"])), 240, pause=0.02)
    two.fill()
    try:
        task = api.wait_ended(ticket["task_id"], 600)
        assert task["status"] == "failed", task
        point = api.restore_point(ticket["restore_point_id"])
        assert point["outcome"] == "target_untouched"
        # What PostgreSQL could still say of it; where nothing can be written, not even an error is.
        said = f"{task['error_message']} {task['error_hint']}".lower()
        assert "space" in said or "disk is full" in said, task
        check_serves(shop.url, shop.db_name)
        assert shop.databases() == {shop.db_name}
    finally:
        two.make_room()
    wait_until("the other server to be as it was", lambda: two.things() == [], 480, pause=3)
    again = start_cross(api, backup, enrolled["id"], "room-again")
    api.wait(again["task_id"], 600)
    api.remove_environment(api.environment(api.restore_point(again["restore_point_id"])["target_environment_id"]))
    assert two.things() == []


LOSSES = [("cut", "mend"), ("kill-sshd", "start-sshd"), ("kill-engine", "start-engine")]


@pytest.mark.parametrize("harm, heal", some_always(LOSSES, [("cut", "mend")]))
def test_a_server_lost_in_the_middle(api, backup, enrolled, two, shop, moved, harm, heal):
    ticket = start_cross(api, backup, enrolled["id"], f"lost-{harm}")
    wait_until("the trio to be made", lambda: two.docker("ps", "-q", "--filter", "name=_db"), 240)
    two.do(harm)
    try:
        task = api.wait_ended(ticket["task_id"], 600)
    finally:
        two.do(heal)
    assert task["status"] == "failed", task
    point = api.restore_point(ticket["restore_point_id"])
    assert point["outcome"] == "target_untouched" and point["error_message"]
    check_serves(shop.url, shop.db_name)
    # It looks each minute, and may just be waiting for a line that is dead.
    wait_until("the janitor to sweep the other server", lambda: two.things() == [], 480, pause=3)
    again = start_cross(api, backup, enrolled["id"], f"again-{harm}")
    api.wait(again["task_id"], 600)
    api.remove_environment(api.environment(api.restore_point(again["restore_point_id"])["target_environment_id"]))
    assert two.things() == []


def test_the_server_can_be_removed_once_it_is_empty(api, enrolled, two, moved):
    api.call("DELETE", f"/api/v1/servers/{enrolled['id']}")
    assert "second" not in {server["name"] for server in api.get("/servers")["items"]}
