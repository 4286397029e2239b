"""Who is measured: each makes a backup its own way, and brings it back over the environment that it was made from."""

import contextlib
import datetime
import hashlib
import html
import os
import re
import shutil
import statistics
import subprocess
import time
import zipfile

from data import DATABASE, FILESTORE
from lab import CommandFailed, deployed_trio, docker, run, wait_until
from measure import measured

TERMINATE = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid()"


class Contender:
    over_the_original = True

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

    def check(self):
        """The restore brought back what was damaged."""
        check_restored(self.trio.sql, self.trio.filestore_files())

    def clean_up(self):
        """After a measured restore, outside of what is measured; what was measured meanwhile, by its name."""
        return {}


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
        self.standing_seconds = 0.0
        shutil.copyfile(self.file("backup.zip"), work / "backup.zip")
        run("unzip", "-q", work / "backup.zip", "-d", work)
        assert {name: sha256(work / name) for name in self.sums} == self.sums
        with self.standing():
            docker("stop", odoo.name)
        self.empty_database()
        docker("cp", work / "dump.sql", f"{db.name}:/tmp/restore.dump")
        db.exec("pg_restore", "-d", DATABASE, "/tmp/restore.dump", user="postgres", timeout=1800)
        db.exec("rm", "-f", "/tmp/restore.dump")
        with self.standing():
            docker("start", odoo.name)
        odoo.exec("rm", "-rf", FILESTORE)
        docker("cp", work / "filestore.tar.gz", f"{odoo.name}:/tmp/filestore.tar.gz")
        odoo.exec("tar", "-xzf", "/tmp/filestore.tar.gz", "-C", "/var/lib/odoo/filestore")
        odoo.exec("chown", "-R", "odoo:odoo", FILESTORE)
        odoo.exec("rm", "-f", "/tmp/filestore.tar.gz")
        with self.standing():
            wait_until("a healthy Odoo", lambda: odoo.inspect("{{.State.Health.Status}}") == "healthy", 120, pause=2)
        assert int(self.psql("SELECT count(*) FROM res_users", DATABASE)) > 0
        shutil.rmtree(work)

    @contextlib.contextmanager
    def standing(self):
        """What a restore into a new environment would not do: stop the old Odoo, start it, wait for it."""
        began = time.monotonic()
        yield
        self.standing_seconds += time.monotonic() - began

    def measure_restore(self):
        figures = super().measure_restore()
        return figures | {"moving_seconds": figures["total_seconds"] - self.standing_seconds}

    def clean_up(self):
        """How long Odoo takes to start again with nothing else to do: what an undo is measured by."""
        figures = {}
        with measured(self.trio, figures):
            docker("restart", self.trio.odoo.name)
        return {"restart": figures}


