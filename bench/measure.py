"""What one run of a contender costs: seconds, silence of Odoo, CPU, memory, bytes read from the storage."""

import contextlib
import os
import pathlib
import re
import threading
import time

import requests


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
            self._end.wait(0.05)

    def wait_for_answer(self, seconds=180):
        deadline = time.monotonic() + seconds
        while not (self._answers and self._answers[-1][1]):
            assert time.monotonic() < deadline, "Odoo does not answer"
            time.sleep(0.05)

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


def machine_cpu_seconds():
    """What all processes of the machine have used; neighbours too."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft = map(int, fields[:7])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def read_bytes(pid):
    """Bytes that a process has read by read(2) and pread(2); sockets read by recv(2) are not among them."""
    return int(re.search(r"rchar: (\d+)", pathlib.Path(f"/proc/{pid}/io").read_text())[1])


def peak_memory(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


@contextlib.contextmanager
def measured(trio, figures, pid=None):
    """Fills `figures` with what the block costs; `pid` is the process whose memory and reading are of interest."""
    with Silence(trio.url, trio.db_name) as silence:
        silence.wait_for_answer()
        if pid:
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
            before = read_bytes(pid)
        cpu, began = machine_cpu_seconds(), time.monotonic()
        yield figures
        figures["total_seconds"] = time.monotonic() - began
        figures["machine_cpu_seconds"] = machine_cpu_seconds() - cpu
        if pid:
            figures["bytes_read"] = read_bytes(pid) - before
            figures["peak_memory_bytes"] = peak_memory(pid)
        silence.wait_for_answer()
    figures["downtime_seconds"] = silence.seconds()
