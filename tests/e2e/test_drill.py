"""Drills of real Odoo 14 backups: restored into an environment without a way out, used, removed; or failed, and told."""

import re

import pytest

import archives
import leftovers
from lab import docker, wait_until


def labelled_with(environment_id):
    return [name for _, name, labels in leftovers.labelled_things() if environment_id in labels.values()]


def throwaways(server):
    """Ids of the environments that this server has made and that are there now."""
    own = (server.data / "installation.id").read_text()
    return {labels["reprise.environment"] for _, _, labels in leftovers.labelled_things()
            if "reprise.environment" in labels and labels.get("reprise.installation") == own}


@pytest.fixture(scope="module")
def drilled(api, server, odoo_zip):
    """A drill that is looked at while it runs, then waited for."""
    before = throwaways(server)
    backup = api.import_backup(odoo_zip, "to be drilled")
    drill = api.post("/drills", {"backup_id": backup["id"]}, expect=202)
    new = wait_until("the throwaway environment", lambda: throwaways(server) - before, 300)
    environment = new.pop()
    wait_until("its Odoo", lambda: docker("ps", "-q", "--filter", f"name={environment}_odoo"), 400)
    internal = docker("network", "inspect", "--format", "{{.Internal}}", f"{environment}_net").strip()
    ports = docker("inspect", "--format", "{{json .HostConfig.PortBindings}}", f"{environment}_odoo").strip()
    listed = [one["id"] for one in api.get("/environments", params={"page_size": 100})["items"]]
    api.wait(drill["task_id"], 600)
    return {"drill": api.get(f"/drills/{drill['id']}"), "environment": environment, "internal": internal, "ports": ports,
            "listed": listed, "backup": backup}


def test_a_drill_of_a_real_backup_passes_and_measures_the_time_to_recover(drilled):
    drill = drilled["drill"]
    assert drill["status"] == "passed", drill
    assert drill["recovery_seconds"] > 1
    assert drill["error_message"] is None


def test_what_it_restores_has_no_way_out_and_is_in_no_list(drilled):
    assert drilled["internal"] == "true"
    assert drilled["ports"] in ("{}", "null")
    assert drilled["environment"] not in drilled["listed"]


def test_nothing_of_it_is_left(drilled, server):
    assert labelled_with(drilled["environment"]) == []
    assert leftovers.things_of(server.data, leftovers.TASK_LABELS) == []


def test_its_report_says_what_was_proven_and_which_document_was_rendered(api, drilled):
    report = api.get(f"/drills/{drilled['drill']['id']}/report")
    assert report["result"] == "passed"
    assert report["backup"]["sha256"] == drilled["backup"]["sha256"]
    assert report["proof"]["registry"]["loaded"] is True
    assert report["proof"]["filestore"]["missing"] == 0
    assert "bytes" in report["document"]
    assert {step["name"] for step in report["steps"]} >= {"deploy", "load_database", "prove", "login", "document", "remove"}
    assert all(step["state"] == "done" for step in report["steps"])
    page = api.raw("GET", f"/api/v1/drills/{drilled['drill']['id']}/report.html")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "passed" in page.text and drilled["backup"]["sha256"] in page.text


def test_its_report_is_a_pdf_too_with_the_signature_of_its_proof(api, drilled):
    path = f"/drills/{drilled['drill']['id']}/report"
    signature = api.get(path)["proof"]["signature"]
    answer = api.raw("GET", f"/api/v1{path}.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    pdf = answer.content
    assert pdf.startswith(b"%PDF-1.4") and pdf.rstrip().endswith(b"%%EOF")
    assert pdf[int(pdf[pdf.rindex(b"startxref") + 9:].split()[0]):].startswith(b"xref")
    shown = b"".join(re.findall(rb"\((.*?)\) Tj", pdf))
    for what in (b"Result: passed", drilled["backup"]["sha256"][:40].encode(), signature["value"][:40].encode(), signature["public_key"][:40].encode()):
        assert what in shown, what


@pytest.mark.parametrize("breaks, steps", [
    (archives.with_sql_error, {"load_database"}),
    # A module's registry data is gone: the dump loads, and Odoo fails on it or on its first document.
    (lambda source, target: archives.copy_zip(
        source, target, lambda name, data: data + b"\nDROP TABLE public.ir_act_report_xml CASCADE;\n"
        b"--\n-- PostgreSQL database dump complete\n--\n\n" if name == "dump.sql" else data),
     {"prove", "start", "verify", "login", "document"}),
], ids=["a broken dump", "a broken module"])
def test_a_drill_of_what_does_not_restore_fails_and_says_so(api, server, odoo_zip, folder, breaks, steps):
    path = folder / "broken.zip"
    breaks(odoo_zip, path)
    backup = api.import_backup(path, "broken")
    path.unlink()
    before = throwaways(server)
    ordered = api.post("/drills", {"backup_id": backup["id"]}, expect=202)
    task = api.wait_ended(ordered["task_id"], 600)
    drill = api.get(f"/drills/{ordered['id']}")
    assert task["status"] == "failed"
    assert drill["status"] == "failed", drill
    assert drill["error_step"] in steps and drill["error_message"]
    types = [kind for _, kind, _ in api.events(ordered["task_id"])]
    assert "drill.failed" in types
    report = api.get(f"/drills/{ordered['id']}/report")
    assert report["result"] == "failed" and report["error"] == drill["error_message"]
    assert throwaways(server) == before
    assert leftovers.things_of(server.data, leftovers.TASK_LABELS) == []
