"""Several processes of one installation on one PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys

import requests

from lab import REPO, free_port, run, wait_until
from reprise_client import RepriseClient
from server import BINARY

sys.path.insert(0, str(REPO / "tests"))
from postgres_server import PostgresServer, programs  # noqa: E402, F401 (for those who use this module)


class Node:
    """`reprise serve` or `reprise worker` as a process."""

    def __init__(self, installation, name, role, *options, environment=(), docker=None, lease=4):
        self.installation, self.name, self.environment = installation, name, dict(environment)
        self.data = installation.folder / name
        self.log = installation.folder / f"{name}.log"
        self.port = free_port() if role == "serve" else None
        self.argv = [str(BINARY), role, "--data", str(self.data), "--storage", str(installation.storage), "--lease", str(lease),
                     "--docker", docker or installation.docker, *options]
        if self.port:
            self.argv += ["--listen", f"127.0.0.1:{self.port}"]
        self.process = None

    def start(self):
        self.data.mkdir(exist_ok=True)
        for key in self.installation.folder.glob("*/secret.key"):
            if self.port and key.parent != self.data:
                shutil.copy(key, self.data / "secret.key")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **self.environment, "REPRISE_CATALOG": self.installation.url})
        wait_until(f"{self.name}: {self.text()[-3000:]}", self._is_up, 60, pause=0.05)
        return self

    def _is_up(self):
        assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}\n{self.text()[-3000:]}"
        if self.port is None:
            return '"worker.started"' in self.text()
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self):
        """kill -9: as a power cut would end it."""
        self.process.kill()
        self.process.wait(120)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(40) == 0, self.text()[-3000:]

    def restart(self):
        self.stop()
        return self.start()

    @property
    def client(self):
        return RepriseClient(f"http://127.0.0.1:{self.port}", self.installation.token)

    @property
    def worker_name(self):
        return f"worker-{os.uname().nodename}-{self.process.pid}"


class Installation:
    """Nodes on one catalog and one storage."""

    def __init__(self, folder, postgres, docker="unix:///nonexistent/docker.sock"):
        self.folder, self.url, self.docker = folder, postgres.url, docker
        self.storage = folder / "storage"
        self.storage.mkdir(parents=True)
        self.nodes = {}

    def node(self, name, role, *options, **more):
        self.nodes[name] = Node(self, name, role, *options, **more).start()
        return self.nodes[name]

    def end(self):
        for node in self.nodes.values():
            if node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
                node.kill()

    def stored_files(self):
        return {str(p.relative_to(self.storage)) for p in self.storage.rglob("*") if p.is_file()}

    def ids(self):
        """Every id that the catalog knows of what has helpers."""
        return set(run("psql", "-XAtq", "-d", self.url, "-c", "SELECT id FROM task UNION SELECT id FROM environment").split())

    @property
    def token(self):
        """Of the node that was first."""
        return next(self.folder.glob("*/admin.token")).read_text().strip()
