"""Bad backups and broken targets: each ends FAILED with a sentence, the target untouched, nothing left behind."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import archives
from lab import RUN, CommandFailed, docker, run, wait_until
from leftovers import Picture
from odoo_client import OdooClient, check_serves
from reprise_client import ApiError, running_steps

# What an import refuses: how it is made, and what its sentence has to name.
REFUSED_BY_IMPORT = {
    "cut off": (archives.cut_off, r"(?i)cut off|truncat|incomplete|end of|ends|directory"),
    "a flipped byte": (archives.flip_byte, r"dump\.sql"),
    "no dump.sql": (archives.without_dump, r"dump\.sql"),
    "content that is not what its name says": (archives.with_wrong_content, r"filestore/[0-9a-f]{2}/[0-9a-f]{40}|[0-9a-f]{40}"),
    "an entry with ..": (archives.with_dots, r"\.\."),
    "a link as entry": (archives.with_link, r"(?i)link"),
    "a letter": (lambda source, target: archives.no_backup(target), r"(?i)backup|format"),
    "a zip of something else": (lambda source, target: archives.just_a_zip(target), r"(?i)dump\.sql|backup"),
    "an empty file": (lambda source, target: _empty(target), r"(?i)empty|backup|format"),
}

# What only loading shows.
REFUSED_BY_LOADING = {
    "an SQL error in the middle": (archives.with_sql_error, r"reprise_e2e_broken"),
    "a dump that ends in the middle": (archives.with_cut_sql, r"(?i)dump|COPY|end"),
}


def _empty(target):
    target.write_bytes(b"")
    return target


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("bad-input", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "bad input shop")


@pytest.fixture
def before(shop, server, environment):
    return Picture(shop, server)


def refused_import(api, path, name):
    """The sentence with which an import was refused, at once or by its task."""
    try:
        ordered = api.start_import(path, name)
    except ApiError as refusal:
        assert 400 <= refusal.status < 500 and refusal.content_type == "application/problem+json"
        return refusal.sentence
    task = api.wait_ended(ordered["task_id"])
    assert task["status"] == "failed", f"{name} was taken for a good backup: {task}"
    backup = api.backup(ordered["id"])
    assert backup["status"] == "failed" and backup["is_verified"] is False
    assert task["error_code"] and task["error_message"]
    with pytest.raises(ApiError) as refusal:
        api.start_restore(backup["id"], "new", new_environment={"name": "never", "environment_type": "testing"})
    assert (refusal.value.status, refusal.value.code) == (400, "backup_not_available")
    return task["error_message"]


@pytest.mark.parametrize("kind", REFUSED_BY_IMPORT)
def test_an_import_refuses(kind, api, before, small_zip, tmp_path):
    make, words = REFUSED_BY_IMPORT[kind]
    sentence = refused_import(api, make(small_zip, tmp_path / "bad.zip"), kind)
    assert re.search(words, sentence), f"the sentence does not say what is wrong: {sentence}"
    assert not pathlib.Path("/tmp/reprise-e2e-escape").exists()
    before.assert_nothing_left()


def assert_failed_and_untouched(point, shop, before, kept_archives=0):
    assert point["status"] == "failed"
    assert point["outcome"] == "target_untouched"
    assert point["error_message"] and point["error_step"]
    check_serves(shop.url, shop.db_name)
    assert shop.odoo.inspect("{{.RestartCount}}") == before.restarts
    before.assert_nothing_left(kept_archives=kept_archives)


@pytest.mark.parametrize("kind", REFUSED_BY_LOADING)
def test_a_restore_fails_on(kind, api, shop, environment, before, small_zip, tmp_path):
    make, words = REFUSED_BY_LOADING[kind]
    started = shop.odoo.inspect("{{.State.StartedAt}}")
    try:
        backup = api.import_backup(make(small_zip, tmp_path / "bad.zip"), kind)
    except AssertionError as refusal:
        assert kind != "an SQL error in the middle", "an import cannot know this"
        assert re.search(words, str(refusal))
        return
    point = api.failed_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False)
    assert re.search(words, point["error_message"]), point["error_message"]
    assert point["error_step"] in ("load_database", "prove")
    assert_failed_and_untouched(point, shop, before, kept_archives=1)
    assert shop.odoo.inspect("{{.State.StartedAt}}") == started, "Odoo was restarted for nothing"


def test_a_missing_filestore_file_does_not_pass_in_silence(api, shop, environment, before, small_zip, tmp_path):
    backup = api.import_backup(archives.without_a_file(small_zip, tmp_path / "bad.zip"), "one file short")
    ticket = api.start_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False)
    task = api.wait_ended(ticket["task_id"])
    point = api.restore_point(ticket["restore_point_id"])
    if task["status"] == "failed":
        assert_failed_and_untouched(point, shop, before, kept_archives=1)
    else:
        assert any(re.search(r"1 of \d+ attachments", warning) for warning in point["warnings"]), point["warnings"]
        api.undo(point["id"])
        api.release(point["id"])
        OdooClient.when_up(shop.url, shop.db_name)


def test_a_psql_command_in_a_dump_is_never_run(api, shop, environment, before, small_zip, tmp_path):
    trace = "/tmp/reprise-e2e-hostile"
    bad = archives.with_psql_command(small_zip, tmp_path / "bad.zip", f"touch {trace}")
    try:
        backup = api.import_backup(bad, "hostile")
        point = api.failed_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False)
        assert_failed_and_untouched(point, shop, before, kept_archives=1)
    except AssertionError as refusal:
        assert "archive_hostile" in str(refusal), refusal
    assert not pathlib.Path(trace).exists()
    with pytest.raises(CommandFailed):
        shop.db.exec("test", "-e", trace)


def archive_file(server, backup):
    """The stored archive of a backup, found by its size and sum."""
    sizes = [server.data / name for name in server.stored_files()
             if (server.data / name).stat().st_size == backup["compressed_size"]]
    return next(path for path in sizes if run("sha256sum", path).split()[0] == backup["sha256"])


@pytest.fixture
def own_backup(api, environment):
    return api.create_backup(environment["id"])


def test_an_archive_altered_in_storage_is_noticed(api, shop, environment, own_backup, server):
    path = archive_file(server, own_backup)
    archives.flip_byte(path, path)  # in the dump: files that the target has are not read
    before = Picture(shop, server)
    point = api.failed_restore(own_backup["id"], "original", create_pre_restore_backup=False)
    assert re.search(r"(?i)altered|corrupt|checksum|sha256|sum|damaged", point["error_message"]), point["error_message"]
    assert_failed_and_untouched(point, shop, before)


def test_an_archive_cut_off_in_storage_is_noticed(api, shop, environment, own_backup, server):
    path = archive_file(server, own_backup)
    os.truncate(path, path.stat().st_size // 2)
    before = Picture(shop, server)
    try:
        point = api.failed_restore(own_backup["id"], "original", create_pre_restore_backup=False)
    except ApiError as refusal:
        assert (refusal.status, refusal.code) == (400, "backup_not_available")
        return
    assert_failed_and_untouched(point, shop, before)


def test_an_archive_deleted_from_storage_is_not_available(api, own_backup, server):
    archive_file(server, own_backup).unlink()
    with pytest.raises(ApiError) as refusal:
        api.start_restore(own_backup["id"], "original")
    assert (refusal.value.status, refusal.value.code) == (400, "backup_not_available")
    assert refusal.value.sentence


def test_a_database_volume_that_is_full(api, make_trio, small_zip, server):
    """The database's volume has room for what is there, not for a second copy of it."""
    trio = trio_with_small_volume(make_trio, small_zip)
    environment = api.adopt(trio, "full database")
    backup = api.create_backup(environment["id"])
    before = Picture(trio, server)
    leave_free(trio, 4 << 20)
    point = failed_or_refused(api, backup["id"], "original", create_pre_restore_backup=False, strategy="side_by_side")
    if point is not None:
        assert (point["error_code"], point["outcome"]) == ("no_space", "target_untouched")
        assert trio.db.name in point["error_message"] and "GB" in point["error_message"], point["error_message"]
    check_serves(trio.url, trio.db_name)
    before.assert_nothing_left()


