#!/usr/bin/env python3
"""Keeps out of the tree what has no place in it. Fails on:

- a package host: mirrors and registries belong to a machine's own configuration;
- an absolute path of the machine on which something was built;
- `co_await` with a lambda or braces in the same statement: g++ 12 miscompiles it, name a local instead.

Warns of files that have grown too long.

usage: hygiene_check.py [ROOT]
"""

import pathlib
import re
import subprocess
import sys

# Written apart, so that this file passes its own check.
PACKAGE_HOSTS = [".".join(parts) for parts in [
    ("deb", "debian", "org"), ("security", "debian", "org"), ("snapshot", "debian", "org"),
    ("ftp", "debian", "org"), ("archive", "ubuntu", "com"), ("security", "ubuntu", "com"),
    ("apt", "postgresql", "org"), ("nightly", "odoo", "com"), ("download", "docker", "com"),
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"),
    ("registry", "yarnpkg", "com"), ("proxy", "golang", "org"), ("static", "crates", "io"),
    ("index", "crates", "io"), ("registry-1", "docker", "io"), ("mcr", "microsoft", "com")]]
# Folders in which builds run somewhere; in containers and examples nothing needs them.
MACHINE_PATH = re.compile(
    r"(?<![\w./~$})-])/(?:home|Users|builds|workspace|work|tmp/wt|github/workspace)/[\w.-]+")
CO_AWAIT = re.compile(r"\bco_await\b[^;]*")
TEXT_SUFFIXES = {".cpp", ".hpp", ".py", ".md", ".txt", ".json", ".yaml", ".yml", ".cmake", ".conf", ".bash",
                 ".sh", ".toml", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".sql", ""}
LOCK_FILES = {"package-lock.json"}
WARN_LINES = {".cpp": 300, ".hpp": 300, ".py": 400, ".bash": 300, "": 300}


def tracked_files(root):
    """Files that git knows or would add; all files where there is no git."""
    try:
        listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                 check=True, capture_output=True).stdout.decode()
        names = [name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [str(p.relative_to(root)) for p in root.rglob("*")
                 if not {".git", "node_modules"} & set(p.relative_to(root).parts)
                 and p.relative_to(root).parts[0] != "build"]
    return [root / name for name in sorted(names) if (root / name).is_file()]


def mirror_hosts():
    """Hosts of this machine's own package sources, which must not leak into the tree either."""
    hosts = set()
    for path in [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]:
        if path.is_file():
            hosts.update(re.findall(r"https?://(?:[^@/\s]*@)?([\w.-]+)", path.read_text(errors="replace")))
    return {host for host in hosts if "." in host}


def without_comments(text):
    """C++ with comments and string contents blanked, line by line as before."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.DOTALL)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_text(name, text, hosts, root):
    for host in hosts:
        for match in re.finditer(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", text):
            yield f"{name}:{line_of(text, match.start())}: names the package host {host}"
    for match in MACHINE_PATH.finditer(text):
        yield f"{name}:{line_of(text, match.start())}: names a place of a build machine, {match[0]}"
    if len(str(root)) > 4 and str(root) in text:
        yield f"{name}:{line_of(text, text.index(str(root)))}: names the place of this clone"
    if name.endswith((".cpp", ".hpp")):
        code = without_comments(text)
        for match in CO_AWAIT.finditer(code):
            if re.search(r"[\[{]", match[0]):
                yield (f"{name}:{line_of(code, match.start())}: co_await with a lambda or braces in its "
                       "statement; g++ 12 miscompiles it, give it a named local")


def check_tree(root):
    """(complaints, warnings) about the tree at `root`."""
    root = pathlib.Path(root).resolve()
    hosts = sorted(set(PACKAGE_HOSTS) | mirror_hosts())
    complaints, warnings = [], []
    for path in tracked_files(root):
        name = str(path.relative_to(root))
        if path.suffix not in TEXT_SUFFIXES or path.name in LOCK_FILES:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        complaints += check_text(name, text, hosts, root)
        limit = WARN_LINES.get(path.suffix)
        lines = text.count("\n")
        if limit and lines > limit and path.name != "LICENSE":
            warnings.append(f"{name}: {lines} lines; {limit} is where a file should be two")
    return complaints, warnings


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent
    complaints, warnings = check_tree(root)
    for line in warnings:
        print(f"warning: {line}", file=sys.stderr)
    for line in complaints:
        print(line, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
