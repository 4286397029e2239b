"""Restores under which what they stand on breaks: kill -9 of a worker in each step, beside a server that lives on, both on one
PostgreSQL catalog; the death of the PostgreSQL that is restored into; clocks that jump. Odoo serves what was there before or
what was restored, and nothing is left behind."""

import contextlib
import os
import signal
import threading

import pytest

from chaos import KEPT, FakedClock, Restore, an_installation, make_backup, start_worker, stop_workers
from lab import docker, some_always, wait_until
from odoo_client import OdooClient
from reprise_client import ENDED

STEPS = ["validate", "safety_backup", "download", "load_database", "stage_filestore", "prove", "swap", "start", "verify",
         "finish"]


@pytest.fixture(scope="module")
def installation(folder, engine):
    yield from an_installation(folder / "chaos", engine.address)


@pytest.fixture
def worker(installation):
    started = start_worker(installation)
    yield started
    stop_workers(installation)


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
def backup(installation, environment, marker):
    return make_backup(installation, environment)


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


@contextlib.contextmanager
def postgres_ends(shop, seconds):
    """PostgreSQL dies: of itself, so that Docker starts it again; or by `docker kill`, until somebody starts it after `seconds`."""
    if seconds == 0:
        started = shop.db.inspect("{{.State.StartedAt}}")
        os.kill(int(shop.db.inspect("{{.State.Pid}}")), signal.SIGKILL)
        wait_until("Docker to start PostgreSQL again", lambda: shop.db.inspect("{{.State.StartedAt}}") != started, 120)
        yield
        return
    docker("kill", shop.db.name)
    back = threading.Timer(seconds, docker, ("start", shop.db.name))
    back.start()
    yield
    back.join()


DEATHS = [("loading", 0), ("loading", 40), ("Odoo is down", 0), ("Odoo is down", 40)]


@pytest.mark.skipif(os.geteuid() != 0, reason="killing a container's process needs root")
@pytest.mark.parametrize("moment, seconds", some_always(DEATHS, [("loading", 0), ("Odoo is down", 40)]))
def test_postgres_dies_when(moment, seconds, worker, restore, shop, api):
    restore.run_to_moment(moment)
    with postgres_ends(shop, seconds):
        seen = api.task(restore.ticket["task_id"])
        was_loading = moment == "loading" and seen["status"] != "completed" and not any(
            step["name"] == "load_database" and step["state"] == "done" for step in seen["steps"])
        task = restore.check_end(seconds=300, undo=True, swept_within=150)
    assert task["status"] == "failed" or not was_loading, task


@pytest.fixture
def clock(folder, request):
    return FakedClock(folder / f"clock of {request.node.name}")


HOUR = 3600


def test_the_clock_jumps_forward_and_back(installation, api, restore, clock):
    """Of the server and of the worker: neither is late for anything, and nothing takes an hour."""
    node = installation.nodes["api"]
    node.environment = clock.environment
    node.restart()
    worker = start_worker(installation, environment=clock.environment, lease=30)
    restore.run_to("load_database")
    clock.set(HOUR)
    told = []
    wait_until("the swap", lambda: told.append(api.task(restore.ticket["task_id"])) or told[-1]["step"] in ("swap", "start", "verify", "finish")
               or told[-1]["status"] in ENDED, 240, pause=0.02)
    clock.set(0)
    task = restore.check_end(undo=True)
    worker.stop()
    node.environment = {}
    node.restart()
    assert task["status"] == "completed" and task["attempts"] == 1, task
    assert max(seen["eta_seconds"] or 0 for seen in told) < HOUR / 4, told


def test_a_worker_that_lived_in_the_future_is_taken_over_from(installation, restore, clock):
    """Its lease is of its own time, but is over when it would have been renewed."""
    clock.set(HOUR)
    ahead = start_worker(installation, environment=clock.environment)
    restore.run_to("load_database")
    ahead.kill()
    start_worker(installation, lease=30)
    task = restore.check_end()
    stop_workers(installation)
    assert task["status"] == "completed" and task["attempts"] == 2, task


def test_a_worker_from_the_future_takes_nothing_from_one_that_lives(installation, restore, clock):
    start_worker(installation, lease=30)
    restore.run_to("load_database")
    clock.set(HOUR)
    start_worker(installation, environment=clock.environment)
    task = restore.check_end()
    stop_workers(installation)
    assert task["status"] == "completed" and task["attempts"] == 1, task
