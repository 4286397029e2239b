"""Archives in storages of an organization's own: real S3 (Swift with s3api), SFTP (OpenSSH) and FTP with TLS (vsftpd)."""

import hashlib
import json
import pathlib
import shutil

import pytest
import requests

from lab import REPO, run
from odoo_client import OdooClient
from server import Cli


@pytest.fixture(scope="module")
def providers(folder):
    """What lab/storage has started."""
    place = folder / "storage-servers"
    run(REPO / "lab/storage", "restart", place, timeout=300)
    yield json.loads((place / "servers.json").read_text())
    run(REPO / "lab/storage", "stop", place)


@pytest.fixture(scope="module")
def server(make_server):
    return make_server(arguments=["--allow-private-storage"])


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "shop")


def create_storage(server, folder, providers, kind):
    """A storage made by the command line, which takes its secrets from a file."""
    provider = providers[kind]
    if "missing" in provider:
        pytest.skip(provider["missing"])
    secrets = folder / f"{kind}.secrets"
    if kind == "s3":
        secrets.write_text(f"access_key_id={provider['access_key_id']}\n"
                           f"secret_access_key={provider['secret_access_key']}\n")
        options = ["--provider", "ceph", "--endpoint", provider["endpoint"], "--bucket", provider["bucket"], "--prefix",
                   "e2e/archives", "--secrets", secrets]
    elif kind == "ftps":
        secrets.write_text(f"password={provider['password']}\n")
        authorities = folder / "ftps.pem"
        authorities.write_text(provider["ca_pem"])
        options = ["--provider", "ftps", "--host", provider["host"], "--port", provider["port"], "--user",
                   provider["username"], "--folder", f"/{provider['folder']}", "--ca-file", authorities, "--secrets", secrets]
    else:
        secrets.write_text(provider["private_key"])
        options = ["--provider", "sftp", "--host", provider["host"], "--port", provider["port"], "--user",
                   provider["username"], "--folder", provider["folder"], "--host-key", provider["host_key"], "--key-file",
                   secrets]
    code, out, err = Cli(server).run("--json", "storage", "create", f"{kind} of the lab", "--default", *options)
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize("kind", ["s3", "sftp", "ftps"])
def test_a_backup_goes_to_the_default_storage_and_a_restore_comes_from_there(
        kind, server, api, environment, shop, providers, folder):
    storage = create_storage(server, folder, providers, kind)
    code, out, err = Cli(server).run("storage", "test", storage["name"])
    assert code == 0 and out.count(" ok ") == 5, out + err
    before = {name for name in server.stored_files() if "storage/" in name}

    odoo = OdooClient.when_up(shop.url, shop.db_name)
    attachment = odoo.create_attachment(f"{kind}.bin", kind.encode() * 4000)
    backup = api.create_backup(environment["id"], name=f"into {kind}")
    assert backup["status"] == "completed" and backup["is_verified"]
    assert backup["storage_config_id"] == storage["id"]
    assert {name for name in server.stored_files() if "storage/" in name} == before, "an archive lies on the server"
    usage = api.get(f"/backups/storage-configs/{storage['id']}")["usage"]
    assert usage == {"objects": 1, "bytes": backup["compressed_size"]}

    shop.sql(f"DELETE FROM ir_attachment WHERE id = {attachment}")
    restored = api.restore(backup["id"], "original", create_pre_restore_backup=False)
    assert restored["status"] == "completed" and restored["outcome"] == "swapped"
    assert shop.sql(f"SELECT name FROM ir_attachment WHERE id = {attachment}").strip() == f"{kind}.bin"

    copy = api.download(backup["id"], folder / f"{kind}.zip")
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == backup["sha256"]
    url = api.get(f"/backups/{backup['id']}/download-link")["url"]
    if kind == "s3":
        assert hashlib.sha256(requests.get(url, timeout=60).content).hexdigest() == backup["sha256"]
    else:
        assert url is None

    code, _, err = Cli(server).run("storage", "remove", storage["name"])
    assert code != 0 and "backups live in this storage" in err
    api.delete_backup(backup)
    code, _, err = Cli(server).run("storage", "remove", storage["name"])
    assert code == 0, err