def trio_with_small_volume(make_trio, small_zip):
    volume = f"{RUN}-full_db_data"
    docker("volume", "create", "--label", "reprise.lab=1", "--label", f"reprise.lab.trio={RUN}-full", "-o", "type=tmpfs",
           "-o", "device=tmpfs", "-o", "o=size=700m", volume)
    return make_trio("full", options=["--from-zip", small_zip])


def leave_free(trio, free):
    """Fills the database's volume but for `free` bytes."""
    data = "/var/lib/postgresql/data"
    trio.sql("checkpoint")
    available = int(trio.db.exec("df", "--output=avail", "-B1", data).split()[-1])
    trio.db.exec("fallocate", "-l", str(available - free), f"{data}/ballast")


def failed_or_refused(api, *args, **fields):
    """The restore point of a failed restore; None when it was refused for want of space (507)."""
    try:
        return api.failed_restore(*args, **fields)
    except ApiError as refusal:
        assert (refusal.status, refusal.code) == (507, "no_space")
        return None


@pytest.fixture
def small_disk(folder):
    """A file system of 96 MB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    path = folder / "small-disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(path)], check=True)
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_storage_that_is_full(make_server, small_disk, small_zip, tmp_path):
    server = make_server(small_disk / "data")
    api = server.client()
    big = archives.inflate(small_zip, tmp_path / "big.zip", 160 << 20)
    before = server.stored_files()
    with pytest.raises((ApiError, AssertionError)) as refusal:
        api.import_backup(big, "too big")
    assert "no_space" in str(refusal.value), refusal.value
    assert server.stored_files() == before
    used = shutil.disk_usage(small_disk).used
    assert used < 16 << 20, f"{used} bytes are still in use"
    assert api.import_backup(small_zip, "fits")["is_verified"] is True
    server.stop()


def test_a_target_whose_odoo_is_gone(api, make_trio, small_zip, server):
    trio = make_trio("gone", options=["--from-zip", small_zip])
    environment = api.adopt(trio, "gone")
    backup = api.create_backup(environment["id"])
    databases = trio.databases()
    docker("rm", "-f", trio.odoo.name)
    try:
        point = api.failed_restore(backup["id"], "original")
    except ApiError as refusal:
        assert refusal.code == "container_missing" and trio.odoo.name in refusal.sentence
        return
    assert point["outcome"] == "target_untouched"
    assert trio.odoo.name in point["error_message"], point["error_message"]
    assert trio.databases() == databases


def test_a_database_that_dies_while_it_is_loaded_into(api, make_trio, odoo_zip, server):
    """PostgreSQL is killed in the middle of the load; when it is back, Odoo serves as before."""
    trio = make_trio("dying", options=["--from-zip", odoo_zip])
    environment = api.adopt(trio, "dying")
    backup = api.import_backup(odoo_zip, "for the dying")
    before = Picture(trio, server)
    ticket = api.start_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False)
    wait_for_step(api, ticket["task_id"], "load_database")
    docker("kill", trio.db.name)
    docker("start", trio.db.name)
    task = api.wait_ended(ticket["task_id"])
    point = api.restore_point(ticket["restore_point_id"])
    if task["status"] == "failed":
        assert point["outcome"] == "target_untouched"
        # What could not be removed while PostgreSQL was coming back is the janitor's.
        wait_until("the janitor", lambda: not before.leftovers(), 150, pause=2)
    check_serves(trio.url, trio.db_name)
    assert OdooClient.when_up(trio.url, trio.db_name).partners()


def wait_for_step(api, task_id, step):
    wait_until(f"step {step}", lambda: step in running_steps(api.task(task_id)), 120, pause=0.02)
