"""What is handed to users: the package, the image, and machines to try them on."""

import os
import pathlib
import re
import shlex
import subprocess

from lab import REPO, RUN, docker, run, wait_until
from server import BINARY

UNITS = ("reprise-serve.service", "reprise-worker.service")


def build_package(version, folder, *options):
    """The package of the program under test under some version; its path."""
    return pathlib.Path(run(REPO / "script/package", "--binary", BINARY, "--version", version, "--out", folder, *options,
                            timeout=600).strip())


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def dependencies(package):
    """Names of the packages that it depends on."""
    return sorted(re.findall(r"(?:^|,) *([a-z0-9][a-z0-9.+-]*)", re.sub(r"\([^)]*\)", "", field(package, "Depends"))))


def images_exist():
    names = ("reprise-lab/machine:bookworm", "reprise-lab/caddy:2")
    return all(subprocess.run(["docker", "image", "inspect", n], capture_output=True).returncode == 0 for n in names)


def socket_path():
    return pathlib.Path(os.environ["DOCKER_HOST"].removeprefix("unix://"))


def socket_group():
    return socket_path().stat().st_gid


class Machine:
    """A Debian 12 with systemd in a container, which reaches the lab's engine at /srv/docker.sock and has no way out."""

    ENGINE = "unix:///srv/docker.sock"

    def __init__(self, tag):
        self.name = f"{RUN}-{tag}"

    def start(self, network="none"):
        docker("run", "-d", "--name", self.name, "--hostname", "machine", "--label", f"reprise.lab.trio={self.name}",
               "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
               "--network", network, "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp",
               "-v", "/sys/fs/cgroup:/sys/fs/cgroup:ro", "-v", f"{socket_path()}:/srv/docker.sock", "reprise-lab/machine:bookworm")
        wait_until("systemd", lambda: self.ask("systemctl is-system-running") in ("running", "degraded"), 180)
        # The socket's group has the number that it has outside.
        self.sh(f"groupadd --system --gid {socket_group()} docker 2>/dev/null || groupmod -g {socket_group()} docker")
        return self

    def sh(self, line, **options):
        """What a line of shell prints; CommandFailed when it fails."""
        return docker("exec", self.name, "sh", "-c", line, **options)

    def ask(self, line):
        """The same, whatever its exit code is; stripped."""
        return self.sh(line, check=False).strip()

    def put(self, path, place):
        docker("cp", path, f"{self.name}:{place}")

    def get(self, place, path):
        docker("cp", f"{self.name}:{place}", path)

    def write(self, place, text):
        self.sh(f"cat >{place} <<'TEXT'\n{text}\nTEXT")

    def install(self, package):
        self.put(package, "/root/")
        return self.sh(f"DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends /root/{package.name} 2>&1",
                       timeout=600)

    def state(self, unit):
        return self.ask(f"systemctl is-active {unit}")

    def log(self, unit="reprise-serve", lines=40):
        return self.ask(f"journalctl --sync >/dev/null 2>&1; journalctl --no-pager -o cat -n {lines} -u {unit}")

    def wait_serves(self):
        def serves():
            assert self.state("reprise-serve") != "failed", self.log()
            return self.ask("curl -sm 2 http://127.0.0.1:8080/healthz") == '{"status":"ok"}'
        try:
            wait_until("reprise-serve", serves, 180)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log()}") from None

    def reprise(self, *words, check=True):
        """The command line as root types it there."""
        return self.sh("HOME=/root reprise " + shlex.join(map(str, words)) + " 2>&1", check=check, timeout=600)

    def remove(self):
        subprocess.run(["docker", "rm", "-fv", self.name], capture_output=True)
