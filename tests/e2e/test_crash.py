"""kill -9 of the server in each step of a restore: after a restart the restore has ended, well or with the target as
it was; Odoo serves, and nothing is left behind."""

import pytest

from leftovers import Picture
from odoo_client import OdooClient, check_serves
from reprise_client import ENDED, running_steps

STEPS = ["validate", "safety_backup", "download", "load_database", "stage_filestore", "prove", "swap", "start", "verify",
         "finish"]
KEPT = "kept by the backup"


@pytest.fixture(scope="module")
def crash_server(make_server):
    return make_server(arguments=["--rate-limit", "0"])  # asked without a pause what it is at


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("crash", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def marker(shop):
    """A partner whose name tells which state of the database is seen."""
    return OdooClient(shop.url, shop.db_name).create_partner(KEPT)


@pytest.fixture(scope="module")
def environment(crash_server, shop):
    return crash_server.client().adopt(shop, "crash shop")


@pytest.fixture(scope="module")
def backup(crash_server, environment, marker):
    return crash_server.client().create_backup(environment["id"])


def seen_in(api, task_id, step):
    """Looks without a pause until `step` runs; False when the task ended without its being seen."""
    while True:
        task = api.task(task_id)
        if step in running_steps(task):
            return True
        if task["status"] in ENDED:
            return False


def interrupted_restore(server, backup, step, interrupt):
    """Starts a restore, interrupts the server in `step`, starts it again; the ended task and restore point."""
    for _ in range(10):
        api = server.client()
        ticket = api.start_restore(backup["id"], "original")
        seen = seen_in(api, ticket["task_id"], step)
        if seen:
            interrupt()
            server.start()
        task = server.client().wait_ended(ticket["task_id"], 240)
        point = server.client().restore_point(ticket["restore_point_id"])
        if seen:
            return task, point
        assert task["status"] == "completed", task
        server.client().release(point["id"])
    pytest.fail(f"step {step} was never seen running")


def assert_one_state_or_the_other(server, shop, marker, former, task, point, before):
    """The restore went through or the target is as it was; nothing in between, nothing left."""
    odoo = check_serves(shop.url, shop.db_name)
    name = odoo.partners()[marker]
    if task["status"] == "completed":
        assert (point["status"], point["outcome"], name) == ("completed", "swapped", KEPT)
        server.client().release(point["id"])
        archives = 1 if point["pre_restore_backup_id"] else 0
    else:
        assert (point["status"], name) == ("failed", former)
        assert point["outcome"] in ("target_untouched", "rolled_back")
        archives = 1
    before.assert_nothing_left(kept_archives=archives)
    for container in (shop.odoo, shop.db, shop.pgbouncer):
        assert container.running()
        assert container.inspect("{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped", container.name


@pytest.mark.parametrize("step", STEPS)
def test_killed_in(step, crash_server, shop, marker, backup):
    former = f"before {step}"
    OdooClient.when_up(shop.url, shop.db_name).rename_partner(marker, former)
    before = Picture(shop, crash_server)
    task, point = interrupted_restore(crash_server, backup, step, crash_server.kill)
    assert_one_state_or_the_other(crash_server, shop, marker, former, task, point, before)


def test_a_server_that_is_stopped_goes_on_where_it_was(crash_server, shop, marker, backup):
    """SIGTERM in the middle of a load: no failure, but a restore that is completed after the next start."""
    OdooClient.when_up(shop.url, shop.db_name).rename_partner(marker, "before the stop")
    before = Picture(shop, crash_server)
    task, point = interrupted_restore(crash_server, backup, "load_database", crash_server.stop)
    assert task["status"] == "completed", task
    assert_one_state_or_the_other(crash_server, shop, marker, "before the stop", task, point, before)


def test_a_cancelled_restore_leaves_the_target_as_it_was(crash_server, shop, marker, backup):
    api = crash_server.client()
    OdooClient.when_up(shop.url, shop.db_name).rename_partner(marker, "before the cancel")
    before = Picture(shop, crash_server)
    ticket = api.start_restore(backup["id"], "original", create_pre_restore_backup=False)
    assert seen_in(api, ticket["task_id"], "load_database")
    api.post(f"/tasks/{ticket['task_id']}/cancel")
    assert api.wait_ended(ticket["task_id"])["status"] == "cancelled"
    point = api.restore_point(ticket["restore_point_id"])
    assert (point["status"], point["outcome"]) == ("cancelled", "target_untouched")
    assert check_serves(shop.url, shop.db_name).partners()[marker] == "before the cancel"
    before.assert_nothing_left()
