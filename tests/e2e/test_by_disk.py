"""Files of a filestore go by the disk where Reprise may touch it, and through a helper container where it may not."""

import json
import os
import shutil

import pytest

from odoo_client import OdooClient, check_serves
from server import BINARY

NOBODY = 65534


def need_root_on_the_engines_machine(engine):
    if os.geteuid() != 0 or not engine.address.startswith("unix://"):
        pytest.skip("needs root, and an engine on this machine")


@pytest.fixture(scope="module")
def roots(make_server, engine):
    """A server of root's."""
    need_root_on_the_engines_machine(engine)
    return make_server()


@pytest.fixture(scope="module")
def reader(make_server, folder, engine):
    """A server whose user may read every file of this machine, but write no other user's."""
    need_root_on_the_engines_machine(engine)
    socket_group = os.stat(engine.address.removeprefix("unix://")).st_gid
    place = folder / "by-disk"
    place.mkdir()
    binary = shutil.copy(BINARY, place / "reprise")
    (place / "data").mkdir()
    for path in (place, place / "data"):
        shutil.chown(path, NOBODY, NOBODY)
    return make_server(place / "data", binary=binary, started_by=[
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", f"--groups={socket_group}",
        "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"])


@pytest.fixture(scope="module")
def odoo(shop):
    return OdooClient(shop.url, shop.db_name)


def ways(server, event):
    """By what files went so far."""
    return {json.loads(line)["by"] for line in server.log.read_text().splitlines() if f'"event":"{event}"' in line}


def lose_and_restore(server, shop, odoo, name):
    """A document is backed up, its file goes, and a restore brings it back to the byte, as Odoo's own."""
    api = server.client()
    environment = api.adopt(shop, name, environment_type="staging")
    content = name.encode() * 5000
    document = odoo.create_attachment(f"{name}.bin", content)
    backup = api.create_backup(environment["id"], name=name)
    path = f"{shop.db_name}/" + shop.sql(f"SELECT store_fname FROM ir_attachment WHERE id = {document}").strip()
    owner = shop.odoo.exec("stat", "-c", "%U %G", f"/var/lib/odoo/filestore/{path}")
    shop.odoo.exec("rm", f"/var/lib/odoo/filestore/{path}")
    restored = api.restore(backup["id"], "original")
    assert restored["outcome"] == "swapped"
    assert check_serves(shop.url, shop.db_name).content(document) == content
    assert shop.odoo.exec("stat", "-c", "%U %G", f"/var/lib/odoo/filestore/{path}") == owner
    assert shop.odoo.exec("stat", "-c", "%a", f"/var/lib/odoo/filestore/{path}").strip() == "644"


def test_root_has_the_disk(roots, shop, odoo):
    lose_and_restore(roots, shop, odoo, "by the disk")
    assert ways(roots, "filestore.read") == {"disk"} and ways(roots, "filestore.written") == {"disk"}


def test_who_may_only_read_has_the_helper_write(reader, shop, odoo):
    lose_and_restore(reader, shop, odoo, "by the helper")
    assert ways(reader, "filestore.read") == {"disk"} and ways(reader, "filestore.written") == {"helper"}