def test_an_archive_that_lies_in_a_storage_is_registered_and_stays(server, api, providers, folder, small_zip):
    storage = create_storage(server, folder, providers, "sftp")
    theirs = pathlib.Path(providers["sftp"]["folder"]) / "by-hand" / "shop.zip"
    theirs.parent.mkdir()
    shutil.copy(small_zip, theirs)
    before = theirs.stat()

    cli = Cli(server)
    code, out, err = cli.run("--json", "backup", "import", "--storage", storage["name"], "--key", "by-hand/shop.zip")
    assert code == 0, err
    backup = json.loads(out)
    assert backup["is_verified"] and backup["name"] == "shop.zip" and backup["storage_key"] == "by-hand/shop.zip"
    assert backup["sha256"] == hashlib.sha256(theirs.read_bytes()).hexdigest()
    assert not [name for name in server.stored_files() if "shop" in name], "it was copied"
    point = api.restore(backup["id"], "new", new_environment={"name": "from-a-key", "environment_type": "staging"})
    assert point["status"] == "completed"
    api.remove_environment(api.environment(point["target_environment_id"]))

    code, _, err = cli.run("backup", "import", "--storage", storage["name"], "--key", "by-hand/shop.zip")
    assert code != 0 and "is the archive of a backup already" in err
    code, _, err = cli.run("backup", "import", "--storage", storage["name"], "--key", "by-hand/other.zip")
    assert code != 0 and "by-hand/other.zip" in err
    code, _, err = cli.run("backup", "import", "--storage", storage["name"], "--key", "../sftp/by-hand/shop.zip")
    assert code != 0 and '".."' in err

    broken = theirs.with_name("broken.zip")
    broken.write_bytes(theirs.read_bytes()[:20_000])
    code, _, err = cli.run("backup", "import", "--storage", storage["name"], "--key", "by-hand/broken.zip")
    assert code != 0 and broken.stat().st_size == 20_000, err
    failed = next(one for one in api.get("/backups?status=failed&page_size=100")["items"] if one["name"] == "broken.zip")
    api.delete_backup(failed)
    assert broken.stat().st_size == 20_000
    api.delete_backup(backup)
    assert theirs.stat().st_mtime_ns == before.st_mtime_ns and theirs.stat().st_size == before.st_size
    shutil.rmtree(theirs.parent)
    assert cli.run("storage", "remove", storage["name"])[0] == 0


def test_secrets_are_never_shown_nor_kept_in_the_clear(server, api, providers, folder):
    storage = create_storage(server, folder, providers, "s3")
    secret = providers["s3"]["secret_access_key"]
    shown = json.dumps(api.get(f"/backups/storage-configs/{storage['id']}"))
    assert storage["has_credentials"] and secret not in shown and secret not in server.tail(10**6)
    catalog = b"".join(path.read_bytes() for path in server.data.glob("catalog.db*"))
    assert b"e2e/archives" in catalog and secret.encode() + b'"' not in catalog
    assert Cli(server).run("storage", "remove", storage["name"])[0] == 0


def test_ftp_without_tls_is_told_as_insecure_and_a_server_without_tls_gets_no_password(server, providers, folder):
    provider = providers["ftps"]
    if "missing" in provider:
        pytest.skip(provider["missing"])
    secrets = folder / "ftp.secrets"
    secrets.write_text(f"password={provider['password']}\n")
    options = ["--host", provider["host"], "--port", provider["plain_port"], "--user", provider["username"], "--folder",
               f"/{provider['folder']}", "--secrets", secrets]
    code, _, err = Cli(server).run("storage", "create", "careless", "--provider", "ftp", *options)
    assert code == 0 and "insecure: FTP without TLS" in err
    code, out, _ = Cli(server).run("storage", "test", "careless")
    assert code == 0 and out.count(" ok ") == 5
    code, _, err = Cli(server).run("storage", "create", "careful", "--provider", "ftps", *options)
    assert code == 0 and "insecure" not in err
    code, out, _ = Cli(server).run("storage", "test", "careful")
    assert code != 0 and "offers no TLS" in out and out.count("skipped") == 2
    for name in ("careless", "careful"):
        assert Cli(server).run("storage", "remove", name)[0] == 0


def test_a_storage_in_a_private_network_needs_the_installations_leave(make_server, providers, folder):
    careful = make_server()
    storage = create_storage(careful, folder, providers, "s3")
    code, out, _ = Cli(careful).run("storage", "test", storage["name"])
    assert code != 0 and "--allow-private-storage" in out
