"""The suite's own instruments, without Reprise: what they say can be relied on by the other tests."""

import zipfile

import pytest

from odoo_client import OdooClient, OdooError, check_serves


def test_the_genuine_backup_serves_partners_and_attachments(shop):
    odoo = check_serves(shop.url, shop.db_name)
    assert len(odoo.partners()) > 1
    assert shop.databases() == {shop.db_name}
    assert shop.filestore_dirs() == {shop.db_name}


def test_a_wrong_password_cannot_log_in(shop):
    with pytest.raises(OdooError):
        OdooClient(shop.url, shop.db_name, password="wrong")


def test_a_damaged_attachment_is_noticed(shop):
    odoo = check_serves(shop.url, shop.db_name)
    attachment = odoo.create_attachment("torn.bin", b"torn" * 100_000)
    path = f"/var/lib/odoo/filestore/{shop.db_name}/" + odoo.attachments(limit=1)[0]["store_fname"]
    shop.odoo.exec("sh", "-c", f"printf changed > '{path}'")
    with pytest.raises(OdooError, match="sha1"):
        odoo.check_attachments(limit=1)
    odoo.call("ir.attachment", "unlink", [attachment])


def test_the_backup_that_tests_start_from_is_odoos_own_zip(odoo_zip):
    with zipfile.ZipFile(odoo_zip) as archive:
        names = archive.namelist()
    assert {"dump.sql", "manifest.json"} <= set(names)
    assert any(name.startswith("filestore/") for name in names)
