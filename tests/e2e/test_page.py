"""The web page in Debian's Chromium, on a real server and a real Odoo: what a person clicks, and what then is."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from lab import REPO
from odoo_client import OdooClient

WEB = REPO / "web"


@pytest.fixture(scope="module")
def drive(server):
    """Runs one flow of web/e2e/drive.mjs; what it tells. No flow may find anything that every page must hold."""
    linked = subprocess.run([REPO / "script/web", "link"], capture_output=True, text=True)
    if linked.returncode == 77 or not pathlib.Path("/usr/bin/chromium").exists():
        pytest.skip("the page needs npm and Debian's chromium")
    if not shutil.which("node") or not (REPO / "build/web/index.html").exists():
        pytest.skip("this build serves the plain page")

    def run(flow, seconds=600, **settings):
        answer = subprocess.run(["node", WEB / "e2e/drive.mjs", flow], capture_output=True, text=True, timeout=seconds,
                                env={**os.environ, "REPRISE_URL": server.url, "REPRISE_TOKEN": server.token, **settings})
        assert answer.returncode == 0, answer.stderr[-3000:]
        told = json.loads(answer.stdout)
        assert told["issues"] == [], "axe found something serious"
        assert told["elsewhere"] == [], "the page asked another host"
        assert told["complaints"] == [], "the browser refused something"
        return told

    return run


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "page shop")


@pytest.fixture(scope="module")
def odoo(shop):
    return OdooClient(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def backup(api, environment, odoo):
    odoo.create_partner("Before the backup")
    made = api.create_backup(environment["id"], name="from the page's test")
    odoo.create_partner("After the backup")
    return made


@pytest.fixture(scope="module")
def restored(drive, environment, backup):
    return drive("original", ENVIRONMENT=environment["id"])


def test_every_page_is_accessible_and_keeps_to_its_policy(drive, environment, backup):
    drive("pages", PATHS=f"/ /environments /environments/{environment['id']} /backups /activity /servers /settings /nowhere")


def test_a_restore_from_click_to_odoo_survives_a_reload_and_shows_in_two_windows(restored, api, odoo):
    assert "Restored in" in restored["card"] and "Undo is possible" in restored["card"]
    assert api.restore_point(restored["id"])["outcome"] == "swapped"
    names = odoo.partners().values()
    assert "Before the backup" in names and "After the backup" not in names


def test_undo_brings_the_former_state_back(restored, drive, api, odoo):
    drive("undo", RESTORE=restored["id"])
    assert api.restore_point(restored["id"])["outcome"] == "undone"
    assert "After the backup" in odoo.partners().values()
