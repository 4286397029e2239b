"""The command line: what needs no server, what calls one, and the exit codes."""

import json
import re

import pytest

import archives
from lab import run
from odoo_client import OdooClient, check_serves
from server import Cli

OK, FAILED, USAGE, NOT_FOUND, REFUSED, BAD_BACKUP, UNREACHABLE = 0, 1, 2, 3, 4, 6, 8
UNKNOWN = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    return Cli(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def cli(server, tmp_path_factory):
    return Cli(server, home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def shop(make_trio, small_zip):
    return make_trio("cli", options=["--from-zip", small_zip])


def test_inspect_tells_what_a_file_is(offline, odoo_zip):
    code, out, err = offline.run("inspect", odoo_zip)
    assert code == OK, err
    assert "prod-main" in out and "14.0" in out


def test_inspect_speaks_json(offline, odoo_zip):
    code, out, err = offline.run("inspect", odoo_zip, "--json")
    assert code == OK, err
    assert "prod-main" in json.dumps(json.loads(out))


@pytest.mark.parametrize("pack", [None, ("gzip", "-k"), ("zstd", "-q")])
def test_inspect_knows_a_dump_by_its_content(offline, odoo_zip, tmp_path, pack):
    path = archives.dump_of(odoo_zip, tmp_path / "misnamed.txt")
    if pack:
        run(*pack, path)
        path = next(p for p in tmp_path.iterdir() if p.name.startswith("misnamed.txt."))
        path = path.rename(tmp_path / "packed")
    code, out, err = offline.run("inspect", path)
    assert code == OK, err
    assert re.search(r"(?i)sql", out)


def test_verify_passes_a_good_backup(offline, odoo_zip):
    code, _, err = offline.run("verify", odoo_zip)
    assert code == OK, err


@pytest.mark.parametrize("breaking", [archives.cut_off, archives.flip_byte, archives.without_dump, archives.with_dots])
def test_verify_refuses_a_bad_one(offline, small_zip, tmp_path, breaking):
    code, out, err = offline.run("verify", breaking(small_zip, tmp_path / "bad.zip"))
    assert code == BAD_BACKUP, (code, out, err)
    assert err.strip(), "nothing was said"


def test_no_such_file(offline, tmp_path):
    code, _, err = offline.run("verify", tmp_path / "nothing.zip")
    assert code == NOT_FOUND and "nothing.zip" in err


def test_an_unknown_command_is_a_mistake_of_usage(offline):
    assert offline.run("frobnicate")[0] == USAGE


def test_a_server_that_cannot_be_reached(offline):
    code, _, err = Cli(home="/nonexistent").run("backup", "list")
    assert code != OK and err.strip()
    unreachable = Cli(home="/nonexistent")
    unreachable.environment |= {"REPRISE_URL": "http://127.0.0.1:1", "REPRISE_TOKEN": "x"}
    code, _, err = unreachable.run("backup", "list")
    assert code == UNREACHABLE and "127.0.0.1:1" in err


def test_a_wrong_token_is_refused(server):
    wrong = Cli(server)
    wrong.environment["REPRISE_TOKEN"] = "wrong"
    code, _, err = wrong.run("backup", "list")
    assert code == REFUSED and err.strip()


def test_a_rollback_by_command_line(cli, shop, folder):
    adopt = ["env", "adopt", "cli shop", "--type", "production", "--odoo", shop.odoo.name, "--db", shop.db.name,
             "--pgbouncer", shop.pgbouncer.name, "--json"]
    environment = json_of(cli, *adopt)
    listed = json_of(cli, "env", "list", "--json")
    assert environment["id"] in [item["id"] for item in listed["items"]]
    backup = json_of(cli, "backup", "create", environment["id"], "--name", "by hand", "--json")
    code, out, err = cli.run("backup", "list")
    assert code == OK and "by hand" in out, (out, err)
    partner = OdooClient(shop.url, shop.db_name).create_partner("Made after the backup")
    code, out, err = cli.run("restore", backup["id"], "--to", "original", "--yes", "--confirm", "cli shop")
    assert code == OK, (out, err)
    assert "swap" in out + err, "no progress is told"
    assert "\x1b" not in out + err and "\r" not in out + err, "no terminal, no drawing"
    assert partner not in check_serves(shop.url, shop.db_name).partners()
    path = folder / "by-cli.zip"
    code, out, err = cli.run("backup", "download", backup["id"], "--output", path)
    assert code == OK, (out, err)
    assert cli.run("verify", path)[0] == OK


def test_a_restore_wants_confirmation_when_nobody_can_be_asked(cli, shop):
    backup = json_of(cli, "backup", "list", "--json")["items"][0]
    code, _, err = cli.run("restore", backup["id"], "--to", "original")
    assert code in (USAGE, REFUSED) and "confirm" in err.lower()


def test_an_unknown_backup_is_not_found(cli):
    assert cli.run("backup", "show", UNKNOWN)[0] == NOT_FOUND


def test_a_bad_import_ends_as_a_bad_backup(cli, small_zip, tmp_path):
    code, _, err = cli.run("backup", "import", archives.flip_byte(small_zip, tmp_path / "bad.zip"), "--name", "bad")
    assert code == BAD_BACKUP and "dump.sql" in err


def json_of(cli, *argv):
    code, out, err = cli.run(*argv)
    assert code == OK, (argv, out, err)
    return json.loads(out)
