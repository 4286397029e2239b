"""Backups of PostgreSQL 13, 15, 17 and 18 restored into servers of each: whole ways, with Odoo's own database.

Upwards always; downwards where the server's own pg_restore reads the dump, else refused in the plan, in the words of the restore.
The plain SQL of a newer pg_dump goes downwards too. Runs where the images are (lab/images ensure postgres-versions).
"""

import itertools
import subprocess

import pytest

from lab import LabTrio, docker, some_always
from odoo_client import OdooClient, check_serves

MAJORS = (13, 15, 17, 18)
# What pg_dump -Fc writes: 1.14 up to 15, 1.15 with 16, 1.16 with 17 and 18.
ARCHIVE = {13: 14, 15: 14, 17: 16, 18: 16}
READS = {13: 14, 15: 14, 17: 16, 18: 16}


def images():
    done = subprocess.run(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=False)
    return {int(line.rsplit(":", 1)[1]) for line in done.stdout.split() if line.startswith("reprise-lab/postgres:")}


class Shops:
    """By major version: a trio of Odoo 14 on that PostgreSQL, adopted, with a backup of its own; made when first asked for."""

    def __init__(self, api, backup_file):
        self.api, self.backup_file, self.made = api, backup_file, {}

    def __getitem__(self, major):
        if major not in self.made:
            trio = LabTrio(f"pg{major}", options=["--from-zip", self.backup_file, "--postgres", major, "--no-pgbouncer"])
            self.made[major] = trio
            trio.create()
            trio.environment = self.api.adopt(trio, f"on PostgreSQL {major}", environment_type="staging")
            OdooClient.when_up(trio.url, trio.db_name).create_partner(f"Of PostgreSQL {major}")
            trio.backup = self.api.create_backup(trio.environment["id"])
        return self.made[major]


@pytest.fixture(scope="module")
def shops(engine, small_zip, api):
    missing = set(MAJORS) - images()
    if missing:
        pytest.skip(f"no images of PostgreSQL {sorted(missing)} (lab/images ensure postgres-versions)")
    shops = Shops(api, small_zip)
    yield shops
    for trio in shops.made.values():
        trio.remove()


def names(trio):
    return set(check_serves(trio.url, trio.db_name).partners().values())


@pytest.mark.parametrize("source, target", some_always(list(itertools.product(MAJORS, MAJORS)),
                                                       [(13, 15), (15, 17), (17, 18), (18, 17), (17, 13)]))
def test_from_into(source, target, shops, api):
    into, backup = shops[target], shops[source].backup
    request = dict(create_pre_restore_backup=False, neutralize=False)
    if ARCHIVE[source] > READS[target]:
        plan = api.post("/backups/restore/plan", {"backup_id": backup["id"], **request,
                                                  "target": {"mode": "existing", "environment_id": into.environment["id"]}})
        check = next(check for check in plan["checks"] if check["name"] == "postgres_version")
        assert check["result"] == "blocked" and check["fix"], plan["checks"]
        point = api.failed_restore(backup["id"], "existing", into.environment["id"], **request)
        assert point["error_message"].startswith(check["sentence"]) and point["error_step"] == "validate"
        assert (point["error_code"], point["outcome"]) == ("incompatible", "target_untouched")
        return
    point = api.restore(backup["id"], "existing", into.environment["id"], **request)
    assert point["outcome"] == "swapped"
    assert f"Of PostgreSQL {source}" in names(into)
    api.undo(point["id"])
    assert f"Of PostgreSQL {target}" in names(into)


@pytest.mark.parametrize("source, target", some_always([(17, 13), (17, 15), (18, 13), (18, 15)], [(17, 13)]))
def test_plain_sql_goes_down(source, target, shops, api, tmp_path):
    """With what older servers do not know (SET transaction_timeout, \\restrict) left out."""
    shop = shops[source]
    path = tmp_path / "dump.sql"
    shop.db.exec("pg_dump", "-U", "postgres", "--no-owner", "-f", "/tmp/dump", shop.db_name, user="postgres")
    docker("cp", f"{shop.db.name}:/tmp/dump", path)  # by exec's output a slow reader may lose the end
    shop.db.exec("rm", "/tmp/dump")
    assert "transaction_timeout" in path.read_text()
    backup = api.import_backup(path, f"plain SQL of {source} for {target}")
    point = api.restore(backup["id"], "existing", shops[target].environment["id"], create_pre_restore_backup=False,
                        include_filestore=False, neutralize=False)
    assert point["outcome"] == "swapped"
    assert f"Of PostgreSQL {source}" in names(shops[target])
    api.undo(point["id"])
