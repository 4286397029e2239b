"""kill -9 of a worker in each step of a restore, beside a server that lives on, both on one PostgreSQL catalog: another worker
ends it, Odoo serves what was restored, and nothing is left behind."""

import pytest

from lab import some_always
from leftovers import Picture
from nodes import Installation, PostgresServer, programs
from odoo_client import OdooClient, check_serves
from reprise_client import ENDED, running_steps

STEPS = ["validate", "safety_backup", "download", "load_database", "stage_filestore", "prove", "swap", "start", "verify",
         "finish"]
KEPT = "kept by the backup"


@pytest.fixture(scope="module")
def installation(folder, engine):
    if programs() is None:
        pytest.skip("there is no PostgreSQL server to test on: apt-get install postgresql")
    postgres = PostgresServer().start()
    made = Installation(folder / "chaos", postgres, docker=engine.address)
    made.node("api", "serve", "--workers", "0", "--rate-limit", "0")
    yield made
    made.end()
    postgres.remove()


def start_worker(installation, **more):
    return installation.node(f"worker-{len(installation.nodes)}", "worker", "--workers", "1", **more)


@pytest.fixture
def worker(installation):
    started = start_worker(installation)
    yield started
    for name, node in installation.nodes.items():
        if name != "api" and node.process.poll() is None:
            node.stop()


@pytest.fixture(scope="module")
def api(installation):
    return installation.nodes["api"].client


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("chaos", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def marker(shop):
    """A partner whose name tells which state of the database is seen."""
    return OdooClient(shop.url, shop.db_name).create_partner(KEPT)


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "chaos shop")


@pytest.fixture(scope="module")
def backup(installation, api, environment, marker):
    first = start_worker(installation)
    made = api.create_backup(environment["id"])
    first.stop()
    return made


class Restore:
    """One restore into the shop, from before it to what it must have left."""

    def __init__(self, installation, api, shop, marker, backup, former):
        self.api, self.shop, self.marker, self.backup, self.former = api, shop, marker, backup, former
        OdooClient.when_up(shop.url, shop.db_name).rename_partner(marker, former)
        self.before = Picture(shop, installation)
        self.ticket = None

    def run_to(self, step):
        """Starts it and looks without a pause until `step` runs; again when that was too quick to be seen."""
        for _ in range(3):
            self.ticket = self.api.start_restore(self.backup["id"], "original")
            while True:
                task = self.api.task(self.ticket["task_id"])
                if step in running_steps(task):
                    return
                if task["status"] in ENDED:
                    break
            assert task["status"] == "completed", task
            self.api.release(self.ticket["restore_point_id"])
        pytest.fail(f"step {step} was never seen running")

    def check_end(self, seconds=120):
        """Old or new, nothing in between, nothing left; the task."""
        task = self.api.wait_ended(self.ticket["task_id"], seconds)
        point = self.api.restore_point(self.ticket["restore_point_id"])
        name = check_serves(self.shop.url, self.shop.db_name).partners()[self.marker]
        if task["status"] == "completed":
            assert (point["status"], point["outcome"], name) == ("completed", "swapped", KEPT)
            self.api.release(point["id"])
        else:
            assert (point["status"], name) == ("failed", self.former), point
            assert point["outcome"] in ("target_untouched", "rolled_back")
        self.before.assert_nothing_left(kept_archives=1 if point["pre_restore_backup_id"] else 0)
        for container in (self.shop.odoo, self.shop.db, self.shop.pgbouncer):
            assert container.running()
            assert container.inspect("{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped", container.name
        return task


@pytest.fixture
def restore(installation, api, shop, marker, backup, request):
    return Restore(installation, api, shop, marker, backup, f"before {request.node.name}")


@pytest.mark.parametrize("step", some_always(STEPS, ["load_database", "stage_filestore", "swap", "verify"]))
def test_a_worker_killed_in(step, installation, worker, restore):
    """Another one takes over when the lease is over, and ends it."""
    restore.run_to(step)
    worker.kill()
    start_worker(installation)
    task = restore.check_end()
    assert task["attempts"] >= 2, task
    assert task["status"] == "completed", task
