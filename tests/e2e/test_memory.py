"""A backup of 1 GB goes through import, restore, backup and download; the server's memory stays small."""

import os

import archives
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
