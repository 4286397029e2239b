"""What is proven of a backup: every file that is missing, altered or nobody's is named; the proof is signed, and needs no server."""

import hashlib
import json
import re
import subprocess
import zipfile

import pytest

import archives
from server import Cli

FILE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{40}")
BAD_BACKUP = 6


def attachments_of(path):
    """store_fname of every attachment in the plain dump of a backup of Odoo's own."""
    with zipfile.ZipFile(path) as archive:
        dump = archive.read("dump.sql").decode()
    head = re.search(r"^COPY public\.ir_attachment \((.*?)\) FROM stdin;\n", dump, re.M)
    column = head[1].split(", ").index("store_fname")
    rows = dump[head.end():dump.index("\n\\.\n", head.end())].split("\n")
    return {row.split("\t")[column] for row in rows} - {"\\N"}


def files_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix("filestore/") for name in archive.namelist() if FILE.fullmatch(name.removeprefix("filestore/"))}


@pytest.fixture(scope="module")
def whole(small_zip, tmp_path_factory):
    """A backup in which attachments and files are the same, one for one."""
    named = attachments_of(small_zip)
    assert named <= files_of(small_zip)

    def change(name, data):
        path = name.removeprefix("filestore/")
        return None if FILE.fullmatch(path) and path not in named else data
    return archives.copy_zip(small_zip, tmp_path_factory.mktemp("proof") / "whole.zip", change)


@pytest.fixture(scope="module")
def faults(whole):
    names = sorted(attachments_of(whole))
    sha1 = hashlib.sha1(b"nobody's").hexdigest()
    return {"removed": names[:3], "altered": names[3:5], "orphan": f"{sha1[:2]}/{sha1}"}


def damaged(source, target, removed=(), altered=(), orphan=None):
    def change(name, data):
        path = name.removeprefix("filestore/")
        return None if path in removed else b"altered" if path in altered else data
    return archives.copy_zip(source, target, change, [(f"filestore/{orphan}", b"nobody's")] if orphan else [])


def test_three_removed_two_altered_and_one_orphan_are_refused_with_exactly_those_six_named(api, whole, faults, tmp_path):
    path = damaged(whole, tmp_path / "six.zip", **faults)
    six = {*faults["removed"], *faults["altered"], faults["orphan"]}
    code, _, err = Cli(home=tmp_path).run("verify", path)
    assert code == BAD_BACKUP and set(FILE.findall(err)) == six, err
    ordered = api.start_import(path, "six faults")
    task = api.wait_ended(ordered["task_id"])
    backup = api.backup(ordered["id"])
    assert task["status"] == "failed" and backup["is_verified"] is False
    sentence = backup["error_message"]
    assert set(FILE.findall(sentence)) == six, sentence
    for count, word in (("2 filestore files are damaged", "altered"), ("3 of", "missing"), ("1 files belong to no attachment", "orphan")):
        assert count in sentence, (word, sentence)


def test_missing_files_alone_are_a_warning_that_names_them(api, whole, faults, tmp_path):
    path = damaged(whole, tmp_path / "three.zip", removed=faults["removed"])
    backup = api.import_backup(path, "three missing")
    assert backup["is_verified"] is True
    log = api.raw("GET", f"/api/v1/tasks/{backup['task_id']}/log").text
    assert set(FILE.findall(log)) == set(faults["removed"]), log
    proof = api.get(f"/backups/{backup['id']}/proof")
    assert proof["result"] == "proven_with_warnings"
    assert sorted(proof["filestore"]["missing"]) == faults["removed"] and proof["filestore"]["orphans"] == []


@pytest.fixture(scope="module")
def proven(api, whole):
    return api.import_backup(whole, "whole")


@pytest.fixture(scope="module")
def proof_file(api, proven, tmp_path_factory):
    path = tmp_path_factory.mktemp("proof") / "proof.json"
    path.write_bytes(api.raw("GET", f"/api/v1/backups/{proven['id']}/proof").content)
    return path


@pytest.fixture(scope="module")
def key(api):
    (key,) = api.get("/proof/keys")["items"]
    return key["public_key"]


def test_a_proof_says_what_was_read(proof_file, proven, whole):
    proof = json.loads(proof_file.read_text())
    assert proof["result"] == "proven_with_warnings"  # a foreign archive has no checksum of its dump
    assert proof["archive"]["sha256"] == proven["sha256"] == hashlib.sha256(whole.read_bytes()).hexdigest()
    assert proof["filestore"]["attachments"] == proof["filestore"]["files"] == len(attachments_of(whole))
    assert proof["filestore"]["missing"] == proof["filestore"]["orphans"] == proof["filestore"]["wrong_size"] == []


def test_it_is_verified_without_a_server(proof_file, key, tmp_path):
    offline = Cli(home=tmp_path)
    code, out, err = offline.run("proof", "verify", proof_file, "--key", key)
    assert code == 0 and "genuine" in out, err
    code, _, err = offline.run("proof", "verify", proof_file, "--key", "0" * 64)
    assert code != 0 and "another key" in err
    changed = tmp_path / "changed.json"
    changed.write_text(proof_file.read_text().replace('"missing":[]', '"missing":["x"]'))
    code, _, err = offline.run("proof", "verify", changed, "--key", key)
    assert code != 0 and "changed after it was signed" in err


def test_openssl_comes_to_the_same_verdict(proof_file, key, tmp_path):
    proof = json.loads(proof_file.read_text())
    signature = proof.pop("signature")
    assert signature["public_key"] == key
    (tmp_path / "text").write_text(json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    (tmp_path / "signature").write_bytes(bytes.fromhex(signature["value"]))
    (tmp_path / "key").write_bytes(bytes.fromhex("302a300506032b6570032100" + key))
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key", "-rawin",
                           "-in", tmp_path / "text", "-sigfile", tmp_path / "signature"], capture_output=True, text=True)
    assert "Verified Successfully" in done.stdout, done.stdout + done.stderr


def test_the_private_half_is_the_owners_alone(server):
    assert (server.data / "proof.key").stat().st_mode & 0o077 == 0
