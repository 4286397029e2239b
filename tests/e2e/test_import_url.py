"""Archives that a worker fetches from an address: real lines, real refusals, and what must not be reached or told."""

import hashlib
import json

import pytest

from lab import wait_until
from reprise_client import running_steps
from server import Cli
from web_files import WebFiles, make_certificate

SECRET = "planted-header-5d21c8"
SIGNATURE = "planted-signature-8ae0f4"


@pytest.fixture(scope="module")
def content(odoo_zip):
    return odoo_zip.read_bytes()


@pytest.fixture(scope="module")
def server(make_server):
    """One that trusts files at any port of 127.0.0.1, by that name only."""
    return make_server(arguments=["--import-host", "127.0.0.1"])


def order(api, url, **fields):
    return api.post("/backups/import/from-url", {"url": url, **fields}, expect=202)


def failure(api, url, **fields):
    """The task of an import that fails, when its archive, its address and its secrets are gone."""
    backup = order(api, url, **fields)
    task = api.wait_ended(backup["task_id"])
    assert task["status"] == "failed", task
    assert api.backup(backup["id"])["status"] == "failed"
    return task


def stored(server):
    return {name for name in server.stored_files() if name.startswith("storage/")}


def catalog(server):
    return b"".join(path.read_bytes() for path in server.data.glob("catalog.db*")).decode(errors="replace")


def test_an_archive_comes_over_a_line_that_breaks(server, api, content, folder):
    files = WebFiles(content, secret=SECRET, break_after=[100_000, 0, 250_000])
    headers = folder / "headers.txt"
    headers.write_text(f"Authorization: Bearer {SECRET}\n")
    sha256 = hashlib.sha256(content).hexdigest()
    code, out, err = Cli(server).run("--json", "backup", "import", "--from", files.url(f"/backup.zip?signature={SIGNATURE}"),
                                     "--headers", headers, "--sha256", sha256)
    assert code == 0, err
    backup = json.loads(out)
    assert backup["is_verified"] and backup["name"] == "backup.zip" and backup["sha256"] == sha256
    assert [step["name"] for step in api.task(backup["task_id"])["steps"]] == ["fetch", "verify"]
    ranges = [headers.get("Range") for _, headers in files.calls]
    assert ranges == [None, "bytes=100000-", "bytes=100000-", "bytes=350000-"]
    assert api.download(backup["id"], folder / "fetched.zip").read_bytes() == content
    for text in (catalog(server), server.log.read_text(errors="replace"), json.dumps(api.task(backup["task_id"])), json.dumps(backup)):
        assert SECRET not in text and SIGNATURE not in text
    api.delete_backup(api.backup(backup["id"]))
    assert stored(server) == set()


def test_a_node_that_dies_while_it_fetches_begins_anew(make_server, content):
    files = WebFiles(content, pause=2)
    server = make_server(arguments=["--import-host", files.host])
    backup = order(server.client(), files.url())
    wait_until("the fetch is on its way", lambda: (server.client().task(backup["task_id"])["percent"] or 0) > 0, 60)
    server.kill()
    server.start()
    api = server.client()
    assert api.wait(backup["task_id"], seconds=120)["status"] == "completed"
    assert api.backup(backup["id"])["sha256"] == hashlib.sha256(content).hexdigest()
    assert [headers.get("Range") for _, headers in files.calls] == [None, None]


def test_a_cancelled_one_leaves_nothing(server, api, content):
    files = WebFiles(content, pause=2)
    backup = order(api, files.url())
    wait_until("it is being fetched", lambda: files.calls and "fetch" in running_steps(api.task(backup["task_id"])), 60)
    api.post(f"/tasks/{backup['task_id']}/cancel")
    assert api.wait_ended(backup["task_id"])["status"] == "cancelled"
    assert api.backup(backup["id"])["status"] == "cancelled"
    assert stored(server) == set()


def test_what_cannot_be_had_is_told_and_leaves_nothing(server, api, content):
    files = WebFiles(content, secret=SECRET)
    headers = [f"Authorization: Bearer {SECRET}"]
    task = failure(api, files.url("/nothing.zip?x=y"), headers=headers)
    assert task["error_code"] == "not_found" and "there is nothing at http://127.0.0.1/nothing.zip (404)" in task["error_message"]
    task = failure(api, files.url())
    assert task["error_code"] == "permission_denied" and "does not let us have" in task["error_message"]
    task = failure(api, files.url(), headers=headers, sha256="0" * 64)
    assert task["error_code"] == "archive_corrupt" and "sha256" in task["error_message"]
    task = failure(api, files.url("/page"), headers=headers)
    assert task["error_code"] == "format_unsupported" and "is no backup" in task["error_message"]
    dull = WebFiles(content, ranges=False, break_after=[1000] * 9)
    task = failure(api, dull.url())
    assert task["error_code"] == "archive_corrupt" and f"cut off after 1000 of {len(content)} bytes" in task["error_message"]
    assert stored(server) == set()
    assert SECRET not in catalog(server)


def test_what_must_not_be_reached_is_not(server, make_server, content, folder):
    files, secret = WebFiles(content), WebFiles(content)
    narrow = make_server(arguments=["--import-host", files.host])
    api = narrow.client()
    refused = api.raw("POST", "/api/v1/backups/import/from-url", json={"url": secret.url()})
    assert refused.status_code == 422 and refused.json()["field"] == "/url", refused.text
    for url in (f"https://{secret.host}/backup", f"https://localhost:{secret.server.server_port}/backup",
                "https://169.254.169.254/latest/meta-data/", files.url(f"/to?{secret.url()}"),
                files.url(f"/to?https://{secret.host}/backup"), files.url("/to?http://169.254.169.254/latest/")):
        task = failure(api, url)
        assert task["error_code"] == "permission_denied", (url, task)
    assert secret.calls == []
    untrusted = WebFiles(content, certificate=make_certificate(folder / "nobodys.pem"))
    task = failure(server.client(), untrusted.url())
    assert "no trust in 127.0.0.1" in task["error_message"] and untrusted.calls == []
