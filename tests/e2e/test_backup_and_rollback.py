"""A running environment: backed up while it serves, damaged, rolled back, the rollback undone, redone and released."""

import datetime
import zipfile

import pytest

from leftovers import Picture
from odoo_client import OdooClient, OdooError, check_serves
from watch import RequestLoop

CONTENT = b"a document that must come back" * 1000
LONGEST_SILENCE_SECONDS = 60


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "rollback shop")


@pytest.fixture(scope="module")
def odoo(shop):
    return OdooClient(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def partner(odoo):
    return odoo.create_partner("Worth keeping")


@pytest.fixture(scope="module")
def document(odoo):
    return odoo.create_attachment("document.bin", CONTENT)


@pytest.fixture(scope="module")
def backup_watch(shop):
    return RequestLoop(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def backup(api, environment, partner, document, backup_watch):
    with backup_watch:
        return api.create_backup(environment["id"], name="before the accident", notes="e2e")


@pytest.fixture(scope="module")
def before(shop, server, backup):
    return Picture(shop, server)


@pytest.fixture(scope="module")
def damage(before, shop, odoo, partner, document):
    """Partners gone and files gone: what is left is a damaged environment that still answers."""
    odoo.call("res.partner", "unlink", [partner])
    odoo.create_partner("Made after the backup")
    shop.odoo.exec("sh", "-c", f"rm -rf '/var/lib/odoo/filestore/{shop.db_name}'/[0-7]*")
    with pytest.raises(OdooError):
        odoo.check_attachments(limit=50)
    return odoo.partners()


@pytest.fixture(scope="module")
def watch(shop):
    return RequestLoop(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def restored(api, backup, damage, watch):
    with watch:
        return api.restore(backup["id"], "original", strategy="side_by_side")


def test_adopting_reads_the_containers(environment, shop):
    assert environment["status"] == "running"
    assert environment["db_name"] == shop.db_name
    assert environment["odoo_version"].startswith("14")
    assert environment["environment_type"] == "production"


def test_a_backup_is_complete_and_verified(backup, environment):
    assert backup["status"] == "completed"
    assert backup["is_verified"] is True
    assert backup["backup_type"] == "manual"
    assert backup["environment_id"] == environment["id"]
    assert backup["name"] == "before the accident" and backup["notes"] == "e2e"
    assert backup["compressed_size"] > 0 and backup["duration_seconds"] > 0


def test_odoo_serves_while_it_is_backed_up(backup, backup_watch):
    assert backup_watch.answers and backup_watch.gaps() == []


def test_the_archive_is_what_the_page_says(api, backup, folder):
    path = api.download(backup["id"], folder / "ours.zip")
    assert path.stat().st_size == backup["compressed_size"]
    with zipfile.ZipFile(path) as archive:
        assert {"dump.sql", "filestore.tar.gz", "manifest.json"} <= set(archive.namelist())
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read("dump.sql")[:5] == b"PGDMP"
        assert archive.testzip() is None


def test_a_rollback_brings_the_data_back(restored, shop, partner, document):
    assert restored["status"] == "completed" and restored["outcome"] == "swapped"
    odoo = check_serves(shop.url, shop.db_name)
    names = odoo.partners()
    assert names[partner] == "Worth keeping"
    assert "Made after the backup" not in names.values()
    assert odoo.content(document) == CONTENT
    odoo.check_attachments(limit=50)


def test_only_the_restart_is_seen_from_outside(restored, watch, record_property):
    """Every request before the swap was answered; the one silence is Odoo's restart."""
    swap = next(step for step in restored["steps"] if step["name"] == "swap")
    gaps = watch.gaps()
    silence = sum(end - start for start, end in gaps)
    record_property("silence_seconds", round(silence, 2))
    print(f"silence {silence:.2f} s in {len(gaps)} gaps, longest pause {watch.longest_pause():.2f} s, "
          f"downtime_seconds {restored['downtime_seconds']}")
    assert len(gaps) == 1, f"{len(gaps)} silences: {gaps}"
    first_bad = next(at for at, well in watch.answers if not well)
    assert first_bad >= moment(swap["started_at"]) - 1.0, "Odoo was silent before the swap began"
    assert silence < LONGEST_SILENCE_SECONDS


def test_the_downtime_told_is_the_downtime_seen(restored, watch):
    start, end = watch.gaps()[0]
    assert 0 < restored["downtime_seconds"] < LONGEST_SILENCE_SECONDS
    assert abs(restored["downtime_seconds"] - (end - start)) < 30


def test_the_safety_backup_is_there_and_verified(api, restored):
    safety = api.backup(restored["pre_restore_backup_id"])
    assert safety["status"] == "completed" and safety["is_verified"] is True
    assert safety["backup_type"] == "pre_restore"


def test_only_the_fenced_previous_state_is_kept(restored, before, shop):
    kept = shop.databases() - before.databases
    assert len(kept) == 1 and next(iter(kept)).startswith(shop.db_name)
    allowed = shop.sql(f"select datallowconn from pg_database where datname = '{next(iter(kept))}'", "postgres")
    assert allowed == "f", "the previous database is not fenced: Odoo would run its crons there"
    kept_filestores = shop.filestore_dirs() - before.filestore
    assert len(kept_filestores) == 1
    before.assert_nothing_left(kept_databases=kept, kept_filestores=kept_filestores, kept_archives=1)
    assert restored["undo_expires_at"]


def test_odoos_role_may_not_do_more_than_before(restored, shop):
    odoo_owned = shop.sql("select datname from pg_database where pg_get_userbyid(datdba) = 'odoo' and datallowconn", "postgres")
    assert odoo_owned.split() == [shop.db_name]


def test_the_containers_restart_as_before(restored, shop):
    for container in (shop.odoo, shop.db, shop.pgbouncer):
        assert container.running()
        assert container.inspect("{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped", container.name


def test_undo_brings_the_damaged_state_back(api, restored, damage, shop, partner):
    api.undo(restored["id"])
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    names = odoo.partners()
    assert partner not in names
    assert "Made after the backup" in names.values()
    assert api.restore_point(restored["id"])["outcome"] == "undone"


def test_an_undo_can_be_undone(api, restored, shop, partner):
    api.undo(restored["id"])
    assert OdooClient.when_up(shop.url, shop.db_name).partners()[partner] == "Worth keeping"
    assert api.restore_point(restored["id"])["outcome"] == "swapped"


def test_a_released_restore_keeps_what_it_brought_and_nothing_else(api, restored, before, shop, partner):
    api.release(restored["id"])
    before.assert_nothing_left(kept_archives=1)
    assert check_serves(shop.url, shop.db_name).partners()[partner] == "Worth keeping"
    response = api.raw("POST", f"/api/v1/backups/restore/{restored['id']}/undo")
    assert response.status_code == 409


def moment(text):
    """An RFC 3339 time as seconds since the epoch."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
