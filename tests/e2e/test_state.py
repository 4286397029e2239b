"""The control host is lost: another server takes over from what `reprise export` wrote, as docs/runbook.md says."""

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from lab import REPO
from odoo_client import OdooClient, check_serves
from server import BINARY, Server

sys.path.insert(0, str(REPO / "tests"))
from postgres_server import PostgresServer, programs  # noqa: E402


def reprise(*argv):
    """Exit code, stdout, stderr of a command that needs no server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE")}
    done = subprocess.run([str(BINARY), *map(str, argv)], env=environment, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def old(engine, folder, shop):
    """A server with an environment, a backup, a schedule, and secrets that it keeps sealed."""
    storage = folder / "archives"
    storage.mkdir()
    server = Server(folder / "old-host", engine, ("--storage", storage)).start()
    api = server.client()
    environment = api.adopt(shop, "the shop")
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Of the evening")
    server.backup = api.create_backup(environment["id"])
    organization = api.get("/organizations")["items"][0]
    api.post(f"/organizations/{organization['id']}/webhooks",
             {"name": "ops", "url": "https://hooks.example.org/x", "events": ["task.failed"]}, expect=201)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def state(old, folder):
    """What the nightly job wrote, while the server ran."""
    file = folder / "elsewhere" / "reprise-state.jsonl"
    file.parent.mkdir()
    code, out, err = reprise("export", "--data", old.data, "--out", file)
    assert code == 0, err
    assert "secret.key is not in it" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = (old.data / "secret.key").read_text().strip()
    token = (old.data / "admin.token").read_text().strip()
    text = file.read_text()
    assert key not in text and token not in text
    return file


def test_an_altered_file_is_refused_and_leaves_nothing(state, folder, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(state.read_text().replace("the shop", "the s_op"))
    code, _, err = reprise("import-state", bad, "--data", tmp_path / "new", "--without-secret-key")
    assert code != 0 and "tells of other lines" in err
    code, out, err = reprise("import-state", state, "--data", tmp_path / "new", "--without-secret-key")
    assert code == 0, f"the place was empty still: {err}"
    code, _, err = reprise("import-state", state, "--data", tmp_path / "new", "--without-secret-key")
    assert code == 5 and "is not empty" in err


def test_secrets_are_not_given_up_by_accident(old, state, tmp_path):
    code, _, err = reprise("import-state", state, "--data", tmp_path / "new")
    assert code == 5 and "sealed" in err and "--without-secret-key" in err
    assert not (tmp_path / "new/catalog.db").exists()
    (tmp_path / "new/secret.key").write_text("ab" * 32 + "\n")
    code, _, err = reprise("import-state", state, "--data", tmp_path / "new")
    assert code == 5 and "is not the key" in err
    whole = tmp_path / "whole.jsonl"
    assert reprise("export", "--data", old.data, "--out", whole, "--with-secret-key")[0] == 0
    assert reprise("import-state", whole, "--data", tmp_path / "other")[0] == 0
    assert (tmp_path / "other/secret.key").read_text() == (old.data / "secret.key").read_text()
    assert stat.S_IMODE((tmp_path / "other/secret.key").stat().st_mode) == 0o600


@pytest.fixture
def postgres():
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed")
    server = PostgresServer().start()
    yield server
    server.remove()


def test_it_moves_into_postgresql_and_back(state, old, postgres, tmp_path):
    (tmp_path / "node").mkdir()
    shutil.copy(old.data / "secret.key", tmp_path / "node/secret.key")
    code, _, err = reprise("import-state", state, "--data", tmp_path / "node", "--catalog", postgres.url)
    assert code == 0, err
    back = tmp_path / "back.jsonl"
    code, _, err = reprise("export", "--data", tmp_path / "node", "--catalog", postgres.url, "--out", back)
    assert code == 0, err
    rows = [sorted(line for line in file.read_text().splitlines()[1:-1] if '"installation"' not in line)
            for file in (state, back)]
    assert rows[0] == rows[1]
    headers = [json.loads(file.read_text().splitlines()[0]) for file in (state, back)]
    assert headers[0]["installation"] == headers[1]["installation"] != ""


def test_another_host_takes_over(old, state, shop, engine, folder):
    """Last: the old host dies."""
    key = folder / "elsewhere/secret.key"
    shutil.copy(old.data / "secret.key", key)
    old.kill()
    shutil.rmtree(old.data)
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.create_partner("Of the night")

    data = folder / "new-host"
    data.mkdir()
    shutil.copy(key, data / "secret.key")
    code, out, err = reprise("import-state", state, "--data", data)
    assert code == 0, err
    new = Server(data, engine, ("--storage", folder / "archives")).start()
    try:
        api = new.client()
        environments = api.get("/environments")["items"]
        assert [environment["name"] for environment in environments] == ["the shop"]
        backups = api.get("/backups")["items"]
        assert [backup["id"] for backup in backups] == [old.backup["id"]]
        assert backups[0]["is_verified"] is True
        organization = api.get("/organizations")["items"][0]
        assert [hook["name"] for hook in api.get(f"/organizations/{organization['id']}/webhooks")["items"]] == ["ops"]

        point = api.restore(backups[0]["id"], "original")

        assert point["outcome"] == "swapped"
        names = set(check_serves(shop.url, shop.db_name).partners().values())
        assert "Of the evening" in names and "Of the night" not in names
        api.undo(point["id"])
        assert "Of the night" in OdooClient.when_up(shop.url, shop.db_name).partners().values()
    finally:
        new.stop()
