"""A catalog of ten thousand backups in the web page: it must scroll as if there were twenty."""

import json
import sqlite3
import time
import uuid

import pytest

TOTAL = 10_000
HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def crowded(make_server):
    """A server whose catalog holds that many. Their archives do not exist: the list asks for none."""
    server = make_server()
    server.stop()
    (catalog,) = [path for path in server.data.glob("*.db")]
    with sqlite3.connect(catalog) as rows:
        (project,) = rows.execute("select id from project").fetchone()
        now = time.time_ns() // 1000
        snapshot = json.dumps({"name": "shop", "odoo_version": "14.0", "environment_type": "production", "db_name": "prod-main",
                               "modules": {f"module_{n}": "14.0.1.0" for n in range(70)}})
        known = {"project_id": project, "environment_id": None, "notes": "", "status": "completed", "type": "imported",
                 "include_filestore": 1, "database_size": 50_000_000, "filestore_size": 900_000_000, "total_size": 950_000_000,
                 "compressed_size": 700_000_000, "sha256": "0" * 64, "format": "reprise", "snapshot": snapshot, "is_verified": 1,
                 "error_message": ""}
        for number in range(1, TOTAL + 1):
            at = now - (TOTAL - number) * HOUR
            row = known | {"id": str(uuid.uuid4()), "task_id": str(uuid.uuid4()), "name": f"backup {number}",
                           "storage_key": f"backups/{number}.zip", "verified_at": at, "started_at": at, "completed_at": at + 60_000_000,
                           "created_at": at}
            rows.execute(f"insert into backup ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
    return server.start()


def test_ten_thousand_backups_scroll_like_twenty(drive, crowded, record_property):
    assert crowded.client().get("/backups")["total"] == TOTAL
    told = drive("many", on=crowded, TOTAL=str(TOTAL))
    scrolled = told["scrolled"]
    print(f"work per frame {told['workPerFrame']:.1f} ms, frames {scrolled['p50']:.0f}/{scrolled['p95']:.0f}/{scrolled['worst']:.0f} ms (median, 95 %, worst), long tasks "
          f"{scrolled['longTasks']}, rows in the page {scrolled['mostRows']}, pages asked for {told['asked']}, to the end {told['toTheEnd']} ms")
    record_property("work_per_frame_ms", round(told["workPerFrame"], 1))
    assert scrolled["reached"] > 30_000, "it was scrolled"
    assert scrolled["mostRows"] < 60, "only the rows on the screen exist"
    assert told["asked"] < 20, "only the pages that were looked at were asked for, not all hundred"
    assert "backup 1" in told["last"] and told["toTheEnd"] < 15_000
    assert told["workPerFrame"] < 16, "a frame is drawn in the time that it has at 60 a second"
