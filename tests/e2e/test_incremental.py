"""Incremental backups: what is in storage already is not stored again, and each restores and downloads alone."""

import hashlib
import subprocess
import zipfile

import pytest

from lab import wait_until
from odoo_client import OdooClient, OdooError, check_serves
from server import Cli

CONTENT = b"a document that only the second backup has" * 1000
SWEEP_SECONDS = 60


@pytest.fixture(scope="module")
def place(make_server):
    """A server of its own: what it stores is looked at."""
    return make_server()


@pytest.fixture(scope="module")
def api(place):
    return place.client()


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "incremental shop")


@pytest.fixture(scope="module")
def odoo(shop):
    return OdooClient(shop.url, shop.db_name)


def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:  # removed since it was listed
        return 0


@pytest.fixture(scope="module")
def storage(place):
    """Sizes of what lies in the storage, by key."""
    root = place.data / "storage"
    return lambda: {str(path.relative_to(root)): size_of(path) for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def first(api, environment):
    return api.create_backup(environment["id"], name="the first", incremental=True)


@pytest.fixture(scope="module")
def after_first(first, storage):
    return storage()


@pytest.fixture(scope="module")
def second(api, environment, after_first, odoo):
    odoo.create_attachment("document.bin", CONTENT)
    return api.create_backup(environment["id"], name="the second", incremental=True)


@pytest.fixture(scope="module")
def after_second(second, storage):
    return storage()


def test_the_second_stores_only_what_is_new(first, second, after_first, after_second):
    for backup in (first, second):
        assert backup["status"] == "completed" and backup["is_verified"] and backup["incremental"]
    new = {key: size for key, size in after_second.items() if key not in after_first}
    assert not set(after_first) - set(after_second)
    dump = sum(size for key, size in new.items() if key.endswith(".dump"))
    files = sum(size for key, size in new.items() if key.endswith(".files"))
    first_files = sum(size for key, size in after_first.items() if key.endswith(".files"))
    print(f"the archive has {second['compressed_size']} bytes, {sum(new.values())} are new, {dump} of them the dump; "
          f"the first has stored {first_files} bytes of files")
    assert dump > 0 and files < len(CONTENT) + 20_000 < first_files


def test_the_command_line_takes_it_for_whole_before_that(place, second, tmp_path):
    assert second["sha256"] is None
    code, _, err = Cli(place, home=tmp_path).run("backup", "download", second["id"], "-o", tmp_path / "second.zip")
    assert code == 0, err
    assert zipfile.ZipFile(tmp_path / "second.zip").testzip() is None


def test_it_is_not_read_whole_until_that_is_asked_for(api, second, folder):
    assert second["sha256"] is None
    api.wait(api.post(f"/backups/{second['id']}/verify")["id"])
    whole = api.download(second["id"], folder / "whole.zip")
    assert api.backup(second["id"])["sha256"] == hashlib.sha256(whole.read_bytes()).hexdigest()


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_download_is_the_plain_zip(api, which, folder, request):
    backup = request.getfixturevalue(which)
    path = api.download(backup["id"], folder / f"{which}.zip")
    assert path.stat().st_size == backup["compressed_size"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["dump.sql", "filestore.tar.gz", "filestore.index", "manifest.json"]
        assert archive.testzip() is None
        assert archive.read("dump.sql")[:5] == b"PGDMP"
        archive.extract("filestore.tar.gz", folder / which)
        listed = len(archive.read("filestore.index").splitlines()) - 1
    names = run_tool("tar", "-tzf", folder / which / "filestore.tar.gz").splitlines()
    assert len(names) == listed > 0
    run_tool("unzip", "-t", path)


def run_tool(*argv):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    return done.stdout


def damage(shop, odoo):
    shop.odoo.exec("sh", "-c", f"rm -rf '/var/lib/odoo/filestore/{shop.db_name}'/[0-7]*")
    with pytest.raises(OdooError):
        odoo.check_attachments(limit=50)


def check_restored(shop):
    back = check_serves(shop.url, shop.db_name)
    back.check_attachments(limit=50)
    found = back.call("ir.attachment", "search", [("name", "=", "document.bin")])
    assert [back.content(one) for one in found] == [CONTENT]


def test_it_restores(api, second, shop, odoo):
    damage(shop, odoo)
    point = api.restore(second["id"], "original", create_pre_restore_backup=False)
    assert point["outcome"] == "swapped"
    check_restored(shop)


def test_it_restores_when_the_first_is_deleted(api, first, second, after_first, after_second, storage, shop, odoo):
    dump = next(key for key in after_first if key.endswith(".dump"))
    files = next(key for key in after_first if key.endswith(".files"))
    api.delete_backup(first)
    wait_until("the dump of the deleted backup to go", lambda: dump not in storage(), SWEEP_SECONDS)
    assert files in storage(), "the second still needs it"
    damage(shop, odoo)
    point = api.restore(second["id"], "original", create_pre_restore_backup=False)
    assert point["outcome"] == "swapped"
    check_restored(shop)


def test_one_that_is_cut_off_in_the_middle_leaves_nothing(api, place, environment, second, storage):
    """Killed while it writes, the server takes it up again when it is back; what the first try wrote goes."""
    before = storage()
    ordered = api.post(f"/backups/environments/{environment['id']}/backups", {"name": "cut off", "incremental": True}, expect=202)
    wait_until("the dump to be written", lambda: len(storage()) > len(before), 60, pause=0.01)
    place.kill()
    place.start()
    assert api.wait_ended(ordered["task_id"])["status"] in ("completed", "failed")
    api.delete_backup(api.backup(ordered["id"]))
    wait_until("all that it wrote to go", lambda: set(storage()) == set(before), SWEEP_SECONDS)


def test_when_the_last_is_deleted_nothing_is_left(api, second, storage):
    api.delete_backup(second)
    wait_until("the storage to be empty", lambda: not storage(), SWEEP_SECONDS)
