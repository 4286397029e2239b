"""Secrets that are planted everywhere, looked for everywhere: in logs, in every answer of the API, in the catalog, in its export."""

import pathlib
import subprocess

import pytest
import requests

from server import BINARY, Cli

PLANTED = {"mail server": "planted-mail-3f1c9a", "storage": "planted-storage-77d0e2", "old password": "planted-typed-9b2a10",
           "new password": "planted-new-5cc481", "wrong token": "planted-token-0aa1f3", "in a URL": "planted-url-41d9b7"}


@pytest.fixture(scope="module")
def server(make_server, folder):
    password = folder / "smtp.password"
    password.write_text(PLANTED["mail server"] + "\n")
    return make_server(arguments=("--smtp-url", "smtps://127.0.0.1:9", "--smtp-user", "reprise", "--smtp-from", "reprise@example.org",
                                  "--smtp-password-file", password, "--allow-private-storage", "--webhooks-to-private"))


@pytest.fixture(scope="module")
def secrets(server, folder):
    """All of them, after each has been used, rightly and wrongly; what the server made itself is added."""
    api, found = server.client(), dict(PLANTED)
    found["administrator's token"] = server.token
    for name in ("secret.key", "proof.key"):
        found[name] = (server.data / name).read_text().strip()
    organization = api.get("/organizations")["items"][0]
    user = api.post("/users", {"email": "ada@example.org", "organization_id": organization["id"], "role": "developer"}, expect=201)
    found["first password"] = user["one_time_password"]
    sign_in(server, "ada@example.org", PLANTED["old password"])
    session = sign_in(server, "ada@example.org", user["one_time_password"])
    found["session"] = session.cookies.get("reprise_session") or next(iter(session.cookies.values()))
    change_password(server, session, user["one_time_password"], PLANTED["new password"])
    found["API token"] = api.post("/tokens", {"name": "script", "user_id": user["id"]}, expect=201)["token"]
    hook = api.post(f"/organizations/{organization['id']}/webhooks",
                    {"name": "ops", "url": "http://127.0.0.1:9/x", "events": ["task.failed"]}, expect=201)
    found["webhook"] = hook["secret"]
    api.raw("POST", f"/api/v1/organizations/{organization['id']}/webhooks/{hook['id']}/test")
    keys = folder / "storage.secrets"
    keys.write_text(f"access_key_id=id\nsecret_access_key={PLANTED['storage']}\n")
    cli = Cli(server)
    code, _, err = cli.run("storage", "create", "far", "--provider", "ceph", "--endpoint", "http://127.0.0.1:9", "--bucket", "b", "--secrets", keys)
    assert code == 0, err
    said = err + "".join(cli.run("storage", "test", "far")[1:])
    requests.get(f"{server.url}/api/v1/backups", headers={"Authorization": f"Bearer {PLANTED['wrong token']}"}, timeout=10)
    requests.get(f"{server.url}/api/v1/backups?token={PLANTED['in a URL']}", timeout=10)
    api.raw("POST", f"/api/v1/organizations/{organization['id']}/webhooks", json={
        "name": "x", "url": f"http://user:{PLANTED['in a URL']}@127.0.0.1:9/", "events": ["task.failed"]})
    assert_in_none_of(found, {"the command line": said})
    return found


def sign_in(server, email, password):
    session = requests.Session()
    session.post(f"{server.url}/api/v1/auth/login", json={"email": email, "password": password}, timeout=30)
    return session


def change_password(server, session, old, new):
    me = session.get(f"{server.url}/api/v1/auth/me", timeout=10).json()
    answer = session.post(f"{server.url}/api/v1/auth/password", json={"password": old, "new_password": new},
                          headers={"X-CSRF-Token": me["csrf_token"]}, timeout=30)
    assert answer.ok, answer.text


def assert_in_none_of(secrets, texts):
    told = [f"{secret} in {place}" for place, text in texts.items() for secret, value in secrets.items() if value in text]
    assert told == []


def answers(server):
    """By path: the answer of every GET of the contract, its parameters filled from the lists above it."""
    api, contract = server.client(), requests.get(f"{server.url}/openapi.json", timeout=10).json()
    texts = {}
    for path, methods in contract["paths"].items():
        if "get" not in methods or "event" in path:
            continue
        filled = ""
        for part in path.strip("/").split("/"):
            if part.startswith("{"):
                listed = api.raw("GET", filled, timeout=20)
                items = listed.json().get("items", []) if listed.ok and "json" in listed.headers.get("Content-Type", "") else []
                part = next((str(item["id"]) for item in items if "id" in item), "00000000-0000-7000-8000-000000000000")
            filled += f"/{part}"
        texts[filled] = api.raw("GET", filled, timeout=30).text
    return texts


def test_no_answer_tells_one(server, secrets):
    texts = answers(server)
    assert len(texts) > 60
    # Of two kinds of secret a prefix is shown, so that people know them apart; never more.
    assert_in_none_of(secrets, texts)


def test_no_log_tells_one(server, secrets):
    log = server.log.read_text(errors="replace")
    assert "webhook" in log or "http" in log, "the log says nothing at all"
    assert_in_none_of(secrets, {"the server's log": log})


def test_no_argument_tells_one(server, secrets):
    lines = {str(path): command_line(path) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")}
    assert_in_none_of(secrets, lines)


def command_line(path):
    """Empty of a process that has ended meanwhile."""
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def test_neither_the_catalog_nor_its_export_holds_one(server, secrets, tmp_path):
    out = tmp_path / "state.jsonl"
    done = subprocess.run([str(BINARY), "export", "--data", str(server.data), "--out", str(out)], capture_output=True, text=True, check=True)
    catalog = b"".join(path.read_bytes() for path in server.data.glob("catalog.db*")).decode(errors="replace")
    assert_in_none_of(secrets, {"the catalog": catalog, "its export": out.read_text(), "what export says": done.stdout + done.stderr})
