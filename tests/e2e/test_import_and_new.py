"""A genuine Odoo backup, imported and restored into an environment that Reprise makes for it."""

import hashlib
import re
import zipfile

import pytest

import leftovers
from lab import deployed_trio, docker
from odoo_client import check_serves


@pytest.fixture(scope="module")
def imported(api, odoo_zip):
    return api.import_backup(odoo_zip, "from Odoo")


@pytest.fixture(scope="module")
def restored(api, imported):
    """The restore point of a restore into a new environment, asked for in the page's own words."""
    new_environment = {"name": "reborn", "environment_type": "production", "server_id": None}
    return api.restore(imported["id"], "new", new_environment=new_environment, create_pre_restore_backup=True,
                       include_filestore=True)


@pytest.fixture(scope="module")
def environment(api, restored):
    return api.environment(restored["target_environment_id"])


@pytest.fixture(scope="module")
def trio(environment):
    return deployed_trio(environment)


def test_an_imported_backup_is_verified_and_described(imported, odoo_zip):
    with zipfile.ZipFile(odoo_zip) as archive:
        dump_bytes = archive.getinfo("dump.sql").file_size
        file_bytes = sum(i.file_size for i in archive.infolist() if i.filename.startswith("filestore/"))
    assert imported["status"] == "completed"
    assert imported["is_verified"] is True and imported["verified_at"]
    assert imported["backup_type"] == "imported"
    assert imported["database_size"] == dump_bytes
    assert imported["filestore_size"] == file_bytes
    assert imported["total_size"] == dump_bytes + file_bytes
    assert imported["compressed_size"] == odoo_zip.stat().st_size
    assert imported["sha256"] == hashlib.sha256(odoo_zip.read_bytes()).hexdigest()
    assert imported["environment_snapshot"]["db_name"] == "prod-main"
    assert imported["environment_snapshot"]["odoo_version"].startswith("14")
    assert "base" in imported["environment_snapshot"]["modules"]


def test_an_imported_archive_downloads_as_it_was(api, imported, odoo_zip, folder):
    copy = api.download(imported["id"], folder / "copy.zip")
    assert copy.read_bytes() == odoo_zip.read_bytes()


def test_a_restore_into_a_new_environment_completes(restored):
    assert restored["status"] == "completed"
    assert restored["is_new_environment"] is True
    assert restored["pre_restore_backup_id"] is None
    assert restored["error_message"] is None
    assert [step["name"] for step in restored["steps"]][0] == "validate"


def test_the_new_environment_has_three_labelled_containers_that_run(environment, trio):
    assert environment["status"] == "running"
    for container in (trio.odoo, trio.db, trio.pgbouncer):
        assert container.running(), container.name
        values = container.inspect("{{range $k, $v := .Config.Labels}}{{println $k $v}}{{end}}")
        assert environment["id"] in values, f"{container.name} does not say whose it is: {values}"
        assert container.inspect("{{.HostConfig.RestartPolicy.Name}}") in ("unless-stopped", "always")
    assert trio.odoo.inspect("{{.State.Health.Status}}") == "healthy"


def test_odoo_serves_what_was_restored(trio, shop):
    odoo = check_serves(trio.url, trio.db_name)
    original = check_serves(shop.url, shop.db_name)
    assert odoo.partners() == original.partners()
    assert {row["checksum"] for row in original.attachments()} <= {row["checksum"] for row in odoo.attachments()}


def test_odoo_reaches_its_database_through_pgbouncer(trio):
    host = re.search(r"(?:^HOST=|--db_host[= ])([\w.-]+)", trio.odoo.exec("sh", "-c", "env; tr '\\0' ' ' </proc/1/cmdline"), re.M)[1]
    address = trio.odoo.exec("getent", "hosts", host).split()[0]
    assert address in trio.pgbouncer.inspect("{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}").split()


def test_the_files_belong_to_odoo(trio):
    owner = trio.odoo.exec("id", "-u", "odoo").strip()
    assert {pair.split(":")[0] for pair in trio.filestore_owners()} == {owner}


def test_the_database_belongs_to_odoos_role(trio):
    owners = set(trio.sql("select tableowner from pg_tables where schemaname = 'public'").split())
    assert len(owners) == 1
    owner = trio.sql(f"select pg_get_userbyid(datdba) from pg_database where datname = '{trio.db_name}'", "postgres")
    assert owners == {owner}


def test_the_restore_leaves_only_the_environment(trio, server, restored):
    assert leftovers.things_of(server.data, leftovers.TASK_LABELS) == []
    assert trio.databases() == {trio.db_name}
    assert trio.filestore_dirs() == {trio.db_name}


def test_removing_the_environment_leaves_nothing(api, environment, server, trio):
    api.remove_environment(environment)
    names = [name for _, name, labels in leftovers.labelled_things() if environment["id"] in labels.values()]
    assert names == []
    assert docker("ps", "-aq", "--filter", f"name={environment['id']}") == ""
    assert docker("volume", "ls", "-q", "--filter", f"name={environment['id']}") == ""
    assert api.environment(environment["id"])["status"] == "deleted"
