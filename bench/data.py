"""The data that is measured on: a real Odoo 14 database, inflated, and a filestore to match. Made once, then kept.

The same scale gives the same rows and the same files everywhere: every value follows from its number or from SEED.
"""

import hashlib
import io
import os
import pathlib
import random
import subprocess
import tarfile

from lab import REPO, docker, run

SEED = 20240229
DATABASE = "prod-main"
MESSAGES, PARTNERS, FILES, FILE_BYTES = 400_000, 100_000, 4_200, 1_100_000_000
INCOMPRESSIBLE = 0.7
GENUINE = REPO.parent / "shared/data/odoo14-native-backup.zip"
MODULES = "base,web,contacts,crm,sale_management,account,stock,purchase,mrp,project,hr,hr_holidays,calendar,note,website"
FILESTORE = f"/var/lib/odoo/filestore/{DATABASE}"
# Zip knows no time before 1980: Odoo's database manager breaks off at a file of 1970, which is what a plain tar gives.
DATE_FILES = f"find {FILESTORE} -type f ! -newermt 1980-01-02 -exec touch -d 2024-02-29 {{}} +"

# Words that pack as texts do, and a digest that does not pack at all.
TEXT = " ".join(
    "the order of the customer was delivered on monday and the invoice is attached please confirm the quantity".split()[i % 18]
    + str(i % 97) for i in range(500))

INFLATE = f"""
SET session_replication_role = replica;
INSERT INTO res_partner SELECT r.* FROM generate_series(1, %(partners)d) g,
  (SELECT to_jsonb(p) AS base FROM res_partner p WHERE id = 1) t,
  LATERAL jsonb_populate_record(NULL::res_partner, t.base || jsonb_build_object(
    'id', 1000000 + g, 'name', 'Customer ' || md5(g::text), 'display_name', 'Customer ' || md5(g::text), 'parent_id', NULL,
    'commercial_partner_id', 1000000 + g, 'email', md5('m' || g) || '@example.com', 'street', g || ' Long Road',
    'phone', '+49 ' || g, 'comment', substr('{TEXT}', 1 + (g * 131) %% 2000, 120))) r;
INSERT INTO mail_message SELECT r.* FROM generate_series(1, %(messages)d) g,
  (SELECT to_jsonb(m) AS base FROM mail_message m ORDER BY id LIMIT 1) t,
  LATERAL jsonb_populate_record(NULL::mail_message, t.base || jsonb_build_object(
    'id', 1000000 + g, 'message_id', '<' || md5(g::text) || '@example.com>', 'model', 'res.partner', 'parent_id', NULL,
    'res_id', 1000000 + 1 + g %% %(partners)d, 'author_id', 1000000 + 1 + (g::bigint * 7919) %% %(partners)d,
    'body', '<p>' || substr('{TEXT}', 1 + ((g::bigint * 7919) %% 2000)::int, 400) || md5(g::text) || '</p>')) r;
INSERT INTO ir_attachment SELECT r.* FROM bench_file f,
  (SELECT to_jsonb(a) AS base FROM ir_attachment a WHERE res_field IS NULL AND store_fname IS NOT NULL ORDER BY id LIMIT 1) t,
  LATERAL jsonb_populate_record(NULL::ir_attachment, t.base || jsonb_build_object(
    'id', 1000000 + f.number, 'name', 'file-' || f.number || '.bin', 'store_fname', substr(f.sha1, 1, 2) || '/' || f.sha1,
    'checksum', f.sha1, 'file_size', f.size, 'res_model', 'res.partner', 'res_id', 1000000 + 1 + f.number %% %(partners)d,
    'mimetype', 'application/octet-stream', 'index_content', NULL, 'db_datas', NULL, 'url', NULL, 'type', 'binary')) r;
DROP TABLE bench_file;
SELECT setval(pg_get_serial_sequence(t, 'id'), 2000000) FROM unnest(ARRAY['res_partner', 'mail_message', 'ir_attachment']) t;
"""


