"""What the chaos tests stand on, do to a restore, and look at after it."""

import os
import pathlib

import pytest

from lab import wait_until
from leftovers import Picture
from nodes import Installation, PostgresServer, programs
from odoo_client import OdooClient, check_serves
from reprise_client import ENDED, running_steps

KEPT = "kept by the backup"


def an_installation(folder, docker):
    """One on a PostgreSQL of its own, with a node that serves; ends when it is asked for the next."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL server to test on: apt-get install postgresql")
    postgres = PostgresServer().start()
    made = Installation(folder, postgres, docker=docker)
    made.node("api", "serve", "--workers", "0", "--rate-limit", "0")
    yield made
    made.end()
    postgres.remove()


def start_worker(installation, **more):
    return installation.node(f"worker-{len(installation.nodes)}", "worker", "--workers", "1", **more)


def stop_workers(installation):
    for name, node in installation.nodes.items():
        if name != "api" and node.process.poll() is None:
            node.stop()


def make_backup(installation, environment):
    worker = start_worker(installation)
    made = installation.nodes["api"].client.create_backup(environment["id"])
    worker.stop()
    return made


class FakedClock:
    """The wall clock of processes that are started with its environment: the machine's, and `ahead` of it. Monotonic clocks go on."""

    LIBRARY = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

    def __init__(self, path):
        if self.LIBRARY is None:
            pytest.skip("clocks are moved by libfaketime: apt-get install faketime")
        self.path = path
        self.set(0)
        self.environment = {"LD_PRELOAD": str(self.LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}

    def set(self, ahead):
        """In seconds."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{ahead:+d}\n")
        os.replace(new, self.path)


class Restore:
    """One restore into the shop, from before it to what it must have left."""

    def __init__(self, installation, api, shop, marker, backup, former):
        self.api, self.shop, self.marker, self.backup, self.former = api, shop, marker, backup, former
        OdooClient.when_up(shop.url, shop.db_name).rename_partner(marker, former)
        self.before = Picture(shop, installation)
        self.ticket = None

    def run_to(self, step):
        """Starts it and looks without a pause until `step` runs; again when that was too quick to be seen."""
        for _ in range(10):
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

    def run_to_moment(self, moment):
        """The same, and to a moment in a step: "loading", when there is a side database; "Odoo is down", in the swap."""
        self.run_to({"loading": "load_database", "Odoo is down": "swap"}.get(moment, moment))
        if moment == "loading":
            wait_until("a side database", lambda: self.shop.databases() - self.before.databases, 60, pause=0.02)
        if moment == "Odoo is down":
            wait_until("Odoo to be stopped", lambda: self.shop.odoo.inspect("{{.State.Running}}") != "true", 60, pause=0.02)

    def name_seen(self):
        return check_serves(self.shop.url, self.shop.db_name).partners()[self.marker]

    def check_end(self, seconds=300, undo=False, swept_within=0):
        """Old or new, nothing in between, nothing left (at once, or when the janitor has been there); the task."""
        task = self.api.wait_ended(self.ticket["task_id"], seconds)
        point = self.api.restore_point(self.ticket["restore_point_id"])
        name = self.name_seen()
        if task["status"] == "completed":
            assert (point["status"], point["outcome"], name) == ("completed", "swapped", KEPT)
            if undo:
                self.api.undo(point["id"])
                assert self.name_seen() == self.former
            self.api.release(point["id"])
        else:
            assert (point["status"], name) == ("failed", self.former), point
            assert point["outcome"] in ("target_untouched", "rolled_back")
            assert point["error_message"] and point["error_step"], point
        kept = {"kept_archives": 1 if point["pre_restore_backup_id"] else 0}
        if swept_within:
            wait_until("the janitor", lambda: not self.before.leftovers(**kept), swept_within, pause=2)
        self.before.assert_nothing_left(**kept)
        for container in (self.shop.odoo, self.shop.db, self.shop.pgbouncer):
            assert container.running()
            assert container.inspect("{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped", container.name
        return task
