"""The container image, and the stack of packaging/compose: a proxy with TLS, serve, worker, PostgreSQL.

Runs with REPRISE_TEST_PACKAGES=1, or where lab/images has made what it needs already. The stack is run by `docker compose` where
that is there, else by docker-compose.
"""

import os
import re
import shutil
import subprocess

import pytest
import requests

import packages
from lab import REPO, RUN, docker, free_port, run, wait_until
from packages import socket_group, socket_path
from reprise_client import RepriseClient

IMAGE = f"reprise-test/reprise:{RUN}"
VERSION = "99.1"


@pytest.fixture(scope="module")
def image(engine, folder):
    if os.environ.get("REPRISE_TEST_PACKAGES") != "1" and not packages.images_exist():
        pytest.skip("the images of lab/images ensure packages are not there; REPRISE_TEST_PACKAGES=1 makes them")
    run(REPO / "script/deps", "package", timeout=900)
    if not packages.images_exist():
        run(REPO / "lab/images", "ensure", "packages", timeout=1800)
    package = packages.build_package(VERSION, folder / "packages", "--quick")
    try:
        mirror = re.search(r"^deb (\S+)", sources_of("reprise-lab/base:bookworm"), re.M)
        run(REPO / "script/image", "--tag", IMAGE, "--base", "reprise-lab/base:bookworm", "--package", package,
            *(["--mirror", mirror[1]] if mirror else []), timeout=900)
        yield IMAGE
    finally:
        docker("image", "rm", "-f", IMAGE, check=False)


def sources_of(image):
    return docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", "ls /etc/apt; cat /etc/apt/sources.list 2>/dev/null || true")


def health(container):
    return docker("inspect", "--format", "{{.State.Health.Status}}", container, check=False).strip()


def test_the_image_alone_gets_healthy_as_a_user_without_powers(image):
    name, port = f"{RUN}-image", free_port()
    try:
        docker("run", "-d", "--name", name, "--label", f"reprise.lab.trio={name}", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",
               "--group-add", socket_group(), "-v", f"{socket_path()}:/var/run/docker.sock", "-p", f"127.0.0.1:{port}:8080",
               "--network", docker_network(name), image)
        wait_until("health", lambda: health(name) == "healthy", 90, pause=1)
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).json() == {"status": "ok"}
        ready = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=30).json()
        assert ready["checks"]["engine"] == "ok", ready
        assert docker("exec", name, "id", "-u").strip() == "8069"
        assert VERSION not in docker("exec", name, "reprise", "--version")  # the program's own
        assert docker("exec", name, "sh", "-c", "ls /usr/share/man /usr/share/doc 2>/dev/null | wc -l").strip() < "5"
        assert sources_of(image) == sources_of("reprise-lab/base:bookworm")  # the mirror was for the build only
        docker("stop", "-t", "30", name)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", name).strip() == "0"  # by SIGTERM, in order
        size = int(docker("image", "inspect", "--format", "{{.Size}}", image))
        base = int(docker("image", "inspect", "--format", "{{.Size}}", "reprise-lab/base:bookworm"))
        assert size - base < 80e6, f"the image is {size / 1e6:.0f} MB, its base {base / 1e6:.0f} MB"
    finally:
        docker("rm", "-fv", name, check=False)
        docker("network", "rm", name, check=False)


def docker_network(name):
    docker("network", "create", "--label", f"reprise.lab.trio={name}", name)
    return name


class Stack:
    def __init__(self, folder, image):
        self.folder, self.image, self.port = folder, image, free_port()
        self.project = f"{RUN}-stack"
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
        self.program = ["docker", "compose"] if plugin else ["docker-compose"]

    def compose(self, *words, **options):
        return run(*self.program, "--project-directory", self.folder, "-f", self.folder / "compose.yaml",
                   "--env-file", self.folder / ".env", *words, timeout=600, **options)

    def start(self):
        shutil.copytree(REPO / "packaging/compose", self.folder)
        run("env", f"DOCKER_SOCKET={socket_path()}", self.folder / "setup")
        with open(self.folder / ".env", "a") as settings:
            settings.write(f"\nCOMPOSE_PROJECT_NAME={self.project}\nREPRISE_IMAGE={self.image}\nDOCKER_SOCKET={socket_path()}\n"
                           f"CADDY_IMAGE=reprise-lab/caddy:2\nPOSTGRES_IMAGE=reprise-lab/postgres:13\n"
                           f"FRONT_SUBNET=10.{os.getpid() % 50 + 100}.{free_port() % 250}.0/24\n"
                           f"PUBLISH_HTTP=127.0.0.1:{free_port()}\nPUBLISH_HTTPS=127.0.0.1:{self.port}\n"
                           "NODE_OPTIONS=--image-odoo reprise-lab/odoo:{major} --image-postgres reprise-lab/postgres:{major} "
                           "--image-pgbouncer reprise-lab/pgbouncer:1\n")
        self.compose("up", "-d")
        return self

    def container(self, service):
        return self.compose("ps", "-q", service).strip()

    def remove(self):
        if (self.folder / ".env").exists():
            self.compose("down", "-v", "--remove-orphans", "-t", "20", check=False)


