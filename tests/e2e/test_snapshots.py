"""Copies beside a live environment: taken while Odoo serves, rolled back to and back again by a swap, kept after restores, removed when
their time is over. What does not come up is put aside by itself, and nothing is left that nobody asked for.
"""

import os

import pytest

from lab import wait_until
from leftovers import Picture
from odoo_client import OdooClient, check_serves
from reprise_client import ApiError
from server import Cli
from watch import RequestLoop

CONTENT = os.urandom(200_000)


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "snapshot shop")


@pytest.fixture(scope="module")
def before(shop, server, environment):
    return Picture(shop, server)


@pytest.fixture(scope="module")
def odoo(shop):
    return OdooClient.when_up(shop.url, shop.db_name)


def of(api, environment, *statuses):
    items = api.get("/snapshots", params={"environment_id": environment["id"]})["items"]
    return [one for one in items if one["status"] in (statuses or ("kept",))]


def take(api, environment, **fields):
    ordered = api.post(f"/environments/{environment['id']}/snapshots", fields, expect=202)
    api.wait(ordered["task_id"])
    return api.get(f"/snapshots/{ordered['id']}")


def roll_back(api, snapshot, **fields):
    """Rolls back; the snapshot that the live state has become."""
    ordered = api.post(f"/snapshots/{snapshot['id']}/rollback", fields, expect=202)
    api.wait(ordered["task_id"])
    return api.get(f"/snapshots/{ordered['id']}")


def remove(api, snapshot):
    api.wait(api.call("DELETE", f"/api/v1/snapshots/{snapshot['id']}", expect=202)["task_id"])


