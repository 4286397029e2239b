"""Dumps that try to do more than fill a database, really loaded into a real PostgreSQL: none reaches past its own side database.

The files are those of tests/corpus/dumps. All of them are fit to be imported; what they try shows when they are loaded. None is a
database of Odoo, so each restore ends before the swap: in the load, or in the proof that follows it.
"""

import pathlib
import re

import pytest

from lab import REPO, docker
from leftovers import Picture
from odoo_client import check_serves

DUMPS = REPO / "tests/corpus/dumps"
NO_PROGRAM = r"(?i)superuser|pg_execute_server_program"

# How the load of each ends: the code, and what its sentence says. Those that load do nothing but what their role may.
LOADED = ("proof_failed|load_failed", r"res_users|ir_module_module|ir_config_parameter|no database of Odoo|relation|registry")
ENDS = {
    "anonymous-block.sql": ("load_failed", NO_PROGRAM),
    "set-role-by-function.sql": ("load_failed", r"permission denied to set role"),
    "reset-role.sql": LOADED,
    "read-file.sql": ("load_failed", r"permission denied"),
    "import-file.sql": ("load_failed", r"permission denied"),
    "end-sessions.sql": ("load_failed", r"(?i)must be|permission denied"),
    "become-superuser.sql": ("load_failed", r"permission denied"),
    "server-settings.sql": ("load_failed", r"permission denied"),
    "global-tablespace.sql": ("load_failed", r"(?i)pg_global"),
    "passwords.sql": ("load_failed", r"permission denied"),
    "search-path.sql": LOADED,
    "matview.dump": ("load_failed", NO_PROGRAM),
    "matview-patient.dump": LOADED,
    "index-patient.dump": LOADED,
    "check.dump": ("load_failed", NO_PROGRAM),
    "generated.dump": ("load_failed", NO_PROGRAM),
    "event-trigger.dump": LOADED,
    "security-definer.dump": LOADED,
    "name-with-line.dump": LOADED,
    "large-object.dump": ("load_failed", r"permission denied"),
    "publication.dump": LOADED,
    "foreign-role.dump": LOADED,
    "toc-reset-role.dump": ("load_failed", NO_PROGRAM),
    "toc-language-c.dump": ("load_failed", r"permission denied for language c"),
    "toc-extension.dump": ("incompatible", r"dblink"),
}


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("hostile-dumps", options=["--from-zip", small_zip])


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "hostile dumps shop")


def cluster_of(shop):
    """What of the cluster none of them may change."""
    parts = ("SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles",
             "SELECT datname, datdba::regrole, datallowconn FROM pg_database",
             "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting", "SELECT subname FROM pg_subscription",
             "SELECT spcname FROM pg_tablespace")
    return [shop.sql(f"SELECT * FROM ({part}) AS p ORDER BY 1, p::text", "postgres") for part in parts]


def traces_in(shop):
    found = shop.db.exec("find", "/tmp", "/var/lib/postgresql", "-ignore_readdir_race", "-name", "reprise-corpus*").split()
    return found + [str(path) for path in pathlib.Path("/tmp").glob("reprise-corpus*")]


def load(api, environment, dump):
    backup = api.import_backup(dump, dump.name)
    assert backup["is_verified"] is True
    return api.failed_restore(backup["id"], "existing", environment["id"], create_pre_restore_backup=False)


def test_every_dump_of_the_corpus_is_loaded():
    assert {path.name for path in DUMPS.iterdir()} == set(ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_it_stays_within_its_side_database(name, api, shop, environment, server):
    before, picture = cluster_of(shop), Picture(shop, server)
    point = load(api, environment, DUMPS / name)
    codes, words = ENDS[name]
    assert point["outcome"] == "target_untouched"
    assert re.fullmatch(codes, point["error_code"]) and re.search(words, point["error_message"]), point
    assert traces_in(shop) == []
    assert cluster_of(shop) == before
    picture.assert_nothing_left(kept_archives=1)


@pytest.mark.parametrize("name", ["index-patient.dump", "matview-patient.dump", "security-definer.dump"])
def test_nor_where_odoos_role_is_a_superuser(name, api, shop, environment, server):
    """As the official images' usual compose file has it. Until the proof nothing is that role's, so nothing runs with its rights."""
    shop.sql("ALTER ROLE odoo SUPERUSER", "postgres")
    try:
        point = load(api, environment, DUMPS / name)
        assert point["outcome"] == "target_untouched"
        assert traces_in(shop) == []
    finally:
        shop.sql("ALTER ROLE odoo NOSUPERUSER", "postgres")
    check_serves(shop.url, shop.db_name)


def test_no_client_container_is_left(shop):
    assert "reprise-corpus" not in docker("ps", "-a", "--no-trunc", "--format", "{{.Command}}")
