"""A copy that is needed for a while only removes itself, with all that was made for it."""

import datetime

import pytest

from lab import docker, wait_until
from reprise_client import ApiError
from server import Cli


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.fixture(scope="module")
def backup(api, small_zip):
    return api.import_backup(small_zip, "for a while")


@pytest.fixture(scope="module")
def restored(api, backup):
    return api.restore(backup["id"], "new", new_environment={"name": "for a while", "environment_type": "testing", "expires_in_minutes": 5})


def test_a_production_is_never_temporary(api, backup):
    with pytest.raises(ApiError) as refused:
        api.start_restore(backup["id"], "new", new_environment={"name": "never", "environment_type": "production", "expires_in_minutes": 5})
    assert refused.value.status == 422 and "never removes itself" in refused.value.sentence
    assert "never" not in {one["name"] for one in api.get("/environments")["items"]}


def test_its_time_begins_with_the_end_of_the_restore(api, restored):
    environment = api.environment(restored["target_environment_id"])
    left = moment(environment["expires_at"]) - moment(restored["completed_at"])
    assert datetime.timedelta(seconds=290) < left < datetime.timedelta(seconds=301)


def test_it_lives_longer_or_stays_when_somebody_says_so(api, server, restored):
    path = f"/api/v1/environments/{restored['target_environment_id']}/expiry"
    assert api.call("PUT", path, json={"expires_in_minutes": None})["expires_at"] is None
    code, out, err = Cli(server).run("env", "expire", "for a while", "--in", "1m")
    assert code == 0 and "removes itself at" in out, err


def test_it_removes_itself_and_leaves_its_backup(api, restored, backup):
    name = restored["target_environment_id"]
    assert docker("ps", "-q", "--filter", f"name={name}")
    wait_until("the environment to remove itself", lambda: api.environment(name)["status"] == "deleted", 180, pause=2)
    assert docker("ps", "-aq", "--filter", f"name={name}") == ""
    assert docker("volume", "ls", "-q", "--filter", f"name={name}") == ""
    assert api.backup(backup["id"])["status"] == "completed"


def test_an_adopted_one_is_never_removed_by_the_clock(api, shop):
    environment = api.adopt(shop, "not for a while", environment_type="staging")
    with pytest.raises(ApiError) as refused:
        api.call("PUT", f"/api/v1/environments/{environment['id']}/expiry", json={"expires_in_minutes": 1})
    assert refused.value.status == 422 and "was adopted" in refused.value.sentence
