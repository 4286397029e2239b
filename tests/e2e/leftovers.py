"""What a task may have left behind: on the engine, in PostgreSQL, in the filestore, in storage."""

import json
import pathlib
import re
import sqlite3

from lab import docker

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TASK_LABELS = ("reprise.restore", "reprise.task")


def labelled_things():
    """All containers, volumes and networks that carry a label of Reprise, as (kind, name, labels)."""
    for kind, listing in (("container", ("ps", "-aq")), ("volume", ("volume", "ls", "-q")), ("network", ("network", "ls", "-q"))):
        names = docker(*listing).split()
        # What others removed since the listing is told on stderr; the rest is printed all the same.
        for item in json.loads(docker(kind, "inspect", *names, check=False)) if names else []:
            labels = (item.get("Config") or item).get("Labels") or {}
            ours = {key: value for key, value in labels.items() if key.startswith("reprise.") and not key.startswith("reprise.lab")}
            if ours:
                yield kind, item["Name"].lstrip("/"), ours


def ids_of(data_dir):
    """Every UUID that a server's catalog knows: its environments, backups, restores, tasks."""
    ids = set()
    for path in pathlib.Path(data_dir).rglob("*"):
        if path.is_file() and _is_catalog(path):
            ids |= _uuids_in(path)
    return ids


def _is_catalog(path):
    try:
        with open(path, "rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:  # gone since it was listed
        return False


def _uuids_in(path):
    database = sqlite3.connect(path, timeout=30)
    try:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        return {uuid for table in tables for row in database.execute(f'select * from "{table}"')
                for value in row if isinstance(value, str) for uuid in UUID.findall(value)}
    finally:
        database.close()


def things_of(data_dir, labels=None):
    """Things on the engine that belong to this server; `labels` narrows it to things with one of these labels."""
    return things_with(ids_of(data_dir), labels)


def things_with(ids, labels=None):
    """The same of one who has these ids."""
    return [(kind, name) for kind, name, ours in labelled_things()
            if ids & set(ours.values()) and (labels is None or set(labels) & set(ours))]


def remove_things(things):
    for kind, name in sorted(things, key=lambda thing: ["container", "volume", "network"].index(thing[0])):
        force = ["-f", "-v"] if kind == "container" else []
        docker(kind, "rm", *force, name)


class Picture:
    """A trio and a server (or an installation of several) at one moment, to compare with later: nothing may be there that was not."""

    def __init__(self, trio, server):
        self.trio, self.server = trio, server
        self.databases, self.roles = trio.databases(), trio.roles()
        self.filestore = trio.filestore_dirs()
        self.stored = server.stored_files()
        self.restarts = trio.odoo.inspect("{{.RestartCount}}")

    def leftovers(self, kept_databases=(), kept_filestores=(), kept_archives=0):
        """Sentences about what is there too much; `kept_*` is what a restore keeps on purpose."""
        found = [f"{kind} {name} on the engine" for kind, name in things_with(self.server.ids(), TASK_LABELS)]
        found += [f"database {name}" for name in self.trio.databases() - self.databases - set(kept_databases)]
        found += [f"role {name}" for name in self.trio.roles() - self.roles]
        found += [f"filestore folder {name}" for name in self.trio.filestore_dirs() - self.filestore - set(kept_filestores)]
        stored = self.server.stored_files() - self.stored
        if len(stored) > kept_archives:
            found += [f"{len(stored)} files in storage where {kept_archives} are expected: {sorted(stored)}"]
        return found

    def assert_nothing_left(self, **kept):
        found = self.leftovers(**kept)
        assert not found, "left behind: " + "; ".join(found)
