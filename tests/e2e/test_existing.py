"""A backup of one environment restored into another one that exists, under another database name."""

import pytest

from leftovers import Picture
from odoo_client import OdooClient, check_serves


@pytest.fixture(scope="module")
def backup(api, odoo_zip):
    return api.import_backup(odoo_zip, "for staging")


@pytest.fixture(scope="module")
def staging(make_trio, small_zip):
    """A trio with another database name and other data."""
    return make_trio("existing-target", db_name="staging-copy_2", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, staging):
    return api.adopt(staging, "staging", environment_type="staging")


@pytest.fixture(scope="module")
def before(staging, server, environment, backup):
    OdooClient.when_up(staging.url, staging.db_name).create_partner("Only on staging")
    return Picture(staging, server)


@pytest.fixture(scope="module")
def restored(api, backup, environment, before):
    return api.restore(backup["id"], "existing", environment["id"])


def test_the_other_environment_serves_the_backup_under_its_own_name(restored, staging, shop):
    assert restored["outcome"] == "swapped"
    odoo = check_serves(staging.url, staging.db_name)
    assert "Only on staging" not in odoo.partners().values()
    assert set(odoo.partners()) == set(OdooClient(shop.url, shop.db_name).partners())
    odoo.check_attachments(limit=50)


def test_the_filestore_has_the_targets_name(restored, staging, before):
    live = {name for name in staging.filestore_dirs() if "__old" not in name}
    assert live == {staging.db_name}
    owner = staging.odoo.exec("id", "-u", "odoo").strip()
    assert {pair.split(":")[0] for pair in staging.filestore_owners()} == {owner}


def test_odoos_own_backup_packs_what_was_restored(restored, staging):
    # Zip knows no time before 1980, and one file of 1970 ends Odoo's backup.
    old = staging.odoo.exec("find", f"/var/lib/odoo/filestore/{staging.db_name}", "-type", "f", "!", "-newermt", "1980-01-02")
    assert old.strip() == ""
    staging.odoo.exec("curl", "-sS", "-F", "master_pwd=admin", "-F", f"name={staging.db_name}", "-F", "backup_format=zip",
                      "-o", "/tmp/own.zip", "http://localhost:8069/web/database/backup")
    names = staging.odoo.exec("python3", "-m", "zipfile", "-l", "/tmp/own.zip")
    assert "dump.sql" in names and "filestore/" in names


def test_the_previous_state_can_be_taken_back(api, restored, staging, before):
    api.undo(restored["id"])
    assert "Only on staging" in OdooClient.when_up(staging.url, staging.db_name).partners().values()


def test_a_restore_without_files_leaves_those_of_the_target(api, backup, environment, staging, before):
    # What its collector would look at: nothing is removed meanwhile.
    staging.odoo.exec("rm", "-rf", f"/var/lib/odoo/filestore/{staging.db_name}/checklist")
    named = staging.sql("select store_fname from ir_attachment where store_fname is not null").split()
    files = staging.filestore_files() & set(named)  # Odoo removes the others when it likes
    assert files
    point = api.restore(backup["id"], "existing", environment["id"], include_filestore=False,
                        create_pre_restore_backup=False)
    assert files <= staging.filestore_files()
    assert any("attachment" in warning for warning in point["warnings"]), point["warnings"]
