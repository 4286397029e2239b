"""A backup of 1 GB goes through import, restore, backup and download; the server's memory stays small."""

import contextlib
import json
import os
import pathlib
import threading

import archives
import pytest
from lab import REPO, run, some_always
from odoo_client import check_serves

BACKUP_BYTES = int(os.environ.get("REPRISE_TEST_BIG_MB", "1024")) << 20
MOST_MEMORY = 256 << 20


def test_memory_stays_small_while_a_large_backup_goes_through(make_server, small_zip, folder, record_property):
    server = make_server()
    api = server.client()
    big = archives.inflate(small_zip, folder / "big.zip", BACKUP_BYTES)
    imported = api.import_backup(big, "big", seconds=600)
    big.unlink()
    after_import = server.peak_memory()
    point = api.restore(imported["id"], "new", new_environment={"name": "big", "environment_type": "production"}, seconds=900)
    after_restore = server.peak_memory()
    environment = api.environment(point["target_environment_id"])
    odoo = check_serves(environment["url"], environment["db_name"])
    assert sum(row["file_size"] for row in odoo.attachments()) > BACKUP_BYTES * 9 // 10
    ours = api.create_backup(environment["id"])
    after_backup = server.peak_memory()
    assert ours["filestore_size"] > BACKUP_BYTES * 9 // 10
    download = api.download(ours["id"], folder / "big-download.zip")
    assert download.stat().st_size == ours["compressed_size"]
    download.unlink()
    peaks = {"import": after_import, "restore": after_restore, "backup": after_backup, "download": server.peak_memory()}
    told = ", ".join(f"after {what} {peak / 2**20:.0f} MB" for what, peak in peaks.items())
    record_property("peak_memory", told)
    print(f"peak memory of reprise serve: {told}")
    assert max(peaks.values()) < MOST_MEMORY, told
    api.remove_environment(environment)
    server.stop()


def open_and_written_bytes(server):
    """The largest file that the process has open or has left below its data folder and the folder for temporary files."""
    sizes = {}
    for link in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if os.path.isfile(link):
                sizes[os.readlink(link)] = os.stat(link).st_size
    for path in server.data.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                sizes[str(path)] = path.stat().st_size
    return max(sizes.items(), key=lambda item: item[1])


@pytest.mark.parametrize("kind", some_always(["sftp", "s3"], ["sftp"]))
def test_moving_a_gigabyte_from_a_storage_to_a_target_leaves_no_copy_on_the_server(
        kind, make_server, small_zip, folder, record_property):
    place = folder / "storage-servers"
    run(REPO / "lab/storage", "restart", place, timeout=300)
    provider = json.loads((place / "servers.json").read_text())[kind]
    if "missing" in provider:
        run(REPO / "lab/storage", "stop", place)
        pytest.skip(provider["missing"])
    server = make_server(arguments=["--allow-private-storage"])
    api = server.client()
    organization = api.get("/organizations")["items"][0]["id"]
    fields = {"settings": {name: provider[name] for name in ("host", "port", "username", "folder", "host_key")},
              "secrets": {"private_key": provider["private_key"]}} if kind == "sftp" else {
              "settings": {"endpoint": provider["endpoint"], "bucket": provider["bucket"], "prefix": "memory"},
              "secrets": {name: provider[name] for name in ("access_key_id", "secret_access_key")}}
    storage = api.post("/backups/storage-configs", {
        "organization_id": organization, "name": kind, "provider": "sftp" if kind == "sftp" else "ceph", "is_default": True,
        **fields}, expect=201)
    largest = ("", 0)
    ended = threading.Event()

    def watch():
        nonlocal largest
        while not ended.wait(0.2):
            largest = max(largest, open_and_written_bytes(server), key=lambda item: item[1])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        big = archives.inflate(small_zip, folder / f"big-{kind}.zip", BACKUP_BYTES)
        backup = api.import_backup(big, f"big in {kind}", seconds=900)
        big.unlink()
        after_import = server.peak_memory()
        assert backup["storage_config_id"] == storage["id"]
        point = api.restore(backup["id"], "new", new_environment={"name": f"big-{kind}", "environment_type": "testing"},
                            seconds=900)
        peak = server.peak_memory()
    finally:
        ended.set()
        watcher.join()
    told = (f"{kind}: after import {after_import / 2**20:.0f} MB, after restore {peak / 2**20:.0f} MB, "
            f"largest file {largest[1] / 2**20:.1f} MB")
    record_property("peak_memory", told)
    print(told)
    assert point["status"] == "completed"
    assert peak < MOST_MEMORY, told
    assert largest[1] < 64 << 20, f"{largest[0]} has {largest[1]} bytes"
    api.remove_environment(api.environment(point["target_environment_id"]))
    api.delete_backup(backup)
    server.stop()
    run(REPO / "lab/storage", "stop", place)
