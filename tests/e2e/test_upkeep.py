"""What happens by the clock: a schedule makes real backups, retention deletes the right ones."""

import datetime
import sqlite3

import pytest

from lab import wait_until


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "shop by the clock")


def backups_of(api, environment, status="completed"):
    return api.get("/backups", params={"environment_id": environment["id"], "status": status, "page_size": 100})["items"]


@pytest.fixture(scope="module")
def schedule(api, environment):
    made = api.post("/schedules", {"environment_id": environment["id"], "cron": "* * * * *", "name": "every minute"}, expect=201)
    yield made
    api.call("DELETE", f"/api/v1/schedules/{made['id']}", expect=204)


@pytest.fixture(scope="module")
def backup(api, environment, schedule):
    wait_until("a backup made by the schedule", lambda: backups_of(api, environment), 180, pause=1)
    api.call("PATCH", f"/api/v1/schedules/{schedule['id']}", json={"is_enabled": False})
    for running in backups_of(api, environment, "running") + backups_of(api, environment, "pending"):
        api.wait(running["task_id"])
    return backups_of(api, environment)[-1]


def test_a_schedule_says_itself_in_words_and_times(schedule):
    assert schedule["sentence"] == "Every minute."
    assert len(schedule["next_runs"]) == 5 and schedule["next_runs"][0] == schedule["next_run_at"]


def test_a_schedule_that_fires_makes_a_verified_backup(api, backup, schedule):
    assert backup["backup_type"] == "scheduled"
    assert backup["is_verified"] is True and backup["compressed_size"] > 0
    runs = api.get(f"/schedules/{schedule['id']}/runs")["items"]
    assert backup["task_id"] in [run["task_id"] for run in runs]
    assert len({run["due_at"] for run in runs}) == len(runs)


def test_protection_shows_the_day_as_verified(api, environment, backup):
    mine = next(one for one in api.get("/protection", params={"page_size": 100})["items"]
                if one["environment_id"] == environment["id"])
    assert mine["last_verified_backup"]["is_verified"] is True
    assert "verified" in [day["mark"] for day in mine["days"][-2:]] and len(mine["days"]) == 30  # it may be midnight
    assert mine["state"] == "at_risk" and "no schedule" in " ".join(mine["reasons"]), "the schedule is off"


def test_retention_deletes_the_right_archives_and_only_those(api, server, environment, backup):
    others = [api.create_backup(environment["id"], backup_type="scheduled", name=f"old {n}") for n in range(2)]
    by_hand = api.create_backup(environment["id"], name="by hand")
    api.call("PATCH", f"/api/v1/backups/{others[1]['id']}", json={"keep_forever": True})
    there = {one["id"] for one in backups_of(api, environment)}
    age(server, {others[0]["id"]: 40, others[1]["id"]: 50, by_hand["id"]: 60})
    path = f"/environments/{environment['id']}/retention"
    api.call("PUT", f"/api/v1{path}", json={"daily": 1, "weekly": 0, "monthly": 0, "yearly": 0})

    plan = {line["id"]: line for line in api.get(f"{path}/preview")["backups"]}
    gone = there - {line["id"] for line in plan.values() if line["is_kept"]}
    assert others[0]["id"] in gone and not gone & {others[1]["id"], by_hand["id"]}
    assert plan[others[1]["id"]]["reasons"] == ["keep_forever"]
    assert plan[by_hand["id"]]["reasons"] == ["by_hand"]
    assert [line for line in plan.values() if "last_verified" in line["reasons"]]

    assert set(api.post(f"{path}/apply")["deleted"]) <= gone  # the server sweeps by itself, too
    left = {one["id"] for one in backups_of(api, environment)}
    assert left == there - gone
    stored = server.stored_files()
    assert not [one for one in gone if any(one in name for name in stored)]
    assert all(any(one in name for name in stored) for one in left)
    assert api.post(f"{path}/apply")["deleted"] == []


def age(server, days_by_id):
    """Makes backups look older: the catalog has no call for that."""
    now = datetime.datetime.now(datetime.timezone.utc)
    database = sqlite3.connect(server.data / "catalog.db", timeout=30)
    with database:
        for backup_id, days in days_by_id.items():
            created = int((now - datetime.timedelta(days=days)).timestamp() * 1e6)
            database.execute("update backup set created_at = ? where id = ?", (created, backup_id))
    database.close()
