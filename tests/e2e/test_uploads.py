"""Uploads over lines that break, servers that die and clients that are killed: only the rest is sent again."""

import hashlib
import json
import signal
import socket
import subprocess
import threading

import pytest

import archives
from lab import wait_until
from server import BINARY, Cli

UPLOADS = "/backups/uploads"
PART = 16 << 20  # what a process that dies may lose


@pytest.fixture(scope="module")
def large(odoo_zip, folder):
    """A genuine backup with enough in its filestore that it comes in several parts."""
    return archives.inflate(odoo_zip, folder / "large.zip", 70 << 20)


@pytest.fixture(scope="module")
def content(large):
    return large.read_bytes()


def begin(api, path, content, **fields):
    return api.call("POST", "/api/v1" + UPLOADS, expect=201, json={"file_name": path.name, "total_bytes": len(content), **fields})


def cut(server, upload, offset, content, send):
    """A request that announces all of the rest and breaks off after `send` bytes."""
    head = (f"PATCH {upload['url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\nUpload-Offset: {offset}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {len(content) - offset}\r\n\r\n")
    line = socket.create_connection(("127.0.0.1", server.port))
    line.sendall(head.encode() + content[offset:offset + send])
    return line


def offset_of(api, upload):
    head = api.raw("HEAD", upload["url"])
    assert head.status_code == 200 and not head.content
    return int(head.headers["Upload-Offset"])


def send(api, upload, offset, piece):
    return api.raw("PATCH", upload["url"], data=piece, headers={"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"})


def parts_in(server):
    return {name for name in server.stored_files() if name.startswith("storage/uploads/")}


class Line:
    """A line to a server that passes `limit` bytes of the client's (all without one) and then nothing any more."""

    def __init__(self, server, limit=None):
        self.server, self.limit, self.sent = server, limit, 0
        self.held = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                there = socket.create_connection(("127.0.0.1", self.server.port))
            except OSError:  # not up (again) yet
                client.close()
                continue
            threading.Thread(target=self._pass, args=(client, there, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(there, client, False), daemon=True).start()

    def _pass(self, source, target, counts):
        try:
            while data := source.recv(65536):
                if counts:
                    # Once something is held, all that follows is: nothing may slip through behind a hole.
                    if self.limit is not None and (self.held.is_set() or self.sent + len(data) > self.limit):
                        self.held.set()
                        continue
                    self.sent += len(data)
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def cli_on(line, server, *argv):
    environment = {**Cli(server).environment, "REPRISE_URL": line.url}
    return subprocess.Popen([str(BINARY), *map(str, argv)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def test_an_upload_goes_on_after_a_cut_line_and_a_killed_server(make_server, large, content, odoo_zip, folder):
    server = make_server()
    api = server.client()
    upload = begin(api, large, content, sha256=hashlib.sha256(content).hexdigest(), name="over a bad line")
    half = len(content) // 2
    cut(server, upload, 0, content, half).close()
    wait_until("what came is kept", lambda: offset_of(api, upload) == half, 180)

    dying = cut(server, upload, half, content, PART + 1_000_000)
    wait_until("a part more is durable", lambda: offset_of(api, upload) == half + PART, 180)
    server.kill()
    dying.close()
    server.start()
    api = server.client()
    assert offset_of(api, upload) == half + PART
    assert [one["id"] for one in api.get(UPLOADS)["items"]] == [upload["id"]]

    wrong = send(api, upload, 0, b"from the beginning")
    assert wrong.status_code == 409 and wrong.headers["Upload-Offset"] == str(half + PART), wrong.text
    lacking = api.raw("POST", upload["url"] + "/complete")
    assert lacking.status_code == 409 and lacking.json()["code"] == "conflict"

    assert send(api, upload, half + PART, content[half + PART:]).json()["offset"] == len(content)
    backup = api.post(f"{UPLOADS}/{upload['id']}/complete", expect=202)
    assert backup["id"] == upload["id"] and backup["name"] == "over a bad line"
    assert [step["name"] for step in api.wait(backup["task_id"])["steps"]] == ["store", "verify"]
    backup = api.backup(backup["id"])
    assert backup["is_verified"] and backup["sha256"] == hashlib.sha256(content).hexdigest()
    assert api.download(backup["id"], folder / "uploaded.zip").read_bytes() == content

    at_once = api.import_backup(large, "at once")
    for told in ("environment_snapshot", "database_size", "filestore_size", "format", "sha256"):
        assert backup[told] == at_once[told], told
    wait_until("the parts are swept", lambda: parts_in(server) == set(), 200, pause=1)


def test_two_at_once_never_mix(server, api, large, content):
    upload = begin(api, large, content)
    slow = cut(server, upload, 0, b"x" * len(content), 1_000_000)
    wait_until("the slow one has begun", lambda: any(".part" in name for name in parts_in(server)), 180)
    assert send(api, upload, 0, content[:5_000_000]).json()["offset"] == 5_000_000
    slow.close()
    assert send(api, upload, 5_000_000, content[5_000_000:]).status_code == 200
    backup = api.post(f"{UPLOADS}/{upload['id']}/complete", expect=202)
    api.wait(backup["task_id"])
    assert api.backup(backup["id"])["sha256"] == hashlib.sha256(content).hexdigest()


def test_one_that_is_given_up_leaves_nothing(make_server, large, content):
    server = make_server()
    api = server.client()
    upload = begin(api, large, content)
    send(api, upload, 0, content[:20_000_000])
    assert len(parts_in(server)) == 2
    assert api.raw("DELETE", upload["url"]).status_code == 204
    assert parts_in(server) == set()
    assert api.raw("GET", upload["url"]).status_code == 404
    assert api.get(UPLOADS)["total"] == 0


def test_the_command_line_goes_on_where_it_was_killed(make_server, large, content):
    server = make_server()
    held = Line(server, limit=40 << 20)
    first = cli_on(held, server, "backup", "import", large)
    assert held.held.wait(60)
    api = server.client()
    wait_until("two parts are durable", lambda: api.get(UPLOADS)["items"][0]["offset"] >= 2 * PART, 180)
    first.send_signal(signal.SIGKILL)
    first.wait(120)

    line = Line(server)
    again = cli_on(line, server, "--json", "backup", "import", large, "--name", large.name)
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    backup = json.loads(out)
    assert backup["is_verified"] and backup["sha256"] == hashlib.sha256(content).hexdigest()
    assert line.sent < len(content) - 2 * PART + 100_000, "only the rest"
    assert api.get(UPLOADS)["total"] == 0


def test_the_command_line_goes_on_by_itself_when_the_server_dies(make_server, large, content):
    server = make_server()
    line = Line(server, limit=40 << 20)
    sending = cli_on(line, server, "--json", "backup", "import", large)
    assert line.held.wait(60)
    api = server.client()
    wait_until("two parts are durable", lambda: api.get(UPLOADS)["items"][0]["offset"] >= 2 * PART, 180)
    server.kill()
    line.limit = None
    server.start()
    out, err = sending.communicate(timeout=300)
    assert sending.returncode == 0, err
    assert json.loads(out)["sha256"] == hashlib.sha256(content).hexdigest()
    assert line.sent < len(content) + (10 << 20) + PART, "not from the beginning"
