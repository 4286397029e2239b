"""Signing in with a real OpenID provider (npm's oidc-provider), as a browser goes: to it and back."""

import base64
import json
import os
import shutil
import subprocess
import urllib.parse

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab import REPO, free_port
from reprise_client import RepriseClient
from server import Cli

CLIENT_SECRET = "the client's secret: 0123456789abcdef"
CALLBACK = "/api/v1/auth/oidc/callback"
USERS = {
    "ann": {"password": "pw-ann", "email": "Ann@Shop.example", "email_verified": True, "name": "Ann"},
    "bob": {"password": "pw-bob", "email": "bob@shop.example", "email_verified": True, "name": "Bob"},
    "eve": {"password": "pw-eve", "email": "ann@shop.example", "email_verified": False, "name": "Eve"},
}


def number(value, size=None):
    size = size or (value.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode()


def rsa_key(name):
    """A private JWK of RSA."""
    own = rsa.generate_private_key(65537, 2048).private_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": number(own.public_numbers.n),
            "e": number(own.public_numbers.e), "d": number(own.d), "p": number(own.p), "q": number(own.q),
            "dp": number(own.dmp1), "dq": number(own.dmq1), "qi": number(own.iqmp)}


def p256_key(name):
    """A private JWK of the curve P-256."""
    own = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": name, "x": number(own.public_numbers.x, 32),
            "y": number(own.public_numbers.y, 32), "d": number(own.private_value, 32)}


class Provider:
    """lab/provider.d, running."""

    def __init__(self, folder, redirect_uri):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "provider.log", "ab")
        self.process = subprocess.Popen(["node", folder / "provider.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        self.tell(port=self.port, redirect_uri=redirect_uri, client_id="reprise", client_secret=CLIENT_SECRET, users=USERS,
                  key=rsa_key("first"))

    def tell(self, **settings):
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:  # which the provider's notices share
            if line == "up\n":
                return
        raise AssertionError("the provider does not come up (provider.log)")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture(scope="module")
def provider_folder(folder):
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("there is no npm on this machine, so no OpenID provider")
    place = folder / "provider"
    shutil.copytree(REPO / "lab/provider.d", place)
    try:
        answer = subprocess.run(["npm", "install", "--ignore-scripts", "--no-save", "--fetch-retries=1"], cwd=place, text=True,
                                capture_output=True, timeout=240, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})
    except subprocess.TimeoutExpired:
        pytest.skip("npm got nothing from its registry in four minutes")
    if answer.returncode:
        pytest.skip(f"npm cannot install oidc-provider: {answer.stderr[-300:]}")
    return place


class House:
    """A server that knows a provider, and the people of it."""

    def __init__(self, make_server, provider_folder, folder, *more):
        # The provider has to know where it leads people back to before the server has its port.
        self.proxy_free_port = free_port()
        self.url = f"http://127.0.0.1:{self.proxy_free_port}"
        self.provider = Provider(provider_folder, self.url + CALLBACK)
        secret = folder / "client-secret"
        secret.write_text(CLIENT_SECRET + "\n")
        self.server = make_server(arguments=[
            "--listen", f"127.0.0.1:{self.proxy_free_port}", "--public-url", self.url + "/", "--oidc-issuer",
            self.provider.issuer, "--oidc-client-id", "reprise", "--oidc-secret-file", secret, "--oidc-name", "Lab & Co",
            *more])


@pytest.fixture(scope="module")
def house(make_oidc_server, provider_folder, folder):
    house = House(make_oidc_server, provider_folder, folder)
    api = house.server.client()
    api.post("/users", {"email": "ann@shop.example", "name": "Ann"})
    yield house
    house.provider.stop()


@pytest.fixture(scope="module")
def make_oidc_server(make_server, engine, folder):
    """make_server for servers that are told where to listen: the last --listen counts."""
    from server import Server

    made = []

    def make(arguments):
        listen = arguments[arguments.index("--listen") + 1]
        server = Server(folder / f"oidc-{len(made)}", engine, arguments[2:])
        server.port = int(listen.rsplit(":", 1)[1])
        server.url = f"http://127.0.0.1:{server.port}"
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.stop()


