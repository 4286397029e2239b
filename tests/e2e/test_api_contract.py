"""The API as the product page prints it, key by key, and what holds for every route."""

import pytest
import requests

from reprise_client import ApiError, RepriseClient

UNKNOWN = "01900000-0000-7000-8000-000000000000"
PAGE_RESTORE_V1 = {"id", "backup_id", "target_environment_id", "status", "pre_restore_backup_id", "started_at",
                   "completed_at", "error_message"}
PAGE_RESTORE_V2 = {"restore_point_id", "task_id", "target_environment_id", "target_environment_name",
                   "is_new_environment", "status", "message"}
PAGE_RESTORE_GET = {"id", "backup_id", "target_environment_id", "task_id", "status", "is_new_environment",
                    "is_cross_server", "target_vm_id", "pre_restore_backup_id", "started_at", "completed_at",
                    "duration_seconds", "error_message", "error_step"}
OURS_RESTORE_GET = {"outcome", "downtime_seconds", "warnings", "steps", "undo_expires_at"}
BACKUP_GET = {"id", "environment_id", "status", "backup_type", "database_size", "filestore_size", "total_size",
              "compressed_size", "started_at", "completed_at", "duration_seconds", "expires_at", "is_verified",
              "verified_at", "notes", "error_message", "created_at", "name", "sha256", "environment_snapshot"}
TASK_GET = {"id", "kind", "status", "percent", "step", "eta_seconds", "error_code", "error_message"}
LIST = {"items", "total", "page", "page_size", "total_pages"}

ROUTES = [
    ("GET", "/api/v1/environments"), ("POST", "/api/v1/environments/adopt"), ("GET", f"/api/v1/environments/{UNKNOWN}"),
    ("DELETE", f"/api/v1/environments/{UNKNOWN}"), ("GET", "/api/v1/backups"), ("POST", "/api/v1/backups/import?name=x"),
    ("GET", f"/api/v1/backups/{UNKNOWN}"), ("GET", f"/api/v1/backups/{UNKNOWN}/download"),
    ("DELETE", f"/api/v1/backups/{UNKNOWN}"), ("POST", f"/api/v1/backups/{UNKNOWN}/verify"),
    ("POST", f"/api/v1/backups/environments/{UNKNOWN}/backups"), ("GET", f"/api/v1/backups/environments/{UNKNOWN}/backups"),
    ("POST", "/api/v1/backups/restore"), ("POST", "/api/v1/backups/restore/v2"), ("GET", f"/api/v1/backups/restore/{UNKNOWN}"),
    ("POST", f"/api/v1/backups/restore/{UNKNOWN}/undo"), ("POST", f"/api/v1/backups/restore/{UNKNOWN}/release"),
    ("GET", "/api/v1/tasks"), ("GET", f"/api/v1/tasks/{UNKNOWN}"), ("POST", f"/api/v1/tasks/{UNKNOWN}/cancel"),
    ("GET", f"/api/v1/tasks/{UNKNOWN}/events"), ("GET", f"/api/v1/tasks/{UNKNOWN}/log"), ("GET", "/api/v1/restores"),
    ("GET", "/api/v1/events"), ("GET", "/api/v1/projects"), ("GET", "/api/v1/servers"),
]


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("contract", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "contract shop")


@pytest.fixture(scope="module")
def backup(api, environment):
    return api.create_backup(environment["id"])


@pytest.fixture(scope="module")
def v1(api, backup, environment, server):
    """The answer of the page's simple call and the restore point once it has ended."""
    answer = api.post("/backups/restore", {"backup_id": backup["id"], "target_environment_id": environment["id"],
                                           "create_pre_restore_backup": True, "include_filestore": True}, expect=200)
    task = api.restore_point(answer["id"])["task_id"]
    api.wait(task)
    return answer, api.restore_point(answer["id"])


def refusal(call):
    """The problem of a call that must be refused."""
    with pytest.raises(ApiError) as refused:
        call()
    error = refused.value
    assert error.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= set(error.problem), error.problem
    assert error.problem["status"] == error.status
    assert len(error.sentence) > 10
    return error


