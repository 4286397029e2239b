"""dockerd is restarted under a restore, on an engine of the test's own: in order, as by an upgrade of Docker, and by kill -9. Odoo
serves what was there before or what was restored, and nothing is left behind."""

import os
import signal
import subprocess

import pytest

from chaos import KEPT, Restore, an_installation, make_backup, start_worker, stop_workers
from lab import REPO, docker, run, some_always, wait_until
from odoo_client import OdooClient

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an engine of its own needs root")
IMAGES = ["reprise-lab/odoo:14", "reprise-lab/postgres:13", "reprise-lab/pgbouncer:1"]


class OwnEngine:
    """An engine that only this file uses. From start() to stop() DOCKER_HOST and the lab's scripts mean it."""

    def __init__(self, folder):
        self.folder = folder
        self.meant_before = {}

    def start(self):
        source = os.environ["DOCKER_HOST"]
        self._mean({"REPRISE_LAB_DIR": str(self.folder), "REPRISE_LAB_OWN_ENGINE": "1",
                    "DOCKER_HOST": f"unix://{self.folder}/engine/docker.sock"})
        self.do("start")
        with subprocess.Popen(["docker", "-H", source, "save", *IMAGES], stdout=subprocess.PIPE) as saving:
            subprocess.run(["docker", "load", "-q"], stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)
        return self

    def stop(self):
        self.do("stop")
        self._mean(self.meant_before)

    def _mean(self, values):
        self.meant_before = {name: os.environ.get(name) for name in values}
        for name, value in values.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    def do(self, verb):
        return run(REPO / "lab/engine", verb, timeout=400)

    def restart(self):
        self.do("stop")
        self.do("start")

    def die(self, shop):
        """kill -9. Docker takes containers that ran on for stopped by hand: who looks after the server starts its database."""
        pid = int(self.do("pid"))
        os.kill(pid, signal.SIGKILL)
        wait_until("the end of dockerd", lambda: not os.path.exists(f"/proc/{pid}"), 120)
        self.do("start")
        docker("start", shop.db.name, shop.pgbouncer.name, shop.odoo.name)


@pytest.fixture(scope="module")
def own_engine(engine, small_zip, folder):
    own = OwnEngine(folder / "own")
    yield own.start()
    own.stop()


@pytest.fixture(scope="module")
def installation(folder, own_engine):
    yield from an_installation(folder / "chaos-engine", os.environ["DOCKER_HOST"])


@pytest.fixture
def worker(installation):
    yield start_worker(installation)
    stop_workers(installation)


@pytest.fixture(scope="module")
def api(installation):
    return installation.nodes["api"].client


@pytest.fixture(scope="module")
def shop(own_engine, make_trio, small_zip):
    return make_trio("chaos-engine", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def marker(shop):
    """A partner whose name tells which state of the database is seen."""
    return OdooClient(shop.url, shop.db_name).create_partner(KEPT)


@pytest.fixture(scope="module")
def backup(installation, api, shop, marker):
    return make_backup(installation, api.adopt(shop, "chaos engine shop"))


@pytest.fixture
def restore(installation, api, shop, marker, backup, request):
    return Restore(installation, api, shop, marker, backup, f"before {request.node.name}")


MOMENTS = ["loading", "stage_filestore", "swap", "Odoo is down", "start", "verify"]


@pytest.mark.parametrize("moment", some_always(MOMENTS, ["loading", "Odoo is down"]))
def test_dockerd_is_restarted_when(moment, worker, own_engine, restore):
    restore.run_to_moment(moment)
    own_engine.restart()
    restore.check_end(seconds=300, undo=True, swept_within=150)


@pytest.mark.parametrize("moment", some_always(MOMENTS, []))
def test_dockerd_is_killed_when(moment, worker, own_engine, restore, shop):
    restore.run_to_moment(moment)
    own_engine.die(shop)
    restore.check_end(seconds=300, undo=True, swept_within=150)