class Browser:
    """Follows the redirects one by one, with cookies, and fills in the provider's form."""

    def __init__(self, house):
        self.house = house
        self.session = requests.Session()
        self.session.headers["Accept"] = "text/html"

    def to_provider(self):
        """Where the server sends it."""
        answer = self.session.get(f"{self.house.url}/api/v1/auth/oidc/start", allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def from_provider(self, url, login, password=None, deny=False):
        """Signs in there; the address that it is led back to."""
        for _ in range(10):
            form = {"login": login, "password": password or USERS[login]["password"], **({"deny": "1"} if deny else {})}
            is_form = "/interaction/" in url
            answer = self.session.request("POST" if is_form else "GET", url, data=form if is_form else None,
                                          allow_redirects=False, timeout=20)
            assert answer.status_code in (302, 303), answer.text
            url = urllib.parse.urljoin(url, answer.headers["Location"])
            if url.startswith(self.house.url + CALLBACK):
                return url
        raise AssertionError(f"the provider leads in circles: {url}")

    def back(self, url):
        return self.session.get(url, allow_redirects=False, timeout=20)

    def sign_in(self, login):
        return self.back(self.from_provider(self.to_provider(), login))

    def me(self):
        return self.session.get(f"{self.house.url}/api/v1/auth/me", headers={"Accept": "*/*"}, timeout=20)


def test_a_member_signs_in_and_has_a_session_like_any_other(house):
    told = requests.get(f"{house.url}/api/v1/auth/oidc", timeout=20).json()
    assert told == {"is_configured": True, "name": "Lab & Co", "start": "/api/v1/auth/oidc/start"}
    browser = Browser(house)
    answer = browser.sign_in("ann")
    assert answer.status_code == 302 and answer.headers["Location"] == "/", answer.text
    me = browser.me().json()
    assert me["user"]["email"] == "ann@shop.example" and not me["user"]["must_change_password"]
    # The session changes something only with its token, as one begun with a password.
    made = browser.session.post(f"{house.url}/api/v1/tokens", json={"name": "mine"}, timeout=20)
    assert made.status_code == 403, made.text
    made = browser.session.post(f"{house.url}/api/v1/tokens", json={"name": "mine"}, timeout=20,
                                headers={"X-CSRF-Token": me["csrf_token"]})
    assert made.status_code == 201, made.text
    assert RepriseClient(house.url, made.json()["token"]).get("/auth/me")["user"]["email"] == "ann@shop.example"
    entry = house.server.client().get("/audit")["items"]
    signed = [one for one in entry if one["action"] == "finishProviderSignIn"]
    assert signed and signed[0]["actor_name"] == "ann@shop.example" and signed[0]["result"] == "done"


def test_whom_nobody_knows_is_told_so(house):
    answer = Browser(house).sign_in("bob")
    assert answer.status_code == 403
    assert "Nobody here has the e-mail address bob@shop.example." in answer.text
    assert "text/html" in answer.headers["Content-Type"] and "reprise_session" not in answer.headers.get("Set-Cookie", "")


def test_an_address_that_is_not_verified_opens_nobodys_account(house):
    answer = Browser(house).sign_in("eve")
    assert answer.status_code == 403 and "Lab &amp; Co does not vouch for your e-mail address." in answer.text


def test_an_answer_counts_once_and_in_its_own_browser(house):
    browser, thief = Browser(house), Browser(house)
    url = browser.from_provider(browser.to_provider(), "ann")
    stolen = thief.back(url)
    assert stolen.status_code == 401 and "did not begin a sign-in" in stolen.text
    thief.to_provider()
    assert thief.back(url).status_code == 401, "an answer was taken by a browser that began another sign-in"
    cookie = browser.session.cookies.get("reprise_oidc")
    assert browser.back(url).status_code == 302
    replayed = requests.get(url, cookies={"reprise_oidc": cookie}, allow_redirects=False, timeout=20)
    assert replayed.status_code == 401 and replayed.json()["code"] == "unauthenticated"
    assert "used already" in replayed.json()["detail"]


def test_an_altered_code_or_a_refusal_signs_nobody_in(house):
    browser = Browser(house)
    url = browser.from_provider(browser.to_provider(), "ann")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    altered = url.replace(query["code"][0], "forged")
    answer = browser.back(altered)
    assert answer.status_code == 401 and "does not take the code" in answer.text
    browser = Browser(house)
    answer = browser.back(browser.from_provider(browser.to_provider(), "ann", deny=True))
    assert answer.status_code == 401 and "Lab &amp; Co did not sign you in." in answer.text


def test_the_provider_may_change_its_key(house):
    house.provider.tell(key=p256_key("second"))
    browser = Browser(house)
    answer = browser.sign_in("ann")
    assert answer.status_code == 302, answer.text
    assert browser.me().json()["user"]["email"] == "ann@shop.example"


def test_secrets_are_in_no_argument_log_or_answer(house):
    log = house.server.tail(10**7)
    arguments = open(f"/proc/{house.server.process.pid}/cmdline", encoding="utf-8").read()
    assert "oidc.linked" in log or "auth.signed_in" in log
    for text in (log, arguments):
        assert CLIENT_SECRET not in text and "pw-ann" not in text


def test_where_strangers_may_join_they_get_the_role_that_was_said(make_oidc_server, provider_folder, folder):
    house = House(make_oidc_server, provider_folder, folder, "--oidc-join", "default:viewer")
    try:
        browser = Browser(house)
        assert browser.sign_in("bob").status_code == 302
        me = browser.me().json()
        assert me["user"]["email"] == "bob@shop.example"
        assert [(one["organization"]["name"], one["role"]) for one in me["memberships"]] == [("default", "viewer")]
    finally:
        house.provider.stop()
    answer = Browser(house).session.get(f"{house.url}/api/v1/auth/oidc/start", allow_redirects=False, timeout=30)
    if answer.status_code == 302:  # its addresses are kept for an hour
        back = Browser(house).back(f"{house.url}{CALLBACK}?state=x&code=y")
        assert back.status_code == 401


@pytest.mark.parametrize("arguments, told", [
    (["--oidc-issuer", "http://id.example.com"], "is no https address"),
    (["--oidc-issuer", "https://id.example.com"], "has no client id"),
    (["--oidc-issuer", "https://id.example.com", "--oidc-client-id", "x"], "--public-url"),
    (["--oidc-issuer", "https://id.example.com", "--oidc-client-id", "x", "--public-url", "https://r.example",
      "--oidc-join", "default:owner"], "names no organization and role to join"),
    (["--oidc-secret-file", "/nonexistent/secret"], "/nonexistent/secret"),
])
def test_settings_that_cannot_work_are_refused_at_the_start(folder, arguments, told):
    code, _, err = Cli().run("serve", "--data", folder / "oidc-refused", "--listen", "127.0.0.1:0", *arguments, timeout=60)
    assert code != 0 and told in err, err
