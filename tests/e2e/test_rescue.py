"""A backup that is looked into beside the live environment: what it has more, as a table, as CSV, and documents brought back into an
Odoo that never stopped. Nothing of a hostile dump runs meanwhile, and nothing is left afterwards.
"""

import csv
import hashlib
import io
import os
import sqlite3
import subprocess

import pytest

from archives import with_last_sql
from lab import REPO, LabTrio, run, wait_until
from leftovers import Picture
from odoo_client import OdooClient, check_serves
from reprise_client import ApiError
from server import Cli

NAMES = ["Lost Partner, with a comma", 'Lost "quoted" Partner', "Lost Zürich\nin two lines"]


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "rescue shop")


@pytest.fixture(scope="module")
def lost(api, server, shop, environment):
    """What a backup has and the live Odoo has lost since: partners, and a document with its file."""
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    partners = [odoo.create_partner(name) for name in NAMES]
    content = os.urandom(300_000)
    document = odoo.create_attachment("the contract.pdf", content)
    second = odoo.create_attachment("the order.pdf", b"an order" * 500)
    backup = api.create_backup(environment["id"], name="before the loss")
    before = Picture(shop, server)
    odoo.call("res.partner", "unlink", partners)
    odoo.call("ir.attachment", "unlink", [document, second])
    sha1 = hashlib.sha1(content).hexdigest()
    file = f"{sha1[:2]}/{sha1}"
    shop.odoo.exec("rm", "-f", f"/var/lib/odoo/filestore/{shop.db_name}/{file}")
    return {"backup": backup, "partners": partners, "document": document, "content": content, "file": file, "picture": before,
            "second": second, "started": shop.odoo.inspect("{{.State.StartedAt}}")}


def mount(api, backup, **fields):
    ordered = api.post(f"/backups/{backup['id']}/mount", fields, expect=202)
    api.wait(ordered["task_id"])
    return api.get(f"/mounts/{ordered['id']}")


def unmount(api, mounted):
    api.wait(api.call("DELETE", f"/api/v1/mounts/{mounted['id']}", expect=202)["task_id"])
    return api.get(f"/mounts/{mounted['id']}")


@pytest.fixture(scope="module")
def mounted(api, lost):
    return mount(api, lost["backup"])


def csv_of(api, mounted, table):
    answer = api.raw("GET", f"/api/v1/mounts/{mounted['id']}/tables/{table}/csv")
    assert answer.ok and answer.headers["Content-Type"] == "text/csv", answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_it_stands_fenced_beside_the_live_database(api, shop, mounted):
    assert mounted["status"] == "mounted" and mounted["database_name"].startswith("prod-main__r")
    assert mounted["database_name"] in shop.databases()
    name = mounted["database_name"]
    assert shop.sql(f"SELECT has_database_privilege('odoo', '{name}', 'CONNECT')", "postgres") == "f"
    odoo_owns = f"SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datdba = 'odoo'::regrole"
    assert shop.sql(odoo_owns, "postgres") == "0"
    # PostgreSQL's own vacuum may be in it; a session of the load may take a moment to end.
    others = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
    wait_until("nobody to be in it", lambda: shop.sql(others, "postgres") == "0", 60)


def test_tables_show_what_is_lost(api, mounted, lost):
    tables = {one["name"]: one for one in api.get(f"/mounts/{mounted['id']}/tables")["items"]}
    partners = tables["res_partner"]
    assert partners["model"] == "res.partner" and partners["label"] == "Contact"
    assert partners["is_exact"] and partners["live_is_exact"]
    assert partners["rows"] == partners["live_rows"] + len(NAMES)
    differing = api.get(f"/mounts/{mounted['id']}/tables", params={"differing": "true"})["items"]
    assert {"res_partner", "ir_attachment"} <= {one["name"] for one in differing} < set(tables)


def test_rows_and_csv_have_the_lost_partners(api, mounted, lost):
    rows = csv_of(api, mounted, "res_partner")
    names = {int(row["id"]): row["name"] for row in rows}
    assert [names[partner] for partner in lost["partners"]] == NAMES
    first = api.get(f"/mounts/{mounted['id']}/tables/res_partner/rows", params={"limit": 2, "offset": len(rows) - 2})
    at = first["columns"].index("name")
    assert [row[at] for row in first["rows"]] == NAMES[-2:]
    with pytest.raises(ApiError) as refused:
        api.get(f"/mounts/{mounted['id']}/tables/pg_authid/rows")
    assert refused.value.status == 404