def test_healthz_needs_no_token(server):
    assert requests.get(f"{server.url}/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("method,path", ROUTES)
def test_every_route_wants_a_token(server, method, path, token):
    error = refusal(lambda: RepriseClient(server.url, token).call(method, path))
    assert (error.status, error.code) == (401, "unauthenticated")


def test_an_unknown_route_does_not_tell_a_stranger_that_it_is_unknown(server):
    assert refusal(lambda: RepriseClient(server.url, None).get("/no-such-thing")).status == 401


def test_the_token_file_is_private(server):
    assert (server.data / "admin.token").stat().st_mode & 0o077 == 0


def test_v1_answers_as_the_page_prints_it(v1, backup, environment):
    answer, _ = v1
    assert set(answer) == PAGE_RESTORE_V1
    assert answer["status"] == "pending"
    assert (answer["backup_id"], answer["target_environment_id"]) == (backup["id"], environment["id"])
    assert answer["pre_restore_backup_id"] is None and answer["completed_at"] is None and answer["error_message"] is None


def test_a_restore_point_has_the_pages_keys_and_ours(v1, backup, environment):
    _, point = v1
    assert PAGE_RESTORE_GET | OURS_RESTORE_GET <= set(point), (PAGE_RESTORE_GET | OURS_RESTORE_GET) - set(point)
    assert point["status"] == "completed" and point["outcome"] == "swapped"
    assert point["is_new_environment"] is False and point["is_cross_server"] is False
    assert point["duration_seconds"] > 0 and point["started_at"].endswith("Z")
    assert point["pre_restore_backup_id"] and point["error_step"] is None
    assert [step["name"] for step in point["steps"]] == [
        "validate", "safety_backup", "download", "load_database", "stage_filestore", "prove", "swap", "start", "verify", "finish"]


def test_a_backup_has_the_familys_keys(api, backup):
    detail = api.backup(backup["id"])
    assert BACKUP_GET <= set(detail), BACKUP_GET - set(detail)


def test_ordering_a_backup_answers_with_the_backup_and_its_task(api, environment):
    ordered = api.post(f"/backups/environments/{environment['id']}/backups", {"name": "ordered"}, expect=202)
    assert BACKUP_GET | {"task_id"} <= set(ordered)
    assert ordered["status"] in ("pending", "running")
    api.wait(ordered["task_id"])


def test_a_task_tells_how_far_it_is(api, v1):
    task = api.task(v1[1]["task_id"])
    assert TASK_GET <= set(task), TASK_GET - set(task)
    assert (task["kind"], task["status"], task["percent"]) == ("restore", "completed", 100)


def test_events_are_numbered_and_replayed_after_a_reconnect(api, v1):
    events = list(api.events(v1[1]["task_id"]))
    numbers = [int(number) for number, _, _ in events]
    assert len(numbers) > 10 and numbers == sorted(set(numbers))
    assert any("completed" in kind or "completed" in str(data) for _, kind, data in events[-2:])
    middle = numbers[len(numbers) // 2]
    assert [int(number) for number, _, _ in api.events(v1[1]["task_id"], last_event_id=middle)] == [
        number for number in numbers if number > middle]


def test_v2_answers_as_the_page_prints_it_and_one_target_takes_one_restore(api, backup, environment):
    ticket = api.start_restore(backup["id"], "original", idempotency_key="contract-1")
    assert set(ticket) == PAGE_RESTORE_V2
    assert ticket["status"] == "queued" and ticket["message"] == "Restore operation queued successfully"
    assert ticket["target_environment_id"] == environment["id"] and ticket["is_new_environment"] is False
    assert ticket["target_environment_name"] == environment["name"]
    again = api.start_restore(backup["id"], "original", idempotency_key="contract-1")
    assert again["restore_point_id"] == ticket["restore_point_id"] and again["task_id"] == ticket["task_id"]
    error = refusal(lambda: api.start_restore(backup["id"], "original"))
    assert (error.status, error.code) == (409, "target_busy")
    api.post(f"/tasks/{ticket['task_id']}/cancel")
    assert api.wait_ended(ticket["task_id"])["status"] in ("cancelled", "completed")


def test_the_idempotency_key_may_come_as_a_header(api, environment):
    path = f"/backups/environments/{environment['id']}/backups"
    one, two = (api.post(path, {}, headers={"Idempotency-Key": "contract-2"}) for _ in range(2))
    assert one["id"] == two["id"] and one["task_id"] == two["task_id"]
    api.wait(one["task_id"])


@pytest.mark.parametrize("path", ["/environments", "/backups", "/restores", "/tasks"])
def test_lists_are_pages(api, v1, path):
    page = api.get(path, params={"page": 1, "page_size": 1})
    assert set(page) == LIST
    assert (page["page"], page["page_size"], len(page["items"])) == (1, 1, 1)
    assert page["total_pages"] == page["total"] >= 1
    assert api.get(path, params={"page": page["total"] + 1, "page_size": 1})["items"] == []
    assert refusal(lambda: api.get(path, params={"page_size": 101})).status == 422


def test_wrong_fields_are_named(api, backup, environment):
    def restore(**body):
        return refusal(lambda: api.post("/backups/restore/v2", body))

    assert restore(backup_id=backup["id"]).status == 422
    assert restore(backup_id=backup["id"], target={"mode": "sideways"}).status == 422
    assert restore(backup_id=backup["id"], target={"mode": "existing"}).status == 422
    error = restore(backup_id=backup["id"], target={"mode": "new"})
    assert error.status == 422 and "new_environment" in str(error.problem)
    error = restore(backup_id=backup["id"], target={"mode": "original"}, include_filestore="yes")
    assert error.status == 422 and "include_filestore" in str(error.problem)


def test_what_is_no_json_is_a_bad_request(api):
    error = refusal(lambda: api.call("POST", "/api/v1/backups/restore/v2", data="{", headers={"Content-Type": "application/json"}))
    assert (error.status, error.code) == (400, "malformed_request")


def test_unknown_things_are_not_found(api, backup):
    for path in (f"/backups/{UNKNOWN}", f"/backups/restore/{UNKNOWN}", f"/tasks/{UNKNOWN}", f"/environments/{UNKNOWN}", "/nothing"):
        assert refusal(lambda path=path: api.get(path)).status == 404
    assert refusal(lambda: api.start_restore(UNKNOWN, "original")).status == 404
    assert refusal(lambda: api.start_restore(backup["id"], "existing", UNKNOWN)).status == 404


def test_a_name_or_a_container_is_adopted_once(api, shop, environment):
    error = refusal(lambda: api.adopt(shop, environment["name"]))
    assert error.status == 409
    assert refusal(lambda: api.adopt(shop, "another name")).status == 409


def test_a_container_that_is_not_there_cannot_be_adopted(api):
    body = {"name": "ghost", "environment_type": "testing", "odoo_container": "no_such_odoo", "db_container": "no_such_db"}
    error = refusal(lambda: api.post("/environments/adopt", body))
    assert error.code == "container_missing" and "no_such_odoo" in error.sentence


def test_removing_wants_the_name(api, environment):
    error = refusal(lambda: api.call("DELETE", f"/api/v1/environments/{environment['id']}"))
    assert (error.status, error.code) == (412, "confirmation_missing")


def test_a_second_new_environment_may_not_take_a_name(api, backup, environment):
    error = refusal(lambda: api.start_restore(backup["id"], "new", new_environment={"name": environment["name"],
                                                                                   "environment_type": "staging"}))
    assert (error.status, error.code) == (409, "name_taken")


def test_forgetting_an_adopted_environment_leaves_its_containers(api, environment, shop):
    api.remove_environment(environment)
    assert shop.odoo.running() and shop.db.running() and shop.pgbouncer.running()
