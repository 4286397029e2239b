"""The edge of `reprise serve`, with real clients: HTTPS, proxies in front, conditional calls, too many calls, and a stop in the
middle of things. Needs no containers."""

import os
import signal
import subprocess
import threading
import time

import pytest
import requests

from lab import wait_until
from server import BINARY, Server


class NoEngine:
    """Nothing here asks an engine."""

    address = "unix:///nonexistent/docker.sock"


def openssl(*argv):
    subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)


class Authority:
    """A certificate authority of our own, and servers' certificates that it signs."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=our own CA",
                "-keyout", folder / "ca.key", "-out", self.file)

    def issue(self, name, cert, key):
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out",
                request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", extensions, "-out", cert)


class TlsServer(Server):
    """A server with a certificate of an authority of its own; `verify` of its clients is `ca`."""

    def __init__(self, folder, arguments=()):
        self.authority = Authority(folder / "ca")
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.authority.issue("first", self.cert, self.key)
        super().__init__(folder / "tls", NoEngine, ["--tls-cert", self.cert, "--tls-key", self.key, *arguments])
        self.url = self.url.replace("http://", "https://")

    def _answers(self):
        assert self.process.poll() is None, self.tail()
        try:
            return requests.get(f"{self.url}/healthz", timeout=2, verify=self.authority.file).ok
        except requests.RequestException:
            return False

    def serial(self):
        shown = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-showcerts"], input="", text=True,
                               capture_output=True).stdout
        return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=shown, text=True, capture_output=True).stdout


@pytest.fixture()
def start(folder, request):
    """Starts servers, and ends them after the test."""
    started = []

    def make(*arguments):
        server = Server(folder / f"edge-{request.node.name}-{len(started)}", NoEngine, arguments)
        started.append(server)
        return server.start()

    yield make
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def tls(folder):
    server = TlsServer(folder / "edge-tls").start()
    yield server
    server.stop()


def cli(server, *argv, **environment):
    done = subprocess.run([str(BINARY), *argv], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "REPRISE_URL": server.url,
                               "REPRISE_TOKEN": server.token, **environment})
    return done.returncode, done.stdout, done.stderr


# HTTPS

def test_command_line_over_https_with_an_authority_of_ones_own(tls):
    code, out, err = cli(tls, "project", "list", REPRISE_CA_FILE=str(tls.authority.file))
    assert code == 0 and "default" in out, err
    code, out, err = cli(tls, "--ca-file", str(tls.authority.file), "whoami")
    assert code == 0, err
    code, _, err = cli(tls, "whoami")
    assert code == 8 and "certificate" in err and "--ca-file" in err, err
    code, _, err = cli(tls, "whoami", REPRISE_URL=tls.url.replace("https", "http"))
    assert code == 2 and "this port speaks HTTPS" in err, err
    code, _, err = cli(tls, "--ca-file", "/nonexistent/ca.pem", "whoami")
    assert code == 8 and "/nonexistent/ca.pem" in err, err


def test_event_stream_and_upload_over_https(tls):
    session = requests.Session()
    session.trust_env = False
    session.verify, session.headers["Authorization"] = str(tls.authority.file), f"Bearer {tls.token}"
    with session.get(f"{tls.url}/api/v1/events", stream=True, timeout=30) as events:
        answer = session.post(f"{tls.url}/api/v1/backups/import", params={"name": "noise"}, data=os.urandom(5_000_000), timeout=60)
        assert answer.status_code == 202, answer.text
        lines = events.iter_lines(decode_unicode=True)
        assert any(line == "event: task.queued" for line in lines)


def test_certificate_is_renewed_on_sighup(tls):
    assert "first" in tls.serial()
    tls.authority.issue("second", tls.cert, tls.key)
    tls.process.send_signal(signal.SIGHUP)
    wait_until("the new certificate", lambda: "second" in tls.serial(), 60, pause=0.1)
    tls.cert.write_text("broken")
    tls.process.send_signal(signal.SIGHUP)
    wait_until("the warning", lambda: "http.tls.kept" in tls.tail(), 60, pause=0.1)
    assert "second" in tls.serial()
    tls.authority.issue("third", tls.cert, tls.key)
    tls.process.send_signal(signal.SIGHUP)
    wait_until("the third certificate", lambda: "third" in tls.serial(), 60, pause=0.1)


def test_reloading_a_service_without_certificates_does_not_end_it(start):
    server = start()
    server.process.send_signal(signal.SIGHUP)
    wait_until("the signal to be noticed", lambda: "serve.nothing_to_reload" in server.tail(), 60, pause=0.1)
    assert requests.get(f"{server.url}/healthz", timeout=5).ok


@pytest.mark.parametrize("break_it, told", [
    (lambda cert, key: key.unlink(), "cannot read the private key"),
    (lambda cert, key: cert.write_text("no PEM"), "holds no certificate in PEM"),
    (lambda cert, key: Authority(key.parent / "x").issue("x", cert.parent / "other.pem", key), "does not belong to the certificate"),
], ids=["no key", "no certificate", "another's key"])
def test_wrong_certificate_files_are_told_at_the_start(tmp_path, break_it, told):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    Authority(tmp_path / "ca").issue("one", cert, key)
    break_it(cert, key)
    done = subprocess.run([BINARY, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and told in done.stderr and "hint: " in done.stderr, done.stderr


def test_plain_http_beyond_this_machine_is_warned_of(tmp_path):
    def first_words(*arguments):
        words = tmp_path / "words"
        with open(words, "w") as log:
            server = subprocess.Popen([BINARY, "serve", "--data", tmp_path / "data", "--docker", NoEngine.address, *arguments],
                                      stdout=log, stderr=log)
        try:
            wait_until("the server to serve", lambda: "serve.started" in words.read_text(), 30, pause=0.1)
        finally:
            server.terminate()
            server.wait(120)
        return words.read_text()

    assert "over plain HTTP" in first_words("--listen", "0.0.0.0:0")
    assert "over plain HTTP" not in first_words("--listen", "127.0.0.1:0")
    assert "over plain HTTP" not in first_words("--listen", "0.0.0.0:0", "--trusted-proxy", "127.0.0.1")


# Proxies

def test_audit_and_cookies_know_the_caller_behind_a_trusted_proxy(start):
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.4", "X-Forwarded-Proto": "https"}
    for arguments, address, secure in ((["--trusted-proxy", "127.0.0.0/8"], "198.51.100.4", True), ([], "127.0.0.1", False)):
        server = start(*arguments)
        client = server.client()
        user = client.post("/users", {"email": "ann@example.org", "organization_id": client.get("/organizations")["items"][0]["id"]})
        signed_in = requests.post(f"{server.url}/api/v1/auth/login", headers=headers, timeout=30,
                                  json={"email": "ann@example.org", "password": user["one_time_password"]})
        assert signed_in.ok, signed_in.text
        assert ("; Secure" in signed_in.headers["Set-Cookie"]) == secure
        assert client.get("/audit", params={"action": "signIn"})["items"][0]["address"] == address


def test_nonsense_as_a_proxy_is_told_at_the_start(tmp_path):
    done = subprocess.run([BINARY, "serve", "--data", tmp_path, "--listen", "127.0.0.1:0", "--trusted-proxy", "proxy.example"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and '"proxy.example" is neither an address nor a network' in done.stderr, done.stderr


# Conditional calls, and too many

def test_of_two_people_who_change_the_same_the_second_is_told(start):
    client = start().client()
    project = client.get("/projects")["items"][0]
    path = f"/api/v1/projects/{project['id']}"
    tag = client.raw("GET", path).headers["ETag"]
    assert client.raw("GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert client.raw("PATCH", path, json={"name": "first"}, headers={"If-Match": tag}).status_code == 200
    late = client.raw("PATCH", path, json={"name": "second"}, headers={"If-Match": tag})
    assert late.status_code == 412 and late.json()["code"] == "precondition_failed" and late.json()["hint"], late.text
    now = client.raw("GET", path)
    assert now.json()["name"] == "first" and now.headers["ETag"] != tag


def test_too_many_calls_are_refused_and_streams_go_on(start):
    server = start("--rate-limit", "2")
    client = server.client()
    with client.raw("GET", "/api/v1/events", stream=True) as events:
        answers = [client.raw("GET", "/api/v1/projects") for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 1 <= len(refused) <= 25, [answer.status_code for answer in answers]
        assert refused[0].json()["code"] == "too_many_requests" and int(refused[0].headers["Retry-After"]) >= 1
        assert "2 calls per second" in refused[0].json()["detail"]
        assert client.raw("GET", "/healthz").ok
        assert events.raw.read(1) == b":", "the heartbeat of the stream"
    time.sleep(1)
    assert client.raw("GET", "/api/v1/projects").ok


# Stopping

MORE_THAN_A_SOCKET_HOLDS = 8 << 20


def test_stop_finishes_an_upload_and_sends_streams_away(start):
    server = start("--drain", "20")
    client = server.client()
    told, uploaded, arrives = [], [], threading.Event()

    def slow_body():
        yield os.urandom(MORE_THAN_A_SOCKET_HOLDS)
        arrives.set()
        for _ in range(20):
            yield os.urandom(50_000)
            time.sleep(0.1)

    def upload():
        uploaded.append(server.client().raw("POST", "/api/v1/backups/import?name=slow", data=slow_body()))

    with client.raw("GET", "/api/v1/events", stream=True, timeout=30) as events:
        uploader = threading.Thread(target=upload)
        uploader.start()
        assert arrives.wait(120)
        server.process.send_signal(signal.SIGTERM)
        told = events.raw.read()
    assert b"retry: 1000" in told, told
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/healthz", timeout=5)
    uploader.join(30)
    assert uploaded and uploaded[0].status_code == 202, uploaded
    assert server.process.wait(20) == 0
    server.start()
    task = server.client().task(uploaded[0].json()["task_id"])
    assert task["kind"] == "import"
    assert server.client().wait_ended(task["id"])["status"] == "failed", "noise is no backup; but the task was not lost"


def test_stop_cuts_off_what_does_not_end(start):
    server = start("--drain", "1")
    arrives = threading.Event()

    def endless():
        yield b"x" * MORE_THAN_A_SOCKET_HOLDS
        arrives.set()
        while True:
            yield b"x" * 1000
            time.sleep(0.05)

    def upload():
        with pytest.raises(requests.RequestException):
            server.client().raw("POST", "/api/v1/backups/import?name=endless", data=endless()).raise_for_status()

    uploader = threading.Thread(target=upload)
    uploader.start()
    assert arrives.wait(120)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert 0.9 < time.monotonic() - began < 15
    uploader.join(20)
    assert not uploader.is_alive()