class OdooManager(Contender):
    """Odoo's own database manager, as its page does it: one zip up, one zip down.

    What would end it is taken out of its way: the limit of two minutes for a request; scheduled jobs, which start on the half loaded
    database and wait for the load for ever while it waits for them; PgBouncer, which lets one log in to a database that is gone, so
    that Odoo takes it for one that exists.
    """

    name = "odoo_manager"
    SECONDS = 1800
    # What a psql that goes on after an error may leave out: rows and constraints.
    CENSUS = ("SELECT (SELECT count(*) FROM res_partner), (SELECT count(*) FROM mail_message), (SELECT count(*) FROM pg_index), "
              "(SELECT count(*) FROM pg_constraint)")

    def __init__(self, trio, folder):
        super().__init__(trio, folder)
        trio.odoo.exec("sh", "-c", f"printf 'limit_time_real = {self.SECONDS}\\nmax_cron_threads = 0\\n' >> /etc/odoo/odoo.conf")
        docker("restart", trio.odoo.name)

    def call(self, action, *fields, out):
        """The status of the answer, which goes to the file `out`."""
        argv = ["curl", "-sS", "--max-time", self.SECONDS, "-o", out, "-w", "%{http_code}", "-F", "master_pwd=admin"]
        for field in fields:
            argv += ["-F", field]
        try:
            return int(run(*argv, f"{self.trio.url}/web/database/{action}", timeout=self.SECONDS + 60))
        except CommandFailed as error:
            raise AssertionError(f"{action}: {str(error).splitlines()[-1]}\n{self.log()}") from error

    def why(self, page):
        """What Odoo tells on its page, or else in its log."""
        told = re.search(r'alert-danger">(.*?)</div>', page.read_text(errors="replace"), re.DOTALL)
        return html.unescape(told[1]).strip() if told else self.log()

    def log(self):
        return "\n".join([line for line in self.trio.odoo.logs(10000).splitlines() if "GET /web/login" not in line][-20:])

    def backup(self):
        status = self.call("backup", f"name={DATABASE}", "backup_format=zip", out=self.file("odoo.zip"))
        # Its end as well: an answer that is cut off has no length to tell it by.
        if status != 200 or not zipfile.is_zipfile(self.file("odoo.zip")):
            raise AssertionError(f"no zip, HTTP {status}: {self.why(self.file('odoo.zip'))}")
        self.census = self.psql(self.CENSUS, DATABASE)

    def restore(self):
        self.drop()
        docker("restart", "-t", "0", self.trio.pgbouncer.name)
        wait_until("PgBouncer", lambda: "accepting" in self.trio.pgbouncer.exec("pg_isready", "-h", "127.0.0.1", check=False), 30)
        answer = self.file("restore.html")
        status = self.call("restore", f"name={DATABASE}", "copy=false", f"backup_file=@{self.file('odoo.zip')}", out=answer)
        assert status == 303, f"no restore, HTTP {status}: {self.why(answer)}"

    def drop(self):
        """Odoo 14 drops it, then may look into it for the answer's cookies and say 500."""
        answer = self.file("drop.html")
        for _ in range(3):  # somebody who asks for a page just then holds it
            status = self.call("drop", f"name={DATABASE}", out=answer)
            if DATABASE not in self.trio.databases():
                break
        assert status != 200, f"not dropped: {self.why(answer)}"  # 200 is a page with an error; done is 303, or 500

    def check(self):
        super().check()
        census = self.psql(self.CENSUS, DATABASE)
        assert census == self.census, f"partners|messages|indexes|constraints are {census.strip()}, were {self.census.strip()}"


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

    def order_backup(self):
        self.number += 1
        return self.api.post(f"/backups/environments/{self.environment['id']}/backups",
                             {"name": f"{self.name} {self.number}", "incremental": self.incremental}, expect=202)

    def measure_backup(self):
        figures = {}
        with measured(self.trio, figures, self.server):
            ordered = self.order_backup()
            told = self.follow(ordered["task_id"])
        figures |= errors_of(told, figures["total_seconds"])
        self.made = self.api.backup(ordered["id"])
        figures["archive_bytes"] = self.made["compressed_size"]
        figures["parts"] = {"dump": self.made["database_size"], "filestore": self.made["filestore_size"]}
        figures["steps"] = self.steps_of(self.made["task_id"]) if self.made.get("task_id") else {}
        return figures

    def wish(self):
        """The body of the restore, for its plan as well."""
        return {"backup_id": self.made["id"], "target": {"mode": "original"}, "create_pre_restore_backup": self.safety_backup}

    def measure_restore(self):
        figures = {}
        planned = self.api.post("/backups/restore/plan", self.wish())["estimate"]["seconds"]
        with measured(self.trio, figures, self.server):
            ticket = self.api.post("/backups/restore/v2", {**self.wish(), "confirm": "RESTORE"}, expect=200)
            told = self.follow(ticket["task_id"])
        figures |= errors_of(told, figures["total_seconds"])
        if planned is not None:
            figures["plan_error"] = abs(planned / figures["total_seconds"] - 1)
        self.point = self.api.restore_point(ticket["restore_point_id"])
        figures["downtime_told_seconds"] = self.point["downtime_seconds"]
        figures["steps"] = self.steps_of(self.point["task_id"])
        return figures

    def follow(self, task_id, seconds=3600):
        """Waits until the task has ended well; what it told of its time: (seconds since its begin, seconds left)."""
        began, told = time.monotonic(), []
        while True:
            assert time.monotonic() < began + seconds, f"task {task_id} has not ended after {seconds} s"
            task = self.api.task(task_id)
            if task["status"] not in ("queued", "running"):
                assert task["status"] == "completed", task
                return told
            if task.get("eta_seconds") is not None:
                told.append((time.monotonic() - began, task["eta_seconds"]))
            time.sleep(0.2)

    def measure_at_once(self, number):
        """As many restores into new environments, ordered at the same time; they are removed afterwards."""
        figures = {"restores": number}
        with measured(self.trio, figures, self.server):
            tickets = [self.api.start_restore(self.made["id"], "new", new_environment={"name": f"at once {n}", "environment_type": "staging"})
                       for n in range(number)]
            for ticket in tickets:
                self.follow(ticket["task_id"])
        for ticket in tickets:
            copy = self.api.environment(self.api.restore_point(ticket["restore_point_id"])["target_environment_id"])
            trio = deployed_trio(copy)
            check_restored(trio.sql, trio.filestore_files())
            self.api.remove_environment(copy)
        return figures

    def steps_of(self, task_id):
        """Seconds of each step."""
        def seconds(step):
            began, ended = (datetime.datetime.fromisoformat(step[key].replace("Z", "+00:00")) for key in ("started_at", "completed_at"))
            return round((ended - began).total_seconds(), 1)
        return {step["name"]: seconds(step) for step in self.api.task(task_id).get("steps", []) if step["completed_at"]}

    def clean_up(self):
        figures = {}
        with measured(self.trio, figures, self.server):
            task = self.api.undo(self.point["id"])
        figures["steps"] = self.steps_of(task["id"])
        self.api.release(self.point["id"]) if self.api.restore_point(self.point["id"]).get("undo_expires_at") else None
        return {self.name: figures}


class RepriseIncremental(Reprise):
    """Reprise where files that an earlier backup has stored are not stored again: of the second round on."""

    name = "reprise_incremental"
    incremental = True


class RepriseSafe(Reprise):
    """Reprise as it is by default: with a safety backup of what is there, read back before the swap."""

    name = "reprise_safe"
    safety_backup = True


class RepriseNew(Reprise):
    """Reprise, into a new environment: its containers are made, the copy is made safe, and its Odoo answers."""

    name = "reprise_new"
    over_the_original = False

    def wish(self):
        return {"backup_id": self.made["id"],
                "target": {"mode": "new", "new_environment": {"name": f"bench {self.number}", "environment_type": "staging"}}}

    def check(self):
        self.copy = self.api.environment(self.point["target_environment_id"])
        trio = deployed_trio(self.copy)
        check_restored(trio.sql, trio.filestore_files())

    def clean_up(self):
        self.api.remove_environment(self.copy)
        return {}


def check_restored(sql, files):
    assert sql("SELECT count(*) FROM res_partner WHERE name LIKE 'damaged %'") == "0", "rows are still damaged"
    named = set(sql("SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL").split())
    assert not named - files, f"{len(named - files)} attachments have no file"


def errors_of(told, total):
    """By how much of the whole time what was told went wrong: the median and the worst of all reports."""
    errors = [abs(moment + left - total) / total for moment, left in told]
    return {"eta_error": statistics.median(errors), "eta_error_worst": max(errors), "eta_reports": len(errors)} if errors else {}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