@pytest.fixture(scope="module")
def watch(shop):
    return RequestLoop(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def document(odoo):
    return odoo.create_attachment("in the snapshot.bin", CONTENT)


@pytest.fixture(scope="module")
def taken(api, environment, before, odoo, document, watch):
    """A snapshot; then a partner comes and the document goes, with its file."""
    with watch:
        snapshot = take(api, environment, name="before the import")
    odoo.create_partner("Made after the snapshot")
    odoo.call("ir.attachment", "unlink", [document])
    return snapshot


def test_odoo_serves_while_it_is_taken_and_does_not_see_it(taken, shop, watch):
    assert taken["status"] == "kept" and taken["can_roll_back"] and taken["name"] == "before the import"
    assert watch.answers and watch.gaps() == []
    name = taken["database_name"]
    assert name in shop.databases()
    assert shop.sql(f"SELECT datallowconn FROM pg_database WHERE datname = '{name}'", "postgres") == "f"
    assert taken["database_size"] > 1_000_000


def test_its_files_are_links(taken, shop):
    """The copy of the filestore takes the room of its directories only."""
    live, kept = (f"/var/lib/odoo/filestore/{name}" for name in (shop.db_name, taken["database_name"]))
    both = shop.odoo.exec("sh", "-c", f"du -sk '{live}' '{kept}' | cut -f1").split()  # du counts a file once
    assert int(both[1]) < max(2000, int(both[0]) // 2), both


@pytest.fixture(scope="module")
def previous(api, taken, watch):
    return roll_back(api, taken)


def test_a_rollback_brings_it_back_and_keeps_what_was_live(api, taken, previous, shop, document):
    odoo = check_serves(shop.url, shop.db_name)
    assert "Made after the snapshot" not in odoo.partners().values()
    assert odoo.content(document) == CONTENT
    odoo.check_attachments(limit=50)
    assert previous["origin"] == "before_rollback" and previous["status"] == "kept" and previous["expires_at"]
    used = api.get(f"/snapshots/{taken['id']}")
    assert used["status"] == "used" and not used["can_roll_back"] and used["database_name"] is None
    assert api.environment(taken["environment_id"])["status"] == "running"


def test_the_rollback_is_taken_back_by_another(api, environment, previous, shop):
    """And this time the snapshot is to stay."""
    again = roll_back(api, previous, keep_snapshot=True, confirm="snapshot shop")
    odoo = check_serves(shop.url, shop.db_name)
    assert "Made after the snapshot" in odoo.partners().values()
    odoo.check_attachments(limit=50)
    assert {one["id"] for one in of(api, environment)} == {previous["id"], again["id"]}
    remove(api, again)
    remove(api, previous)


def test_nothing_is_left_of_those_that_are_removed(api, environment, previous, before):
    before.assert_nothing_left()
    assert of(api, environment) == []


def test_one_that_does_not_come_up_is_put_aside_again(api, environment, shop, before):
    broken = take(api, environment)
    name = broken["database_name"]
    shop.sql(f"ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true", "postgres")
    shop.sql("DROP TABLE res_users CASCADE", name)
    shop.sql(f"ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false", "postgres")
    ordered = api.post(f"/snapshots/{broken['id']}/rollback", {}, expect=202)
    task = api.wait_ended(ordered["task_id"], 600)
    assert task["status"] == "failed", task
    assert "Made after the snapshot" in check_serves(shop.url, shop.db_name).partners().values()
    assert api.environment(environment["id"])["status"] == "running"
    failed = api.get(f"/snapshots/{ordered['id']}")
    assert failed["status"] == "failed" and failed["database_name"] is None and failed["error_message"]
    assert [one["id"] for one in of(api, environment)] == [broken["id"]]
    remove(api, broken)
    before.assert_nothing_left()


def test_more_than_it_keeps_are_refused(api, environment):
    path = f"/environments/{environment['id']}/snapshot-settings"
    api.call("PUT", "/api/v1" + path, json={"keep": 0, "after_restore": False})
    with pytest.raises(ApiError) as refused:
        api.post(f"/environments/{environment['id']}/snapshots", {})
    assert refused.value.status == 409 and "may keep 0" in refused.value.sentence
    api.call("PUT", "/api/v1" + path, json={"keep": 3, "after_restore": False})


def test_each_restore_leaves_one_and_the_oldest_gives_way(api, environment, shop, document, before):
    path = f"/api/v1/environments/{environment['id']}/snapshot-settings"
    backup = api.create_backup(environment["id"], name="for the training")
    api.call("PUT", path, json={"keep": 1, "after_restore": True})
    kept = []
    for _ in range(2):
        point = api.restore(backup["id"], "original", strategy="side_by_side", create_pre_restore_backup=False)
        assert "keep_snapshot" in [step["name"] for step in point["steps"]] and point["warnings"] == []
        kept.append(of(api, environment)[0])
        api.release(point["id"])
    assert kept[0]["id"] != kept[1]["id"] and kept[1]["origin"] == "after_restore" and kept[1]["name"] == "for the training"
    wait_until("the older one is removed", lambda: [one["id"] for one in of(api, environment, "kept", "removing")] == [kept[1]["id"]], 300, pause=1)
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Made in the training")
    previous = roll_back(api, kept[1], keep_snapshot=True)
    assert "Made in the training" not in check_serves(shop.url, shop.db_name).partners().values()
    api.call("PUT", path, json={"keep": 3, "after_restore": False})
    remove(api, previous)
    remove(api, kept[1])
    before.assert_nothing_left(kept_archives=1)


@pytest.mark.parametrize("step", ["copy"])
def test_killed_while_it_is_taken(api, server, environment, shop, before, step):
    """kill -9 in the middle of the copy: after the restart it is whole, or nothing of it is there."""
    ordered = api.post(f"/environments/{environment['id']}/snapshots", {"name": "killed"}, expect=202)
    wait_until("the copy runs", lambda: any(one["name"] == step and one["state"] == "running" for one in api.task(ordered["task_id"])["steps"]), 120)
    server.kill()
    server.start()
    task = api.wait_ended(ordered["task_id"], 600)
    assert task["status"] == "completed", task
    snapshot = api.get(f"/snapshots/{ordered['id']}")
    assert snapshot["status"] == "kept"
    check_serves(shop.url, shop.db_name)
    remove(api, snapshot)
    before.assert_nothing_left(kept_archives=1)


def test_killed_in_the_swap_of_a_rollback(api, server, environment, shop, before):
    snapshot = take(api, environment, name="for the crash")
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Made before the crash")
    ordered = api.post(f"/snapshots/{snapshot['id']}/rollback", {}, expect=202)
    wait_until("the swap runs", lambda: any(one["name"] == "swap" and one["state"] != "pending" for one in api.task(ordered["task_id"])["steps"]), 120)
    server.kill()
    server.start()
    task = api.wait_ended(ordered["task_id"], 600)
    names = check_serves(shop.url, shop.db_name).partners().values()
    assert ("Made before the crash" in names) == (task["status"] != "completed"), task
    standing = of(api, environment, "kept")
    assert len(standing) == 1, standing
    remove(api, standing[0])
    before.assert_nothing_left(kept_archives=1)


def test_the_same_from_a_terminal(server, api, environment, shop, before, tmp_path):
    cli = Cli(server, home=tmp_path)

    def tell(*words):
        code, out, err = cli.run("snapshot", *words)
        assert code == 0, err
        return out

    assert "no snapshots" in tell("list", "-e", "snapshot shop") or of(api, environment) == []
    assert "from a terminal" in tell("take", "snapshot shop", "-n", "from a terminal", "--hours", "24")
    snapshot = of(api, environment)[0]["id"]
    assert snapshot in tell("list", "-e", "snapshot shop") and "manual" in tell("show", snapshot)
    assert "3 at most" in tell("settings", "snapshot shop")
    assert "one of what it brought" in tell("settings", "snapshot shop", "--after-restore", "on")
    tell("settings", "snapshot shop", "--after-restore", "off")
    code, _, err = cli.run("snapshot", "rollback", snapshot, "--confirm", "another shop")
    assert code != 0 and "snapshot shop" in err
    assert "before_rollback" in tell("rollback", snapshot, "--confirm", "snapshot shop")
    check_serves(shop.url, shop.db_name)
    for one in of(api, environment):
        tell("remove", one["id"], "--yes")
    before.assert_nothing_left(kept_archives=1)


def test_an_adopted_environment_is_not_forgotten_with_one_in_it(api, environment):
    snapshot = take(api, environment)
    with pytest.raises(ApiError) as refused:
        api.remove_environment(environment)
    assert refused.value.status == 409 and "snapshot" in refused.value.sentence
    remove(api, snapshot)


def test_the_page_takes_one_and_rolls_back_to_it(drive, api, environment, shop, before):
    told = drive("snapshots", seconds=1800, ENVIRONMENT=environment["id"], NAME="from the page")
    assert api.get(told["snapshot"].removeprefix("/api/v1"))["name"] == "from the page"
    assert told["outcome"], told
    check_serves(shop.url, shop.db_name)
    for one in of(api, environment):
        remove(api, one)
    before.assert_nothing_left(kept_archives=1)
