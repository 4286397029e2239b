#!/usr/bin/env python3
"""Takes away what a test run made: processes, trios, what Reprise made for its servers, folders.

usage: sweep.py RUN FOLDER     (RUN as in REPRISE_TEST_RUN; DOCKER_HOST names the engine)

For runs that were killed; one that ends by itself has done the same. Touches nothing of anyone else: processes by the
pid files in FOLDER, trios by RUN, things on the engine by the ids in the catalogs in FOLDER. Prints what it took.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import leftovers
from lab import REPO, docker, run, wait_until


def is_server(pid, folder):
    try:
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return "\0serve\0" in command and str(folder) in command


def end_servers(folder):
    for path in folder.rglob("*.pid"):
        pid = int((path.read_text().split() or ["0"])[0])  # PostgreSQL's own, of a second server, says more than the number
        if is_server(pid, folder):
            os.kill(pid, signal.SIGKILL)
            wait_until(f"the end of process {pid}", lambda pid=pid: not is_server(pid, folder), 10)
            yield f"process {pid}"


def stop_engines(folder):
    for path in folder.rglob("engine/pid"):
        run(REPO / "lab/engine", "stop", "--dir", path.parent)
        yield f"engine {path.parent}"


def remove_trios(run_name):
    listing = docker("ps", "-a", "--filter", "label=reprise.lab.trio", "--format", '{{.Label "reprise.lab.trio"}}')
    volumes = docker("volume", "ls", "--filter", "label=reprise.lab.trio", "--format", '{{.Label "reprise.lab.trio"}}')
    for name in sorted({n for n in (listing + volumes).split() if n.startswith(run_name + "-")}):
        run(REPO / "lab/trio", "remove", name)
        yield f"trio {name}"


def unmount(folder):
    mounts = [line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed([m for m in mounts if m.startswith(str(folder) + "/")]):
        subprocess.run(["umount", "-l", mount], check=False)
        yield f"mount {mount}"


def sweep(run_name, folder):
    """Takes everything away and returns what it was, in words."""
    folder = pathlib.Path(folder)
    taken = []
    if folder.is_dir():
        taken += end_servers(folder)
        taken += stop_engines(folder)
        things = leftovers.things_of(folder)
        leftovers.remove_things(things)
        taken += [f"{kind} {name}" for kind, name in things]
    taken += remove_trios(run_name)
    if folder.is_dir():
        taken += unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return taken


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for thing in sweep(sys.argv[1], sys.argv[2]):
        print(f"sweep: took away {thing}", file=sys.stderr)