def test_a_lost_document_comes_back_exactly(api, shop, mounted, lost):
    path = f"/mounts/{mounted['id']}/attachments"
    missing = api.get(path, params={"missing": "true"})["items"]
    one = next(each for each in missing if each["id"] == lost["document"])
    assert (one["live_row"], one["has_live_file"], one["size"]) == ("missing", False, len(lost["content"]))
    assert [each["id"] for each in api.get(path, params={"q": "CONTRACT"})["items"]] == [lost["document"]]
    answer = api.raw("GET", f"/api/v1{path}/{lost['document']}/content")
    assert answer.content == lost["content"]
    files, owners = shop.filestore_files(), shop.filestore_owners()

    brought = api.post(f"{path}/bring-back", {"attachment_ids": [lost["document"], 999999999]})["items"]
    assert (brought[0]["row"], brought[0]["live_id"], brought[0]["file"]) == ("same_id", lost["document"], "brought"), brought
    assert brought[1]["row"] == "failed" and "999999999" in brought[1]["error"]
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    assert odoo.content(lost["document"]) == lost["content"]
    assert shop.filestore_files() - files == {lost["file"]} and shop.filestore_owners() <= owners
    twice = api.post(f"{path}/bring-back", {"attachment_ids": [999999999, lost["document"], lost["document"]]})["items"]
    assert [each["id"] for each in twice] == [999999999, lost["document"]], "each once, in the order of the call"
    again = api.post(f"{path}/bring-back", {"attachment_ids": [lost["document"]]})["items"][0]
    assert (again["row"], again["file"]) == ("there", "there")
    told = [entry for entry in api.get("/audit")["items"] if entry["action"] == "bringBackAttachments"]
    assert str(lost["document"]) in str(told[0]["details"]), told[0]


def test_an_id_that_is_taken_is_left_alone(api, shop, mounted, lost):
    """The live document was changed since: the old one comes back beside it."""
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.call("ir.attachment", "write", [lost["document"]], {"datas": "bmV3"})
    path = f"/mounts/{mounted['id']}/attachments/bring-back"
    brought = api.post(path, {"attachment_ids": [lost["document"]]})["items"][0]
    assert brought["row"] == "new_id" and brought["live_id"] != lost["document"], brought
    assert odoo.content(brought["live_id"]) == lost["content"] and odoo.content(lost["document"]) == b"new"


def test_the_same_from_a_terminal(server, shop, mounted, lost, tmp_path):
    """Of the second document only the row may be missing: Odoo removes its file when it likes."""
    cli, mount_id, second = Cli(server, home=tmp_path), mounted["id"], str(lost["second"])

    def tell(*words):
        code, out, err = cli.run("rescue", *words)
        assert code == 0, err
        return out

    assert mount_id in tell("list") and "mounted" in tell("show", mount_id)
    assert "res.partner" in tell("tables", mount_id, "--differing")
    assert NAMES[0] in tell("rows", mount_id, "res_partner", "--limit", "200")
    tell("csv", mount_id, "res_partner", "-o", tmp_path / "partners.csv")
    assert NAMES[0] in (tmp_path / "partners.csv").read_text()
    line = next(line for line in tell("attachments", mount_id, "--missing").splitlines() if line.startswith(second))
    assert "the order.pdf" in line and "missing" in line
    tell("get", mount_id, second, "-o", tmp_path / "order.pdf")
    assert (tmp_path / "order.pdf").read_bytes() == b"an order" * 500
    told = tell("bring-back", mount_id, second)
    assert "same_id" in told and ("there" in told or "brought" in told), told
    assert OdooClient.when_up(shop.url, shop.db_name).content(lost["second"]) == b"an order" * 500
    code, _, err = cli.run("rescue", "bring-back", mount_id, "999999999")
    assert code != 0 and "did not come back" in err


def test_the_environment_stays_while_it_is_mounted(api, environment, mounted):
    with pytest.raises(ApiError) as refused:
        api.remove_environment(environment)
    assert refused.value.status == 409 and "mounted" in refused.value.sentence


def test_what_came_back_under_a_new_id_does_not_come_twice(api, shop, mounted, lost):
    count = "SELECT count(*) FROM ir_attachment WHERE name = 'the contract.pdf'"
    before = shop.sql(count, shop.db_name)
    path = f"/mounts/{mounted['id']}/attachments/bring-back"
    again = api.post(path, {"attachment_ids": [lost["document"]]})["items"][0]
    assert again["row"] == "there" and again["live_id"] != lost["document"], again
    assert shop.sql(count, shop.db_name) == before


def test_unmounting_leaves_nothing_and_odoo_never_stopped(api, shop, mounted, lost):
    assert unmount(api, mounted)["status"] == "ended"
    lost["picture"].assert_nothing_left()
    assert shop.odoo.inspect("{{.State.StartedAt}}") == lost["started"]
    check_serves(shop.url, shop.db_name)
    with pytest.raises(ApiError) as refused:
        api.get(f"/mounts/{mounted['id']}/tables")
    assert refused.value.status == 409


def test_what_is_over_is_unmounted(api, shop, server, lost):
    picture = Picture(shop, server)
    mounted = mount(api, lost["backup"], hours=1)
    catalog = sqlite3.connect(server.data / "catalog.db", timeout=30)
    with catalog:
        catalog.execute("UPDATE mount SET expires_at = created_at WHERE id = ?", (mounted["id"],))
    catalog.close()
    wait_until("the mount is over", lambda: api.get(f"/mounts/{mounted['id']}")["status"] == "ended", 300, pause=1)
    picture.assert_nothing_left()


