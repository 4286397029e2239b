"""What one run of a contender costs: seconds, silence of Odoo, CPU, memory, bytes read from the storage."""

import contextlib
import os
import pathlib
import re
import resource
import threading
import time

import requests

# Between two looks: what looking costs is taken from a processor that a parallel contender could use.
PAUSE = 0.25


class Silence:
    """A request loop against Odoo: how long it did not answer, as a user would have seen it."""

    def __init__(self, url, db):
        self._url, self._end, self._thread = f"{url}/web/login?db={db}", threading.Event(), threading.Thread(target=self._ask)
        self._answers = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(60)

    def _ask(self):
        while not self._end.is_set():
            try:
                well = requests.get(self._url, timeout=20, allow_redirects=False).status_code == 200
            except requests.RequestException:
                well = False
            self._answers.append((time.monotonic(), well))
            self._end.wait(PAUSE)

    def wait_for_answer(self, seconds=180):
        deadline = time.monotonic() + seconds
        while not (self._answers and self._answers[-1][1]):
            assert time.monotonic() < deadline, "Odoo does not answer"
            time.sleep(0.05)

    def ended_after(self, began):
        """Seconds from then to the first good answer after the last silence; 0 when there was none."""
        ended, silent = began, False
        for moment, well in self._answers:
            if moment < began:
                continue
            if well and silent:
                ended = moment
            silent = not well
        return ended - began

    def seconds(self):
        """From the last good answer before each silence to the first after it, added up."""
        total, last_good, silent = 0.0, None, False
        for moment, well in self._answers:
            if well:
                if silent and last_good is not None:
                    total += moment - last_good
                last_good, silent = moment, False
            else:
                silent = True
        return total


class Cpu:
    """CPU seconds of the engine, of all its containers (helpers come and go), of this process, its children and `pid`.

    Neighbours count only when they use the same engine; runs that hold the lock of the end-to-end tests have none there.
    """

    GROUPS = ("/sys/fs/cgroup/cpuacct/docker/*/cpuacct.usage", "/sys/fs/cgroup/*/docker-*.scope/cpu.stat")

    def __init__(self, pid=None):
        self._pids = [pid] if pid else []
        for stat in pathlib.Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if stat.read_text().strip() in ("dockerd", "containerd", "containerd-shim", "containerd-shim-runc-v2"):
                    self._pids.append(int(stat.parent.name))
        self._end, self._thread = threading.Event(), threading.Thread(target=self._look_on)

    def __enter__(self):
        self._last, self._used = self._read_groups(), 0.0
        self._before = self._read_processes()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        self._note()
        self.seconds = self._read_processes() - self._before + self._used

    def _look_on(self):
        while not self._end.wait(PAUSE):
            self._note()

    def _note(self):
        """A container that was started again counts from zero."""
        for group, seconds in self._read_groups().items():
            last = self._last.get(group, 0.0)
            self._used += seconds - last if seconds >= last else seconds
            self._last[group] = seconds

    def _read_groups(self):
        used = {}
        for pattern in self.GROUPS:
            for path in pathlib.Path("/").glob(pattern[1:]):
                with contextlib.suppress(OSError):
                    text = path.read_text()
                    found = re.search(r"usage_usec (\d+)", text)
                    used[str(path)] = int(found[1]) / 1e6 if found else int(text) / 1e9
        return used

    def _read_processes(self):
        ticks = 0
        for pid in self._pids:
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
        own = sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
                  for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return ticks / os.sysconf("SC_CLK_TCK") + own


def storage_bytes(server):
    """What it has read of archives; files of a volume that it reads by the disk are not among them."""
    return int(re.search(r"^reprise_storage_read_bytes_total (\d+)", server.client().raw("GET", "/metrics").text, re.M)[1])


def peak_memory(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


@contextlib.contextmanager
def measured(trio, figures, server=None):
    """Fills `figures` with what the block costs; of a `server` also its memory, and what it reads from storage."""
    with Silence(trio.url, trio.db_name) as silence:
        silence.wait_for_answer()
        os.sync()  # what the contender before has written is its own
        if server:
            pid = server.process.pid
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
            before = storage_bytes(server)
        began = time.monotonic()
        with Cpu(server and server.process.pid) as cpu:
            yield figures
            figures["total_seconds"] = time.monotonic() - began
        figures["cpu_seconds"] = cpu.seconds
        if server:
            figures["bytes_read"] = storage_bytes(server) - before
            figures["peak_memory_bytes"] = peak_memory(pid)
        silence.wait_for_answer()
        figures["answer_seconds"] = silence.ended_after(began)
    figures["downtime_seconds"] = silence.seconds()
