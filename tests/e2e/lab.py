"""The real lab: the Docker engine, trios of containers, and what is seen inside of them.

Everything that a test run makes carries the run's name (RUN), so that `sweep.py` can take it away again whatever
became of the run.
"""

import contextlib
import os
import pathlib
import random
import re
import socket
import subprocess
import time

import pytest

# Of many alike a run takes a few; the rest are asked for.
thorough = pytest.mark.skipif(os.environ.get("REPRISE_TEST_THOROUGH") != "1", reason="runs with REPRISE_TEST_THOROUGH=1")


def some_always(values, always):
    """`values` to go through, of which those not in `always` are only for a thorough run."""
    return [value if value in always else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=thorough)
            for value in values]


REPO = pathlib.Path(__file__).resolve().parents[2]
WORKER = os.environ.get("PYTEST_XDIST_WORKER")  # of several that run the suite side by side: "gw0", "gw1"
RUN = "-".join(filter(None, (os.environ.get("REPRISE_TEST_RUN") or f"e2e{os.getpid()}", WORKER)))


class CommandFailed(AssertionError):
    pass


def run(*argv, timeout=300, check=True):
    """Runs a program to its end; its stdout as text. CommandFailed carries what it said."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise CommandFailed(f"{' '.join(map(str, argv))} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def docker(*argv, **options):
    return run("docker", *argv, **options)


_given_ports = set()


def free_port():
    """Below those that the kernel gives by itself: it is bound much later. Each worker of a run has a half of its own."""
    first = 26000 if WORKER == "gw1" else 20000
    while True:
        port = random.randrange(first, first + 6000)
        if port in _given_ports:
            continue
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            _given_ports.add(port)
            return port


def wait_until(what, condition, seconds, pause=0.2):
    """Polls `condition` until it returns something true, which is returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(pause)


class Engine:
    """The lab's Docker engine; DOCKER_HOST of this process points at it from start() on."""

    def __init__(self):
        self.started_here = False

    def start(self):
        # By its process: an engine that is too busy to answer is still one that others use.
        before = run(REPO / "lab/engine", "pid")
        run(REPO / "lab/engine", "start")
        self.started_here = run(REPO / "lab/engine", "pid") not in ("", before)
        export = run(REPO / "lab/engine", "env")
        os.environ["DOCKER_HOST"] = re.search(r"DOCKER_HOST=(\S+)", export)[1].replace("\\", "")

    def stop(self):
        if self.started_here:
            run(REPO / "lab/engine", "stop")

    @property
    def address(self):
        return os.environ["DOCKER_HOST"]


class Container:
    """A container by name, wherever it came from."""

    def __init__(self, name):
        self.name = name

    def inspect(self, template):
        return docker("inspect", "--format", template, self.name).strip()

    def exec(self, *argv, user="root", **options):
        return docker("exec", "-u", user, self.name, *argv, **options)

    def exists(self):
        return subprocess.run(["docker", "container", "inspect", self.name], capture_output=True).returncode == 0

    def running(self):
        return self.exists() and self.inspect("{{.State.Running}}") == "true"

    def logs(self, lines=60):
        done = subprocess.run(["docker", "logs", "--tail", str(lines), self.name], capture_output=True, text=True)
        return done.stdout + done.stderr


class Trio:
    """The containers of one Odoo environment, made by lab/trio or by Reprise, and a look inside."""

    def __init__(self, odoo, db, pgbouncer, db_name, url, superuser="postgres"):
        self.odoo, self.db, self.pgbouncer = Container(odoo), Container(db), Container(pgbouncer)
        self.db_name, self.url, self.superuser = db_name, url, superuser

    def sql(self, text, database=None):
        """What psql prints for `text`, unaligned, without a header. As an argument: `docker exec -i` may cut its input."""
        return self.db.exec("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-U", self.superuser, "-d", database or self.db_name,
                            "-c", text, user="postgres").strip()

    def databases(self):
        return set(self.sql("select datname from pg_database", "postgres").split()) - {"postgres", "template0", "template1"}

    def roles(self):
        return set(self.sql("select rolname from pg_roles where rolname !~ '^pg_'", "postgres").split())

    def filestore_dirs(self):
        """Names below the filestore folder, hidden ones too, and strays beside it that look like ours."""
        return set(self.odoo.exec("sh", "-c", "ls -A /var/lib/odoo/filestore; ls -Ad /var/lib/odoo/*reprise* 2>/dev/null || true").split())

    def filestore_files(self):
        return set(self.odoo.exec("find", f"/var/lib/odoo/filestore/{self.db_name}", "-ignore_readdir_race", "-type", "f", "-printf", "%P\\n").split())

    def filestore_owners(self):
        return set(self.odoo.exec("find", f"/var/lib/odoo/filestore/{self.db_name}", "-ignore_readdir_race", "-printf", "%U:%G\\n").split())


def deployed_trio(environment):
    """The containers that Reprise made for an environment; their names are part of the contract."""
    name = environment["id"]
    variables = docker("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", f"{name}_db").split()
    superuser = next((v.partition("=")[2] for v in variables if v.startswith("POSTGRES_USER=")), "postgres")
    return Trio(f"{name}_odoo", f"{name}_db", f"{name}_pgbouncer", environment["db_name"], environment["url"], superuser)


class LabTrio(Trio):
    """A trio made by lab/trio: an environment that Reprise did not make and has to adopt."""

    def __init__(self, tag, db_name="prod-main", options=(), odoo="14"):
        self.version = odoo
        self.name = f"{RUN}-{tag}"
        self.port = free_port()
        self.options = options
        super().__init__(f"{self.name}_odoo", f"{self.name}_db", f"{self.name}_pgbouncer", db_name,
                         f"http://127.0.0.1:{self.port}")

    def create(self):
        run(REPO / "lab/trio", "create", self.name, "--odoo", self.version, "--port", self.port, "--db", self.db_name,
            *self.options, timeout=600)
        return self

    def remove(self):
        run(REPO / "lab/trio", "remove", self.name)