def test_the_page_looks_into_a_backup_and_brings_a_document_back(drive, api, shop, environment, lost):
    odoo = OdooClient.when_up(shop.url, shop.db_name)
    odoo.call("ir.attachment", "unlink", odoo.call("ir.attachment", "search", [["id", "=", lost["second"]]]))  # if it has come back
    told = drive("rescue", seconds=1800, ENVIRONMENT=environment["id"], BACKUP="before the loss", TABLE="Contact", DOCUMENT="the order.pdf")
    assert f"{len(NAMES)} fewer live" in told["difference"], told["difference"]
    assert "name" in told["rows"] and told["saved"] == "res_partner.csv"
    assert "row is back under its old id" in told["outcome"].lower(), told["outcome"]
    assert odoo.content(lost["second"]) == b"an order" * 500
    assert api.get(told["mount"])["status"] == "ended"


HOSTILE = b"""
CREATE FUNCTION public.tell() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'it ran'; END $f$;
CREATE VIEW public.seen AS SELECT *, public.tell() FROM public.ir_attachment;
ALTER TABLE public.res_partner ENABLE ROW LEVEL SECURITY;
CREATE POLICY told ON public.res_partner USING (public.tell());
CREATE TABLE public.hidden (id integer, name text);
INSERT INTO public.hidden VALUES (1, 'x');
ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.hidden FORCE ROW LEVEL SECURITY;
CREATE POLICY told ON public.hidden USING (public.tell());
CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS $f$ SELECT public.tell()::text $f$;
CREATE FUNCTION public.lower(character varying) RETURNS text LANGUAGE sql AS $f$ SELECT public.tell()::text $f$;
"""


def test_nothing_of_a_hostile_dump_runs(api, shop, server, environment, odoo_zip, folder):
    picture = Picture(shop, server)
    backup = api.import_backup(with_last_sql(odoo_zip, folder / "hostile-rescue.zip", HOSTILE), "hostile rescue")
    mounted = mount(api, backup, environment_id=environment["id"])
    tables = {one["name"]: one for one in api.get(f"/mounts/{mounted['id']}/tables")["items"]}
    assert "seen" not in tables and "hidden" in tables and tables["res_partner"]["is_exact"]
    assert csv_of(api, mounted, "res_partner")
    assert api.get(f"/mounts/{mounted['id']}/attachments", params={"q": "a", "limit": 5})["items"]
    for table, status in [("seen", 404), ("hidden", None)]:
        with pytest.raises(ApiError) as refused:
            api.get(f"/mounts/{mounted['id']}/tables/{table}/rows")
        assert "it ran" not in str(refused.value) and (status is None or refused.value.status == status)
    assert unmount(api, mounted)["status"] == "ended"
    picture.assert_nothing_left(kept_archives=1)
    check_serves(shop.url, shop.db_name)


@pytest.fixture(scope="module")
def nineteen(engine):
    if os.environ.get("REPRISE_TEST_ODOO19") == "1":
        run(REPO / "lab/images", "ensure", "19", timeout=3600)
    for image in ("reprise-lab/odoo:19", "reprise-lab/postgres:17"):
        if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode != 0:
            pytest.skip("the images of Odoo 19 are not here (REPRISE_TEST_ODOO19=1 builds them)")
    trio = LabTrio("rescue-nineteen", options=["--modules", "base,web"], odoo="19")
    try:
        yield trio.create()
    finally:
        trio.remove()


def test_a_backup_of_odoo_19_is_looked_into(api, server, nineteen):
    """Its models' names are JSON, in all languages."""
    environment = api.adopt(nineteen, "rescue nineteen")
    odoo = OdooClient.when_up(nineteen.url, nineteen.db_name)
    partner = odoo.create_partner(NAMES[0])
    content = os.urandom(50_000)
    document = odoo.create_attachment("nineteen.pdf", content)
    backup = api.create_backup(environment["id"])
    picture = Picture(nineteen, server)
    odoo.call("res.partner", "unlink", [partner])
    odoo.call("ir.attachment", "unlink", [document])
    mounted = mount(api, backup)
    tables = {one["name"]: one for one in api.get(f"/mounts/{mounted['id']}/tables")["items"]}
    assert (tables["res_partner"]["model"], tables["res_partner"]["label"]) == ("res.partner", "Contact")
    assert tables["ir_attachment"]["label"] == "Attachment"
    assert tables["res_partner"]["rows"] == tables["res_partner"]["live_rows"] + 1
    assert {int(row["id"]): row["name"] for row in csv_of(api, mounted, "res_partner")}[partner] == NAMES[0]
    path = f"/mounts/{mounted['id']}/attachments"
    assert document in [one["id"] for one in api.get(path, params={"missing": "true", "q": "nineteen"})["items"]]
    assert api.raw("GET", f"/api/v1{path}/{document}/content").content == content
    brought = api.post(f"{path}/bring-back", {"attachment_ids": [document]})["items"][0]
    assert (brought["row"], brought["live_id"]) == ("same_id", document), brought
    assert odoo.content(document) == content
    assert unmount(api, mounted)["status"] == "ended"
    picture.assert_nothing_left()
    check_serves(nineteen.url, nineteen.db_name)
    api.remove_environment(environment)