@pytest.fixture(scope="module")
def stack(image, folder):
    stack = Stack(folder / "stack", image)
    try:
        yield stack.start()
    finally:
        stack.remove()


@pytest.fixture(scope="module")
def through_proxy(stack, folder):
    """The API over https, with the authority of the proxy's own certificate."""
    authority = folder / "authority.pem"

    def fetch_authority():
        done = subprocess.run(["docker", "cp", f"{stack.container('proxy')}:/data/caddy/pki/authorities/local/root.crt", authority])
        return done.returncode == 0
    wait_until("the proxy's certificate", fetch_authority, 60, pause=1)
    token = docker("exec", stack.container("serve"), "cat", "/var/lib/reprise/admin.token").strip()
    client = RepriseClient(f"https://localhost:{stack.port}", token)
    client.session.verify = str(authority)
    client.session.trust_env = False  # a machine's own list of authorities would be preferred

    def answers():
        try:
            return client.raw("GET", "/healthz", timeout=30).ok
        except requests.RequestException:
            return False
    wait_until("an answer through the proxy", answers, 60, pause=0.5)
    return client


@pytest.fixture(scope="module")
def shop(make_trio):
    return make_trio("compose", options=["--modules", "base,web"])


def test_nothing_but_the_proxy_is_published(stack, through_proxy):
    published = {service: docker("port", stack.container(service)).strip() for service in ("proxy", "serve", "worker", "database")}
    assert published.pop("proxy") and not any(published.values()), published


def test_passwords_are_in_files_only(stack, through_proxy):
    password = (stack.folder / "secrets/database_password").read_text()
    assert len(password) == 48 and (stack.folder / "secrets").stat().st_mode & 0o077 == 0
    for service in ("serve", "worker", "database"):
        seen = docker("inspect", stack.container(service))
        assert password not in seen
    assert docker("exec", stack.container("serve"), "id", "-u").strip() == "8069"


def test_a_person_signs_in_over_https(through_proxy):
    made = through_proxy.post("/users", {"email": "ann@example.org", "name": "Ann"})
    person = requests.Session()
    person.verify, person.trust_env = through_proxy.session.verify, False
    answer = person.post(f"{through_proxy.url}/api/v1/auth/login", timeout=30,
                         json={"email": "ann@example.org", "password": made["one_time_password"]})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "reprise_session=" in cookie and "HttpOnly" in cookie and "Secure" in cookie, cookie
    changed = person.post(f"{through_proxy.url}/api/v1/auth/password", headers={"X-CSRF-Token": answer.json()["csrf_token"]}, timeout=30,
                          json={"password": made["one_time_password"], "new_password": "a long pass phrase"})
    assert changed.ok, changed.text
    assert person.get(f"{through_proxy.url}/api/v1/auth/me", timeout=30).json()["user"]["email"] == "ann@example.org"
    assert "<html" in person.get(f"{through_proxy.url}/", timeout=30).text.lower()


def test_the_worker_backs_up_and_restores_what_serve_is_asked_for(stack, through_proxy, shop):
    """serve of the stack runs no tasks itself."""
    api = through_proxy
    environment = api.adopt(shop, "shop")
    backup = api.create_backup(environment["id"], name="first")
    shop.sql("UPDATE res_partner SET name = 'spoilt' WHERE id = 1")
    point = api.restore(backup["id"], "original", confirm="RESTORE")
    assert point["outcome"] == "swapped"
    assert shop.sql("SELECT name FROM res_partner WHERE id = 1") != "spoilt"
    assert list(api.events(api.post(f"/backups/restore/{point['id']}/undo", expect=202)["task_id"]))[-1][1] == "task.completed"
    assert shop.sql("SELECT name FROM res_partner WHERE id = 1") == "spoilt"


def test_the_stack_is_upgraded_in_place(stack, through_proxy):
    """As a newer image would: new containers on the volumes that are there."""
    before = stack.container("serve")
    stack.compose("up", "-d", "--force-recreate", "--no-deps", "serve", "worker")
    assert stack.container("serve") != before
    wait_until("health", lambda: health(stack.container("serve")) == "healthy", 90, pause=1)
    names = [each["name"] for each in through_proxy.get("/backups")["items"]]
    assert "first" in names
