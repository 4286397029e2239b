"""What an organization may have at most: refused with a sentence that says so, and never where a restore needs it."""

import pytest

from odoo_client import check_serves
from reprise_client import ApiError

UNLIMITED = {"stored_bytes": None, "environments": None, "active_tasks": None}


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "limited shop")


@pytest.fixture(scope="module")
def backup(api, environment):
    return api.create_backup(environment["id"], name="within the limit")


@pytest.fixture(scope="module")
def limit(api, environment):
    project = api.get(f"/projects/{environment['project_id']}")
    path = f"/api/v1/organizations/{project['organization_id']}/quota"

    def put(**limits):
        return api.call("PUT", path, json={**UNLIMITED, **limits})

    yield put
    put()


def refusal(call, *arguments, **fields):
    with pytest.raises(ApiError) as refused:
        call(*arguments, **fields)
    assert refused.value.status == 409 and refused.value.code == "quota_exceeded", refused.value
    return refused.value.sentence


def test_no_backup_past_the_bytes_but_the_safety_backup_of_a_restore(api, environment, backup, limit, shop):
    used = limit()["use"]  # by other tests of this server as well
    assert used["stored_bytes"] >= backup["compressed_size"] and used["environments"] >= 1
    limit(stored_bytes=used["stored_bytes"])
    assert "may store" in refusal(api.create_backup, environment["id"], name="one too many")
    point = api.restore(backup["id"], "original", create_pre_restore_backup=True)
    assert point["outcome"] == "swapped" and point["pre_restore_backup_id"]
    assert api.backup(point["pre_restore_backup_id"])["status"] == "completed"
    check_serves(shop.url, shop.db_name)
    limit(active_tasks=0)
    assert "task" in refusal(api.create_backup, environment["id"], name="no task")
    api.undo(point["id"])
    check_serves(shop.url, shop.db_name)


def test_an_upload_past_the_bytes_leaves_nothing(api, backup, limit, odoo_zip):
    before = api.get("/backups")["total"]
    used = limit()["use"]["stored_bytes"]
    limit(stored_bytes=used + 10_000)
    refusal(api.start_import, odoo_zip, "too large")
    assert api.get("/backups")["total"] == before and limit()["use"]["stored_bytes"] == used


def test_no_environment_past_their_number(api, backup, limit):
    limit(environments=1)
    new = {"name": "one more", "environment_type": "staging"}
    assert "environment" in refusal(api.start_restore, backup["id"], "new", new_environment=new)
    assert all(one["name"] != "one more" for one in api.get("/environments")["items"])
