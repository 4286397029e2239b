"""Mails through a real SMTP server: STARTTLS, a name and a password; what is in them, and what is said when it fails."""

import email
import email.policy
import json
import subprocess
import time

import pytest

from lab import REPO, docker, free_port, wait_until
from server import Cli

FROM = "reprise@acme.example"


class MailServer:
    """lab/mail, running."""

    def __init__(self, folder):
        self.folder = folder
        self.cert, key = folder / "cert.pem", folder / "key.pem"
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", self.cert],
                       check=True, capture_output=True)
        self.port = free_port()
        self.log = open(folder / "mail.log", "ab")
        self.process = subprocess.Popen([REPO / "lab/mail", folder / "kept", str(self.port), self.cert, key],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert self.process.stdout.readline() == "up\n", "the mail server does not come up (mail.log)"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)

    def mails(self):
        """(what is known of the delivery, the mail), oldest first."""
        return [(json.loads(path.with_suffix(".json").read_text()),
                 email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
                for path in sorted((self.folder / "kept").glob("*.eml"))]

    def await_mail(self, subject, seconds=60):
        def find():
            return [one for one in self.mails() if one[1]["Subject"].startswith(subject)]
        wait_until(f"the mail {subject!r} of {[str(mail['Subject']) for _, mail in self.mails()]}", find, seconds)
        return find()[0]


@pytest.fixture(scope="module")
def mail(folder):
    if subprocess.run(["/usr/bin/python3", "-c", "import aiosmtpd"], capture_output=True).returncode:
        pytest.skip("there is no mail server on this machine (python3-aiosmtpd)")
    server = MailServer(folder / "mail")
    yield server
    server.stop()


def arguments(mail, password_file, **changed):
    settings = {"--smtp-url": f"smtp://localhost:{mail.port}", "--smtp-from": FROM, "--smtp-user": "mailer",
                "--smtp-password-file": password_file, "--smtp-ca-file": mail.cert,
                "--public-url": "https://reprise.acme.example"} | changed
    return [part for name, value in settings.items() if value for part in (name, value)]


@pytest.fixture(scope="module")
def password_file(folder):
    path = folder / "smtp-password"
    path.write_text("Secret-3\n")
    return path


@pytest.fixture(scope="module")
def server(make_server, mail, password_file):
    return make_server(arguments=arguments(mail, password_file))


@pytest.fixture(scope="module")
def environment(api, shop):
    return api.adopt(shop, "shop")


def test_a_test_mail_arrives_encrypted_and_signed_in(server, mail):
    code, _, err = Cli(server).run("webhook", "create", "Ann Ops", "mailto:ann@acme.example")
    assert code == 0, err
    code, out, err = Cli(server).run("webhook", "test", "Ann Ops")
    assert (code, out) == (0, "it arrived\n"), err
    how, text = mail.await_mail("Test of Ann Ops")
    assert how == {"from": FROM, "to": ["ann@acme.example"], "tls": True, "user": "mailer"}
    assert text["To"] == "ann@acme.example" and text["Auto-Submitted"] == "auto-generated" and text["Message-ID"]
    assert "arrive here" in text.get_body(["plain"]).get_content()


def test_a_failed_backup_a_restore_and_a_failed_drill_are_told(server, api, mail, environment, shop):
    backup = api.create_backup(environment["id"], name="nightly")
    restored = api.restore(backup["id"], "original", create_pre_restore_backup=False)
    how, text = mail.await_mail("Restore into shop finished")
    assert how["to"] == ["ann@acme.example"]
    plain, html = (text.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert "Backup: nightly\n" in plain and "Outcome: swapped\n" in plain and "Organization: default\n" in plain
    assert f"https://reprise.acme.example/tasks/{restored['task_id']}" in plain
    assert f'href="https://reprise.acme.example/tasks/{restored["task_id"]}"' in html

    spoiled = api.create_backup(environment["id"], name="spoiled")
    archive = next(path for path in (server.data / "storage").rglob("*") if spoiled["id"] in path.name)
    with open(archive, "r+b") as file:
        file.seek(archive.stat().st_size // 2)
        file.write(b"spoiled" * 200)
    drill = api.post("/drills", {"backup_id": spoiled["id"]}, expect=202)
    assert api.wait_ended(drill["task_id"])["status"] == "failed"
    _, text = mail.await_mail("Drill of shop failed (default)")
    assert "Backup: spoiled\n" in text.get_body(["plain"]).get_content()

    docker("stop", "-t", "1", shop.db.name)
    try:
        ordered = api.post(f"/backups/environments/{environment['id']}/backups", {"name": "in vain"}, expect=202)
        failed = api.wait_ended(ordered["task_id"])
        assert failed["status"] == "failed"
    finally:
        docker("start", shop.db.name)
    _, text = mail.await_mail("Backup of shop failed (default)")
    plain = text.get_body(["plain"]).get_content()
    assert "Backup: in vain\n" in plain and "Failed in: " in plain and "Why: " in plain
    assert failed["id"] in plain
    assert len([1 for _, text in mail.mails() if text["Subject"].startswith("Drill of")]) == 1, "its task told it again"
    subjects = [str(text["Subject"]) for _, text in mail.mails()]
    assert not [one for one in subjects if one.startswith("Backup of shop finished")], "nobody asked for good backups"


def refused(make_server, mail, changed_arguments, address="ann@acme.example"):
    """What `webhook test` says on a server with these settings."""
    server = make_server(arguments=changed_arguments)
    code, _, err = Cli(server).run("webhook", "create", "Ann", f"mailto:{address}")
    assert code == 0, err
    code, _, err = Cli(server).run("webhook", "test", "Ann", timeout=90)
    assert code != 0
    assert "Secret-3" not in err + server.tail(10**6)
    server.stop()
    return err


def test_a_test_says_in_which_step_it_failed(make_server, mail, password_file, folder):
    wrong = folder / "wrong-password"
    wrong.write_text("not it\n")
    for changed, address, told in [
            ({"--smtp-password-file": wrong}, "ann@acme.example", "signing in failed"),
            ({"--smtp-ca-file": None}, "ann@acme.example", "encrypting the connection failed"),
            ({}, "reject@acme.example", "naming the recipient failed: 550 no such user here"),
            ({"--smtp-url": f"smtp://localhost:{free_port()}"}, "ann@acme.example", "connecting to the mail server failed"),
            ({"--smtp-url": "smtp://no-such-host.invalid"}, "ann@acme.example", "finding the mail server's address failed")]:
        err = refused(make_server, mail, arguments(mail, password_file, **changed), address)
        assert told in err, err


def test_mails_need_a_mail_server(make_server, folder):
    code, _, err = Cli(make_server()).run("webhook", "create", "Ann", "mailto:ann@acme.example")
    assert code == 2 and "sends no mails" in err
    code, _, err = Cli().run("serve", "--data", folder / "mail-refused", "--listen", "127.0.0.1:0", "--smtp-url",
                             "smtp://mail.example", "--smtp-from", "a@b.example", "--smtp-in-the-clear", timeout=60)
    assert code != 0 and "in the clear" in err


def test_a_restart_loses_no_mail(server, mail):
    mail_before = len(mail.mails())
    code, _, err = Cli(server).run("webhook", "create", "Ben", "mailto:ben@acme.example")
    assert code == 0, err
    webhooks = server.client().get("/organizations")["items"][0]["id"]
    one = [w for w in server.client().get(f"/organizations/{webhooks}/webhooks")["items"] if w["name"] == "Ben"][0]
    server.client().post(f"/organizations/{webhooks}/webhooks/{one['id']}/test", expect=202)
    server.kill()
    time.sleep(0.1)
    server.start()
    mail.await_mail("Test of Ben", 150)  # whoever had it when it died keeps it for a minute
    assert len(mail.mails()) > mail_before
