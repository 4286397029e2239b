"""The plan of a restore: what it says would be lost is what is lost, and what it blocks is refused in the same words."""

import json

import pytest

from leftovers import Picture
from odoo_client import OdooClient
from server import Cli


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "planned")


@pytest.fixture(scope="module")
def kept(environment, shop):
    """A contact that is there before the backup."""
    return OdooClient.when_up(shop.url, shop.db_name).create_partner("Kept")


@pytest.fixture(scope="module")
def backup(api, environment, kept):
    return api.create_backup(environment["id"], name="before the plan")


@pytest.fixture(scope="module")
def entered(backup, kept, shop):
    """What is entered after the backup: three contacts and an attachment; an older contact is renamed."""
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    made = [odoo.create_partner(name) for name in ("Lost One", "Lost Two", "Lost Last")]
    odoo.create_attachment("lost.bin", b"lost" * 1000)
    odoo.rename_partner(kept, "Renamed after the backup")
    return {"made": made}


def body(backup, mode="original", **target):
    return {"backup_id": backup["id"], "target": {"mode": mode, **target}}


@pytest.fixture(scope="module")
def plan(api, backup, entered, shop, server):
    before = Picture(shop, server)
    plan = api.post("/backups/restore/plan", body(backup), expect=200)
    before.assert_nothing_left()
    return plan


def check(plan, name):
    return next(c for c in plan["checks"] if c["name"] == name)


def test_every_check_passes_or_says_why(plan):
    assert plan["result"] == "warning", json.dumps(plan, indent=1)
    assert [c["name"] for c in plan["checks"] if c["result"] != "ok"] == ["losses"], json.dumps(plan["checks"], indent=1)
    assert {"permission", "backup", "target", "free", "containers", "odoo_version", "modules", "postgres_version",
            "extensions", "collation", "space", "strategy", "safety_backup", "safe_copy", "time", "losses"} \
        == {c["name"] for c in plan["checks"]}


def test_modules_were_looked_for_where_odoo_looks(plan):
    details = check(plan, "modules")["details"]
    assert details["in_backup"] > 0 and details["missing"] == []
    assert any(path.endswith("odoo/addons") for path in details["addons_path"]), details


def test_space_is_told_volume_by_volume(plan):
    volumes = {v["holds"]: v for v in check(plan, "space")["details"]["volumes"]}
    assert set(volumes) == {"database", "filestore", "engine", "safety_backup"}
    assert all(v["free_bytes"] > v["needed_bytes"] and v["reserved_bytes"] == 0 for v in volumes.values()), \
        json.dumps(volumes)
    # The files are all there still: nothing of them need be fetched.
    assert volumes["filestore"]["needed_bytes"] == 0
    assert volumes["database"]["needed_bytes"] > 1_000_000


def test_exactly_what_was_entered_is_told_as_lost(plan, entered):
    models = {m["model"]: m for m in plan["losses"]["models"]}
    assert plan["losses"]["basis"] == "newer" and plan["losses"]["complete"]
    assert models["res.partner"]["created"] == 3
    assert models["res.partner"]["changed"] == 1
    assert models["res.partner"]["last"]["name"] == "Lost Last"
    assert models["res.partner"]["last"]["id"] == str(entered["made"][-1])
    assert models["ir.attachment"]["created"] == 1
    assert models["ir.attachment"]["last"]["name"] == "lost.bin"
    assert models["res.users"]["created"] == 0


def test_a_person_reads_a_sentence_then_the_losses_then_the_checks(server, backup, plan, tmp_path):
    code, out, err = Cli(server, home=tmp_path).run("plan", backup["name"])
    assert code == 0, err
    first = out.splitlines()[0]
    assert "can be restored" in first and "3 contacts" in first, out
    assert "Lost Last" in out and "modules of the backup are in the target's image" in out


def test_a_new_environment_replaces_nothing_and_is_made_safe(api, backup, plan):
    answer = api.post("/backups/restore/plan", body(backup, "new", new_environment={"name": "copy", "environment_type": "staging"}))
    assert answer["losses"]["basis"] == "nothing"
    safe = answer["safe_copy"]
    assert safe["neutralize"] and safe["reset_identity"] and not safe["mask"], safe


def test_a_module_that_the_image_lacks_blocks_plan_and_restore_in_the_same_words(api, backup, plan, shop, entered):
    """The module is taken out of the image's folder, and counts as gone from the live database too."""
    folder = shop.odoo.exec("sh", "-c", "ls -d /usr/lib/python3/dist-packages/odoo/addons/web").strip()
    shop.odoo.exec("mv", f"{folder}/__manifest__.py", f"{folder}/__manifest__.gone")
    shop.sql("update ir_module_module set state = 'uninstalled' where name = 'web'")
    try:
        blocked = check(api.post("/backups/restore/plan", body(backup)), "modules")
        assert blocked["result"] == "blocked" and blocked["details"]["missing"] == ["web"]
        assert blocked["fix"]
        point = api.failed_restore(backup["id"], "original")
        assert point["error_message"].startswith(blocked["sentence"]) and point["error_step"] == "validate"
        assert point["outcome"] == "target_untouched"
    finally:
        shop.odoo.exec("mv", f"{folder}/__manifest__.gone", f"{folder}/__manifest__.py")
        shop.sql("update ir_module_module set state = 'installed' where name = 'web'")


def test_the_restore_loses_exactly_that(api, backup, plan, kept, entered, shop):
    measured = plan["estimate"]["restores_measured"]
    point = api.restore(backup["id"], "original")
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    partners = odoo.partners()
    assert not set(entered["made"]) & set(partners)
    assert partners[kept] == "Kept"
    assert not odoo.call("ir.attachment", "search", [("name", "=", "lost.bin")])
    again = api.post("/backups/restore/plan", body(backup))
    models = {m["model"]: m["created"] for m in again["losses"]["models"]}
    assert models["res.partner"] == 0, again["losses"]
    # The installation learns from each of its restores, whichever other tests made some before this one.
    assert again["estimate"]["restores_measured"] == min(measured + 1, 30)
    assert again["estimate"]["seconds"] > 0
