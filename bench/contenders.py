"""Who is measured: each makes a backup its own way, and brings it back over the environment that it was made from."""

import datetime
import hashlib
import os
import shutil
import subprocess
import time

from data import DATABASE, FILESTORE
from lab import docker, run, wait_until
from measure import measured

TERMINATE = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid()"


class Contender:
    def __init__(self, trio, folder):
        self.trio, self.folder = trio, folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)

    def file(self, name):
        return self.folder / name

    def psql(self, sql, database="postgres"):
        return self.trio.db.exec("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql, user="postgres")

    def empty_database(self):
        self.psql(TERMINATE)
        self.psql(f'DROP DATABASE IF EXISTS "{DATABASE}"')
        self.psql(f'CREATE DATABASE "{DATABASE}" OWNER odoo TEMPLATE template0')

    def measure_backup(self):
        figures = {}
        with measured(self.trio, figures):
            self.backup()
        return figures

    def measure_restore(self):
        figures = {}
        with measured(self.trio, figures):
            self.restore()
        return figures

    def clean_up(self):
        """After a measured restore, outside of what is measured."""


class Page(Contender):
    """The product page's procedure, step by step with docker's command line; its backups are pg_dump, tar and zip."""

    name = "page"

    def backup(self):
        with open(self.file("dump.sql"), "wb") as sink:
            subprocess.run(["docker", "exec", "-u", "postgres", self.trio.db.name, "pg_dump", "-Fc", "-d", DATABASE], stdout=sink,
                           check=True)
        with open(self.file("filestore.tar.gz"), "wb") as sink:
            subprocess.run(["docker", "exec", "-u", "root", self.trio.odoo.name, "tar", "-C", "/var/lib/odoo/filestore", "-czf",
                            "-", DATABASE], stdout=sink, check=True)
        self.file("backup.zip").unlink(missing_ok=True)
        run("zip", "-0", "-q", "-j", self.file("backup.zip"), self.file("dump.sql"), self.file("filestore.tar.gz"))
        self.sums = {name: sha256(self.file(name)) for name in ("dump.sql", "filestore.tar.gz")}

    def restore(self):
        work = self.file("work")
        work.mkdir()
        odoo, db = self.trio.odoo, self.trio.db
        shutil.copyfile(self.file("backup.zip"), work / "backup.zip")
        run("unzip", "-q", work / "backup.zip", "-d", work)
        assert {name: sha256(work / name) for name in self.sums} == self.sums
        docker("stop", odoo.name)
        self.empty_database()
        docker("cp", work / "dump.sql", f"{db.name}:/tmp/restore.dump")
        db.exec("pg_restore", "-d", DATABASE, "/tmp/restore.dump", user="postgres", timeout=1800)
        db.exec("rm", "-f", "/tmp/restore.dump")
        docker("start", odoo.name)
        odoo.exec("rm", "-rf", FILESTORE)
        docker("cp", work / "filestore.tar.gz", f"{odoo.name}:/tmp/filestore.tar.gz")
        odoo.exec("tar", "-xzf", "/tmp/filestore.tar.gz", "-C", "/var/lib/odoo/filestore")
        odoo.exec("chown", "-R", "odoo:odoo", FILESTORE)
        odoo.exec("rm", "-f", "/tmp/filestore.tar.gz")
        wait_until("a healthy Odoo", lambda: odoo.inspect("{{.State.Health.Status}}") == "healthy", 120, pause=2)
        assert int(self.psql("SELECT count(*) FROM res_users", DATABASE)) > 0
        shutil.rmtree(work)


class OdooManager(Contender):
    """Odoo's own database manager, as its page does it: one zip up, one zip down."""

    name = "odoo_manager"

    def call(self, action, *fields, out="/dev/null"):
        argv = ["curl", "-sS", "--fail", "-o", out, "-F", "master_pwd=admin"]
        for field in fields:
            argv += ["-F", field]
        run(*argv, f"{self.trio.url}/web/database/{action}", timeout=1800)

    def backup(self):
        self.call("backup", f"name={DATABASE}", "backup_format=zip", out=self.file("odoo.zip"))
        with open(self.file("odoo.zip"), "rb") as archive:
            assert archive.read(2) == b"PK", "Odoo's database manager made no zip"

    def restore(self):
        self.call("drop", f"name={DATABASE}")
        self.call("restore", f"name={DATABASE}", "copy=false", f"backup_file=@{self.file('odoo.zip')}")
        assert int(self.psql("SELECT count(*) FROM res_users", DATABASE)) > 0


class ClickOdoo(Contender):
    """What click-odoo-backupdb and -restoredb do with the folder format: pg_restore --jobs, the files copied as they are."""

    name = "click_odoo"

    def backup(self):
        shutil.rmtree(self.file("folder"), ignore_errors=True)
        self.file("folder").mkdir()
        with open(self.file("folder") / "db.dump", "wb") as sink:
            subprocess.run(["docker", "exec", "-u", "postgres", self.trio.db.name, "pg_dump", "-Fc", "-d", DATABASE], stdout=sink,
                           check=True)
        docker("cp", f"{self.trio.odoo.name}:{FILESTORE}", self.file("folder") / "filestore")

    def restore(self):
        odoo, db = self.trio.odoo, self.trio.db
        docker("stop", odoo.name)
        self.empty_database()
        docker("cp", self.file("folder") / "db.dump", f"{db.name}:/tmp/restore.dump")
        db.exec("pg_restore", f"--jobs={os.cpu_count()}", "-d", DATABASE, "/tmp/restore.dump", user="postgres", timeout=1800)
        db.exec("rm", "-f", "/tmp/restore.dump")
        docker("start", odoo.name)
        odoo.exec("rm", "-rf", FILESTORE)
        docker("cp", self.file("folder") / "filestore", f"{odoo.name}:{FILESTORE}")
        odoo.exec("chown", "-R", "odoo:odoo", FILESTORE)
        wait_until("a healthy Odoo", lambda: odoo.inspect("{{.State.Health.Status}}") == "healthy", 120, pause=2)


class Reprise(Contender):
    """Reprise, without a safety backup first: the others make none either."""

    name = "reprise"
    safety_backup = False
    incremental = False

    def __init__(self, trio, folder, server, environment):
        super().__init__(trio, folder)
        self.server, self.api, self.environment = server, server.client(), environment
        self.number = 0

    def measure_backup(self):
        figures = {}
        self.number += 1
        with measured(self.trio, figures, self.server.process.pid):
            self.made = self.api.create_backup(self.environment["id"], name=f"{self.name} {self.number}", incremental=self.incremental)
        figures["archive_bytes"] = self.made["compressed_size"]
        figures["parts"] = {"dump": self.made["database_size"], "filestore": self.made["filestore_size"]}
        figures["steps"] = self.steps_of(self.made["task_id"]) if self.made.get("task_id") else {}
        return figures

    def measure_restore(self):
        figures = {}
        with measured(self.trio, figures, self.server.process.pid):
            self.point = self.api.restore(self.made["id"], "original", seconds=1800, confirm="RESTORE",
                                          create_pre_restore_backup=self.safety_backup)
        figures["downtime_told_seconds"] = self.point["downtime_seconds"]
        figures["steps"] = self.steps_of(self.point["task_id"])
        return figures

    def steps_of(self, task_id):
        """Seconds of each step."""
        def seconds(step):
            began, ended = (datetime.datetime.fromisoformat(step[key].replace("Z", "+00:00")) for key in ("started_at", "completed_at"))
            return round((ended - began).total_seconds(), 1)
        return {step["name"]: seconds(step) for step in self.api.task(task_id).get("steps", []) if step["completed_at"]}

    def clean_up(self):
        figures = {}
        with measured(self.trio, figures, self.server.process.pid):
            self.api.undo(self.point["id"])
        self.api.release(self.point["id"]) if self.api.restore_point(self.point["id"]).get("undo_expires_at") else None
        return figures


class RepriseIncremental(Reprise):
    """Reprise where files that an earlier backup has stored are not stored again: of the second round on."""

    name = "reprise_incremental"
    incremental = True


class RepriseSafe(Reprise):
    """Reprise as it is by default: with a safety backup of what is there, read back before the swap."""

    name = "reprise_safe"
    safety_backup = True


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
