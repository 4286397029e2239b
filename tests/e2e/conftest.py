"""Fixtures of the end-to-end suite. A trio is shared by a module, the engine and a server by the whole run."""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import sweep
from lab import REPO, RUN, WORKER, Engine, LabTrio, run
from leftovers import Picture
from odoo_client import OdooClient
from server import Server

GENUINE = REPO.parent / "shared/data/odoo14-native-backup.zip"


# The files that take longest, so that of several workers none begins with one of them when the others are done.
LONG = ("test_two_servers", "test_chaos", "test_versions", "test_chaos_engine", "test_hostile_dumps", "test_crash", "test_rescue", "test_snapshots", "test_page", "test_cases",
        "test_masking", "test_storage", "test_safe_copy", "test_bad_input", "test_compose", "test_packages", "test_nodes", "test_memory", "test_page_places",
        "test_temporary", "test_encryption", "test_odoo19")


def pytest_collection_modifyitems(items):
    if WORKER:
        order = {name: place for place, name in enumerate(LONG)}
        items.sort(key=lambda item: order.get(item.path.stem, len(LONG)))  # stable: within a file nothing moves


@pytest.fixture(scope="session")
def folder():
    """A folder for this run, on a disk rather than in memory; gone afterwards."""
    given = os.environ.get("REPRISE_TEST_FOLDER")
    if given and WORKER:
        given = f"{given}/{WORKER}"
    path = pathlib.Path(given or tempfile.mkdtemp(prefix=f"{RUN}-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    path.mkdir(parents=True, exist_ok=True)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def engine(folder):
    engine = Engine()
    engine.start()
    run(REPO / "lab/images", "ensure", "14", timeout=3600)
    yield engine
    sweep.sweep(RUN, folder)
    if "REPRISE_TEST_RUN" not in os.environ:  # else script/test stops it, after all workers
        engine.stop()


@pytest.fixture(scope="session")
def genuine_zip():
    """A backup made by Odoo 14's own database manager from 70 modules with demo data."""
    if not GENUINE.exists():
        pytest.skip("the genuine Odoo backup is not beside this repository (shared/data/odoo14-native-backup.zip)")
    return GENUINE


@pytest.fixture(scope="session")
def small_zip(engine, folder):
    """A small backup, made here and now by Odoo's own database manager from a fresh database of two modules."""
    trio = LabTrio("seed", options=["--modules", "base,web"])
    try:
        trio.create()
        path = folder / "small.zip"
        odoo = OdooClient.when_up(trio.url, trio.db_name)
        odoo.create_attachment("seed.bin", b"seed" * 5000)
        answer = odoo.session.post(f"{trio.url}/web/database/backup", timeout=120,
                                   data={"master_pwd": "admin", "name": trio.db_name, "backup_format": "zip"})
        assert answer.content[:2] == b"PK", f"Odoo's database manager made no zip: {answer.text[:500]}"
        path.write_bytes(answer.content)
        return path
    finally:
        trio.remove()


@pytest.fixture(scope="session")
def odoo_zip(request):
    """The genuine backup where it is at hand, else a small one made by Odoo itself."""
    return GENUINE if GENUINE.exists() else request.getfixturevalue("small_zip")


@pytest.fixture(scope="session")
def server(engine, folder):
    """The server that tests share."""
    server = Server(folder / "server", engine).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def api(server):
    """Of the server that tests share, or of the one that a module has for itself: a fixture `server` of its own."""
    return server.client()


@pytest.fixture(scope="session")
def make_server(engine, folder):
    """Makes servers with a data folder of their own."""
    made, numbers = [], itertools.count(1)

    def make(data_dir=None, arguments=(), **how):
        server = Server(data_dir or folder / f"server-{next(numbers)}", engine, arguments, **how)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="module")
def make_trio(engine):
    """Makes trios that live as long as the module's tests."""
    made = []

    def make(tag, **options):
        trio = LabTrio(tag, **options)
        made.append(trio)
        return trio.create()

    yield make
    for trio in made:
        trio.remove()


@pytest.fixture(scope="module")
def shop(make_trio, odoo_zip, request):
    """A trio that serves the backup, loaded without Reprise."""
    return make_trio(request.module.__name__.removeprefix("test_").replace("_", "-"), options=["--from-zip", odoo_zip])


@pytest.fixture(scope="module")
def drive(server):
    """Runs one flow of web/e2e/drive.mjs; what it tells. No flow may find anything that every page must hold."""
    linked = subprocess.run([REPO / "script/web", "link"], capture_output=True, text=True)
    if linked.returncode == 77 or not pathlib.Path("/usr/bin/chromium").exists():
        pytest.skip("the page needs npm and Debian's chromium")
    if not shutil.which("node") or not (REPO / "build/web/index.html").exists():
        pytest.skip("this build serves the plain page")

    def run(flow, seconds=600, on=server, **settings):
        answer = subprocess.run(["node", REPO / "web/e2e/alone.mjs", flow], capture_output=True, text=True, timeout=seconds,
                                env={**os.environ, "REPRISE_URL": on.url, "REPRISE_TOKEN": on.token, **settings})
        assert answer.returncode == 0, answer.stderr[-3000:]
        told = json.loads(answer.stdout)
        assert told["issues"] == [], "axe found something serious"
        assert told["elsewhere"] == [], "the page asked another host"
        assert told["complaints"] == [], "the browser refused something"
        return told

    return run


@pytest.fixture
def picture(shop, server):
    """How the module's trio and the shared server looked before this test."""
    return Picture(shop, server)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows what the server said when a test that used one has failed."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for name in ("server", "crash_server"):
            if name in item.funcargs:
                report.sections.append(("the server's log", item.funcargs[name].tail()))
