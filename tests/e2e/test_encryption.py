"""Archives sealed before they leave: nothing readable where they lie, restored before and after a rotation, opened without a server."""

import hashlib
import json
import pathlib
import shutil
import subprocess

import pytest

from odoo_client import OdooClient
from server import BINARY, Cli
from reprise_client import ApiError


@pytest.fixture(scope="module")
def server(make_server):
    return make_server()


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "shop")


@pytest.fixture(scope="module")
def vault(server, folder):
    """A storage that takes sealed archives only, and where they lie."""
    place = folder / "vault"
    place.mkdir()
    code, out, err = Cli(server).run("--json", "storage", "create", "vault", "--provider", "local", "--folder", place, "--encrypt", "--default")
    assert code == 0, err
    assert json.loads(out)["encrypt_archives"] is True
    code, out, err = Cli(server).run("storage", "test", "vault")
    assert code == 0 and out.count(" ok ") == 5, out + err
    return place


class Sealed:
    """A backup with one attachment of its own, and the object that it became."""

    def __init__(self, api, environment, shop, vault, name):
        odoo = OdooClient.when_up(shop.url, shop.db_name)
        self.file = f"{name}.bin"
        self.attachment = odoo.create_attachment(self.file, name.encode() * 4000)
        self.backup = api.create_backup(environment["id"], name=name)
        self.path = vault / self.backup["storage_key"]
        shop.sql(f"DELETE FROM ir_attachment WHERE id = {self.attachment}")

    def is_back(self, shop):
        return shop.sql(f"SELECT name FROM ir_attachment WHERE id = {self.attachment}").strip() == self.file


@pytest.fixture(scope="module")
def before(api, environment, shop, vault):
    return Sealed(api, environment, shop, vault, "before the rotation")


@pytest.fixture(scope="module")
def after(server, api, environment, shop, vault, before):
    code, out, err = Cli(server).run("keys", "rotate")
    assert code == 0, err
    return Sealed(api, environment, shop, vault, "after the rotation")


@pytest.fixture(scope="module")
def sheet(server, folder, after):
    path = folder / "sheet.txt"
    code, _, err = Cli(server).run("keys", "recovery-sheet", "--file", path)
    assert code == 0, err
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def test_nothing_readable_lies_in_the_storage(server, api, before):
    assert before.backup["is_verified"] and before.backup["is_encrypted"]
    stored = before.path.read_bytes()
    assert before.path.name.endswith(".zip.sealed") and stored.startswith(b"RPSEALED")
    for word in (b"PGDMP", b"PK\x03\x04", b"manifest.json", b"filestore", b"ir_attachment", b"\x1f\x8b\x08"):
        # Three or four bytes may stand anywhere by chance, once in many millions; the longer ones nowhere.
        assert stored.count(word) <= (0 if len(word) > 4 else 2), word
    assert before.backup["compressed_size"] < len(stored) < before.backup["compressed_size"] * 1.001 + 1000
    assert "storage/backups" not in " ".join(server.stored_files()), "an archive lies in the server's own folder"


def test_it_is_restored_and_downloaded_as_any_other(api, shop, before, folder):
    restored = api.restore(before.backup["id"], "original", seconds=900)
    assert restored["status"] == "completed" and restored["outcome"] == "swapped"
    assert before.is_back(shop)
    assert api.backup(restored["pre_restore_backup_id"])["is_encrypted"], "the safety backup as well"
    copy = api.download(before.backup["id"], folder / "downloaded.zip")
    assert copy.read_bytes().startswith(b"PK") and hashlib.sha256(copy.read_bytes()).hexdigest() == before.backup["sha256"]
    assert api.get(f"/backups/{before.backup['id']}/download-link")["url"] is None


def test_both_are_restored_after_a_rotation(api, shop, before, after):
    assert before.path.read_bytes()[12:28] != after.path.read_bytes()[12:28], "another key"
    for one in (after, before):
        assert api.restore(one.backup["id"], "original", create_pre_restore_backup=False, seconds=900)["status"] == "completed"
        assert one.is_back(shop)


@pytest.mark.parametrize("which", ["before", "after"])
def test_the_sheet_opens_it_without_any_server(which, request, sheet, folder):
    one = request.getfixturevalue(which)
    alone = folder / f"{which}.sealed"
    shutil.copy(one.path, alone)
    code, _, err = Cli().run("verify", alone)
    assert code != 0 and "is a sealed archive" in err and "--key-file" in err
    code, _, err = Cli().run("inspect", alone)
    assert code != 0 and "is a sealed archive" in err
    opened = folder / f"{which}.zip"
    code, _, err = Cli().run("decrypt", alone, "--key-file", sheet, "--output", opened)
    assert code == 0, err
    assert hashlib.sha256(opened.read_bytes()).hexdigest() == one.backup["sha256"]
    code, out, err = Cli().run("verify", opened)
    assert code == 0 and "whole and consistent" in out, err
    code, out, err = Cli().run("verify", alone, "--key-file", sheet)
    assert code == 0 and "whole and consistent" in out, err


def test_decrypt_writes_to_the_output_as_well(sheet, after, folder):
    with open(folder / "piped.zip", "wb") as out:
        subprocess.run([BINARY, "decrypt", after.path, "--key-file", sheet], stdout=out, check=True, timeout=120)
    assert hashlib.sha256((folder / "piped.zip").read_bytes()).hexdigest() == after.backup["sha256"]


def test_a_sealed_file_is_imported_when_its_key_is_known(api, make_server, before, folder):
    imported = api.import_backup(before.path, "came back sealed")
    assert imported["is_verified"] and imported["sha256"] == before.backup["sha256"]
    stranger = make_server().client()
    with pytest.raises(ApiError) as refused:
        stranger.import_backup(before.path, "not ours")
    assert "sealed with the key" in refused.value.sentence


def test_what_was_exchanged_or_altered_is_refused_and_nothing_is_touched(api, shop, before, after):
    kept = before.path.read_bytes()
    middle = len(kept) // 2
    altered = kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1:]
    for harm, said in ((after.path.read_bytes(), "another object"), (altered, "not what was written"), (kept[:-1], "not what was written"),
                       (b"PK\x03\x04" + kept[4:], "not sealed")):
        before.path.write_bytes(harm)
        try:
            task = api.wait_ended(api.post(f"/backups/{before.backup['id']}/verify", expect=202)["id"])
        finally:
            before.path.write_bytes(kept)
        assert task["status"] == "failed" and said in task["error_message"], task["error_message"]
    assert api.wait(api.post(f"/backups/{before.backup['id']}/verify", expect=202)["id"])["status"] == "completed"
    assert OdooClient.when_up(shop.url, shop.db_name)


def test_who_took_a_sheet_is_in_the_audit_log_and_no_key_is_anywhere(server, api, sheet):
    entries = api.get("/audit?page_size=100")["items"]
    assert any(entry["action"] == "makeRecoverySheet" for entry in entries)
    digits = ["".join(line.split()[:8]) for line in sheet.read_text().splitlines() if " check " in line]
    assert len(digits) == 4
    everything = server.tail(10**7).encode() + b"".join(path.read_bytes() for path in pathlib.Path(server.data).glob("catalog.db*"))
    for line in digits:
        assert line.encode() not in everything and bytes.fromhex(line) not in everything
