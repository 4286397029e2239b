"""Odoo as its own users see it: over HTTP, through Odoo's own web controllers."""

import base64
import hashlib

import requests

from lab import wait_until


class OdooError(AssertionError):
    pass


class OdooClient:
    def __init__(self, url, db, login="admin", password="admin"):
        self.url, self.db = url, db
        self.session = requests.Session()
        self.uid = self._authenticate(login, password)

    @classmethod
    def when_up(cls, url, db, seconds=180):
        """A client as soon as Odoo lets one log in."""
        def attempt():
            try:
                return cls(url, db)
            except (OdooError, requests.RequestException):
                return None
        return wait_until(f"a login at {url} to {db}", attempt, seconds, pause=0.5)

    def _rpc(self, path, params):
        answer = self.session.post(self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=60)
        if answer.status_code != 200:
            raise OdooError(f"{path}: HTTP {answer.status_code}")
        body = answer.json()
        if "error" in body:
            data = body["error"].get("data", {})
            raise OdooError(f"{path}: {data.get('message') or body['error']}")
        return body["result"]

    def _authenticate(self, login, password):
        uid = self._rpc("/web/session/authenticate", {"db": self.db, "login": login, "password": password}).get("uid")
        if not uid:
            raise OdooError(f"{login} cannot log in to {self.db}")
        return uid

    def call(self, model, method, *args, **kwargs):
        return self._rpc("/web/dataset/call_kw", {"model": model, "method": method, "args": list(args), "kwargs": kwargs})

    def partners(self, domain=()):
        """Names of partners by id."""
        rows = self.call("res.partner", "search_read", list(domain), ["name"], context={"active_test": False})
        return {row["id"]: row["name"] for row in rows}

    def create_partner(self, name):
        return self.call("res.partner", "create", {"name": name})

    def rename_partner(self, partner, name):
        self.call("res.partner", "write", [partner], {"name": name})

    def create_attachment(self, name, content):
        """Stores `content` through Odoo, in its filestore; the attachment's id."""
        values = {"name": name, "datas": base64.b64encode(content).decode(), "mimetype": "application/octet-stream"}
        return self.call("ir.attachment", "create", values)

    def attachments(self, limit=None):
        """Attachments whose content lies in the filestore, largest first."""
        domain = ["|", ("res_field", "=", False), ("res_field", "!=", False), ("store_fname", "!=", False)]
        return self.call("ir.attachment", "search_read", domain, ["name", "checksum", "file_size", "store_fname"],
                         order="file_size desc, id", limit=limit)

    def content(self, attachment):
        """The bytes of an attachment as Odoo serves them."""
        answer = self.session.get(f"{self.url}/web/content/{attachment}", params={"download": "1"}, timeout=60)
        if answer.status_code != 200:
            raise OdooError(f"attachment {attachment}: HTTP {answer.status_code}")
        return answer.content

    def check_attachments(self, limit=5):
        """Fetches the largest attachments and compares each with its checksum; how many were there."""
        rows = self.attachments(limit)
        for row in rows:
            digest = hashlib.sha1(self.content(row["id"])).hexdigest()
            if digest != row["checksum"]:
                raise OdooError(f"attachment {row['id']} ({row['name']}): sha1 {digest}, Odoo says {row['checksum']}")
        return len(rows)


def check_serves(url, db):
    """Logs in, reads partners and opens attachments, all through Odoo itself; the client."""
    odoo = OdooClient.when_up(url, db)
    assert odoo.partners(), f"{db} has no partners"
    assert odoo.check_attachments() > 0, f"{db} has no attachments"
    return odoo
