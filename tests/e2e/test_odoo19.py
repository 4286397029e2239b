"""The same on Odoo 19 and PostgreSQL 17, where their images are at hand (REPRISE_TEST_ODOO19=1 has them built)."""

import os
import subprocess

import pytest

from lab import REPO, LabTrio, run
from odoo_client import OdooClient, check_serves


@pytest.fixture(scope="module")
def images(engine):
    if os.environ.get("REPRISE_TEST_ODOO19") == "1":
        run(REPO / "lab/images", "ensure", "19", timeout=3600)
    for image in ("reprise-lab/odoo:19", "reprise-lab/postgres:17"):
        if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode != 0:
            pytest.skip("the images of Odoo 19 are not here (REPRISE_TEST_ODOO19=1 builds them)")


@pytest.fixture(scope="module")
def shop(images):
    trio = LabTrio("nineteen", options=["--modules", "base,web"], odoo="19")
    try:
        yield trio.create()
    finally:
        trio.remove()


def test_a_running_odoo_19_is_backed_up_rolled_back_and_copied(api, shop):
    environment = api.adopt(shop, "nineteen")
    assert environment["odoo_version"].startswith("19")
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    partner = odoo.create_partner("Worth keeping")
    document = odoo.create_attachment("document.bin", b"nineteen" * 5000)
    backup = api.create_backup(environment["id"])
    odoo.call("res.partner", "unlink", [partner])
    point = api.restore(backup["id"], "original")
    assert point["outcome"] == "swapped"
    odoo = check_serves(shop.url, shop.db_name)
    assert odoo.partners()[partner] == "Worth keeping"
    assert odoo.content(document) == b"nineteen" * 5000
    copy = api.restore(backup["id"], "new", new_environment={"name": "nineteen copy", "environment_type": "staging"})
    environment = api.environment(copy["target_environment_id"])
    assert check_serves(environment["url"], environment["db_name"]).partners()[partner] == "Worth keeping"
    api.remove_environment(environment)
