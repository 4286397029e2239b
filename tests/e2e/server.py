"""`reprise serve` as a process of its own."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import requests

from lab import REPO, free_port, wait_until
from leftovers import ids_of
from reprise_client import RepriseClient

BINARY = pathlib.Path(os.environ.get("REPRISE_BIN") or REPO / "build/release/reprise").resolve()


class Server:
    """One server on a data folder of its own. May be killed and started again on the same folder."""

    def __init__(self, data_dir, engine, arguments=(), started_by=(), binary=BINARY):
        self.data = pathlib.Path(data_dir)
        self.engine = engine
        self.arguments = arguments
        self.command = [*started_by, binary]  # setpriv(1), say
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.data.parent / f"{self.data.name}.log"
        self.process = None

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        argv = [*self.command, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "--docker", self.engine.address,
                "--image-odoo", "reprise-lab/odoo:{major}", "--image-postgres", "reprise-lab/postgres:{major}",
                "--image-pgbouncer", "reprise-lab/pgbouncer:1", *self.arguments]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(a) for a in argv], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        (self.data.parent / f"{self.data.name}.pid").write_text(str(self.process.pid))
        wait_until(f"{self.url}/healthz ({self.tail()})", self._answers, 120, pause=0.05)
        return self

    def _answers(self):
        assert self.process.poll() is None, f"reprise serve ended with {self.process.returncode}\n{self.tail()}"
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def tail(self, size=6000):
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    @property
    def token(self):
        return (self.data / "admin.token").read_text().strip()

    def client(self):
        return RepriseClient(self.url, self.token)

    def kill(self):
        """kill -9: as a power cut would end it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(120)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(120)
            raise AssertionError(f"reprise serve does not end on SIGTERM\n{self.tail()}")

    def peak_memory(self):
        """The most memory that the process ever held, in bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def ids(self):
        """Every id that the catalog knows."""
        return ids_of(self.data)

    def stored_files(self):
        """Files below the data folder apart from catalog, token and logs: archives, and what must not stay."""
        names = {str(p.relative_to(self.data)) for p in self.data.rglob("*") if p.is_file()}
        return {name for name in names if not re.search(r"(\.db|\.sqlite3?)(-wal|-shm)?$|admin\.token$|\.log$|lock$", name)}


class Cli:
    """The command line, as a client of a server."""

    def __init__(self, server=None, home="/nonexistent"):
        self.environment = {**os.environ, "HOME": str(home)}
        for name in ("REPRISE_URL", "REPRISE_TOKEN"):
            self.environment.pop(name, None)
        if server:
            self.environment |= {"REPRISE_URL": server.url, "REPRISE_TOKEN": server.token}

    def run(self, *argv, timeout=300):
        """Exit code, stdout, stderr."""
        done = subprocess.run([str(BINARY), *map(str, argv)], env=self.environment, capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr


def remove_data(server):
    server.stop()
    shutil.rmtree(server.data, ignore_errors=True)
