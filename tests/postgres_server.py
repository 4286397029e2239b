#!/usr/bin/env python3
"""A PostgreSQL server of its own for tests: new, empty, on a socket in a private folder, gone afterwards.

usage: postgres_server.py run             prints the socket's folder, and ends when its input ends
       postgres_server.py start FILE      starts one in the background, and writes its socket's folder to FILE
       postgres_server.py stop FILE

It needs Debian's package `postgresql`. Where there is none, it says so; `run` then exits with 77, and `start` writes no
FILE. PostgreSQL does not run as root: root starts it as the user `postgres`.
"""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NOT_HERE = 77
# For tests the disk need not be asked; what a crash of PostgreSQL itself does to its files is its own business.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "", "max_connections": "300",
            "shared_buffers": "64MB", "logging_collector": "off", "lc_messages": "C", "autovacuum": "off",
            "deadlock_timeout": "100ms"}


def programs():
    """The newest server's folder of programs; None where none is installed."""
    found = [p.parent for p in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda p: int(re.sub(r"\D", "", p.parent.name) or 0), default=None)


def as_its_user(argv):
    if os.geteuid() != 0:
        return argv
    user = pwd.getpwnam("postgres")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *argv]


class PostgresServer:
    def __init__(self):
        self.programs = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-pg-"))
        self.process = None
        self.folder.chmod(0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    @property
    def url(self):
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def run(self, *argv):
        subprocess.run(as_its_user([str(a) for a in argv]), check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)

    def start(self):
        if not (self.folder / "data").exists():
            self.run(self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync")
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                as_its_user([str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *options]),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-4000:])
            time.sleep(0.02)
        return self

    def stop(self, how=signal.SIGINT):
        """SIGINT: sessions are ended, then it is shut down. SIGQUIT: as if it had crashed."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(20)

    def remove(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def run():
    server = PostgresServer()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.start()
        print(server.folder, flush=True)
        sys.stdin.read()
    finally:
        server.remove()


def start(file):
    """The runner lives as long as the process that asked for it, and no longer than to `stop`."""
    asked_by = os.getppid()
    if os.fork() != 0:
        deadline = time.monotonic() + 90
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return 0 if file.exists() else 1
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = PostgresServer()
    try:
        server.start()
        draft = file.with_suffix(".draft")
        draft.write_text(f"{server.folder}\n{os.getpid()}\n")
        draft.rename(file)
        while os.path.exists(f"/proc/{asked_by}"):
            time.sleep(0.5)
    finally:
        server.remove()
        file.unlink(missing_ok=True)
    return 0


def stop(file):
    if file.exists():
        runner = int(file.read_text().split()[1])
        os.kill(runner, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    return 0


def main(arguments):
    if arguments in ([], ["-h"], ["--help"]):
        print(__doc__)
        return 0
    if programs() is None:
        print("there is no PostgreSQL server to test on (HINT: apt-get install postgresql)", file=sys.stderr)
        return NOT_HERE if arguments == ["run"] else 0
    if arguments == ["run"]:
        return run()
    return {"start": start, "stop": stop}[arguments[0]](pathlib.Path(arguments[1]).absolute())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
