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


def test_a_copy_of_odoo_19_is_masked(api, shop):
    environment = api.get("/environments", params={"page_size": 100})["items"]
    production = next(one for one in environment if one["name"] == "nineteen")
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    partner = odoo.call("res.partner", "create", {"name": "Frieda Geheim", "email": "frieda@geheim.example"})
    document = odoo.create_attachment("geheim.bin", b"of Frieda Geheim" * 500)
    backup = api.create_backup(production["id"])
    point = api.restore(backup["id"], "new", mask=["all"], new_environment={"name": "nineteen masked", "environment_type": "staging"})
    copy = api.environment(point["target_environment_id"])
    masked = OdooClient.when_up(copy["url"], copy["db_name"])
    row = masked.call("res.partner", "read", [partner], ["name", "email"])[0]
    assert row["email"].endswith("@masked.invalid") and "Geheim" not in row["name"]
    assert b"masked" in masked.content(document)
    safe = point["proof"]["safe_copy"]
    assert (safe["neutralized"], safe["by"]) == (True, "odoo")
    assert {"res_partner", "res_users", "ir_attachment"} <= {change["table"] for change in safe["changes"]}
    api.remove_environment(copy)