class BenchData:
    """dump.pgc and filestore.tar of one scale, in a folder of the lab's cache."""

    def __init__(self, scale):
        self.scale = scale
        cache = pathlib.Path(os.environ.get("REPRISE_LAB_DIR") or pathlib.Path.home() / ".cache/reprise-lab")
        self.folder = cache / "bench" / f"odoo14-x{scale:g}"
        self.dump, self.tar = self.folder / "dump.pgc", self.folder / "filestore.tar"

    def make(self, make_trio):
        """Builds what is not there yet; `make_trio(*options)` gives a fresh environment."""
        if self.dump.exists() and self.tar.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        trio = make_trio(*(["--from-zip", str(GENUINE)] if GENUINE.exists() else ["--modules", MODULES]))
        docker("stop", trio.odoo.name)
        docker("start", trio.odoo.name)
        self._add_files(trio)
        numbers = {"partners": int(PARTNERS * self.scale), "messages": int(MESSAGES * self.scale)}
        feed(trio, INFLATE % numbers)
        trio.sql("VACUUM (ANALYZE, PARALLEL 0)")
        with open(self.dump.with_suffix(".part"), "wb") as sink:
            subprocess.run(["docker", "exec", "-u", "postgres", trio.db.name, "pg_dump", "-Fc", "-d", DATABASE], stdout=sink,
                           check=True)
        with open(self.tar.with_suffix(".part"), "wb") as sink:
            subprocess.run(["docker", "exec", "-u", "root", trio.odoo.name, "tar", "-C", "/var/lib/odoo/filestore", "-c",
                            DATABASE], stdout=sink, check=True)
        self.dump.with_suffix(".part").rename(self.dump)
        self.tar.with_suffix(".part").rename(self.tar)

    def _add_files(self, trio):
        rows = []
        unpack = subprocess.Popen(["docker", "exec", "-i", "-u", "root", trio.odoo.name, "tar", "-x", "-C", FILESTORE],
                                  stdin=subprocess.PIPE)
        with tarfile.open(fileobj=unpack.stdin, mode="w|") as tar:
            for number, content in enumerate(files(self.scale), 1):
                sha1 = hashlib.sha1(content).hexdigest()
                rows.append(f"{number}\t{sha1}\t{len(content)}")
                info = tarfile.TarInfo(f"{sha1[:2]}/{sha1}")
                info.size, info.mode = len(content), 0o644
                tar.addfile(info, io.BytesIO(content))
        unpack.stdin.close()
        assert unpack.wait() == 0, "the files could not be brought into the filestore"
        trio.odoo.exec("chown", "-R", "--reference=/var/lib/odoo/filestore", FILESTORE)
        feed(trio, "CREATE TABLE bench_file (number int, sha1 text, size int);\nCOPY bench_file FROM stdin;\n"
             + "\n".join(rows) + "\n\\.\n")

    def fill(self, trio):
        """Brings the data into an environment without a database."""
        docker("stop", trio.odoo.name)
        trio.sql(f'CREATE DATABASE "{DATABASE}" OWNER odoo TEMPLATE template0', "postgres")
        with open(self.dump, "rb") as source:
            subprocess.run(["docker", "exec", "-i", "-u", "postgres", trio.db.name, "pg_restore", "-d", DATABASE], stdin=source,
                           check=True)
        trio.sql("VACUUM (ANALYZE, PARALLEL 0)")
        docker("start", trio.odoo.name)
        with open(self.tar, "rb") as source:
            subprocess.run(["docker", "exec", "-i", "-u", "root", trio.odoo.name, "sh", "-c", "mkdir -p /var/lib/odoo/filestore && "
                            "tar -x --same-owner -C /var/lib/odoo/filestore && chown -R --reference=/var/lib/odoo "
                            f"/var/lib/odoo/filestore && {DATE_FILES}"], stdin=source, check=True)

    def refill(self, trio):
        """The data as it was, whatever a restore that failed has left."""
        docker("start", trio.odoo.name)
        trio.odoo.exec("rm", "-rf", FILESTORE)
        docker("stop", trio.odoo.name)
        trio.sql(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)', "postgres")
        self.fill(trio)


def feed(trio, text):
    run_input = subprocess.run(["docker", "exec", "-i", "-u", "postgres", trio.db.name, "psql", "-qX", "-v", "ON_ERROR_STOP=1",
                                "-d", DATABASE], input=text.encode(), capture_output=True)
    assert run_input.returncode == 0, run_input.stderr.decode()[-2000:]


def files(scale):
    """Contents of the attachments, one after the other: sizes from 1 kB to some MB, most of them small."""
    dice = random.Random(SEED)
    count = int(FILES * scale)
    weights = [dice.lognormvariate(0, 1.4) for _ in range(count)]
    unit = FILE_BYTES * scale / sum(weights)
    for number, weight in enumerate(weights):
        size = max(1000, int(weight * unit))
        if dice.random() < INCOMPRESSIBLE:
            yield dice.randbytes(size)
        else:
            yield (f"file {number}\n" + TEXT * (size // len(TEXT) + 1)).encode()[:size]
