"""Backups made from a good one: altered, broken and hostile in one way each."""

import hashlib
import json
import os
import shutil
import zipfile


def copy_zip(source, target, change=lambda name, data: data, extra=()):
    """Writes `source` again entry by entry. `change` returns an entry's new content, or None to leave it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info))
            if data is not None:
                new.writestr(info.filename, data)
        for entry, data in extra:
            new.writestr(entry, data)
    return target


def cut_off(source, target):
    data = source.read_bytes()
    target.write_bytes(data[: len(data) * 6 // 10])
    return target


def flip_byte(source, target):
    """Flips one bit in the middle of the packed dump.sql."""
    data = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        dump = archive.getinfo("dump.sql")
    data[dump.header_offset + dump.compress_size // 2] ^= 0x10
    target.write_bytes(data)
    return target


def without_dump(source, target):
    return copy_zip(source, target, lambda name, data: None if name == "dump.sql" else data)


def _in_the_middle_of_the_sql(data, statement):
    """`data` with a statement before the COPY of a table in its middle."""
    at = data.index(b"\nCOPY public.", len(data) // 3) + 1
    return data[:at] + statement + data[at:]


def with_sql_error(source, target):
    def change(name, data):
        return _in_the_middle_of_the_sql(data, b"SELECT reprise_e2e_broken();\n\n") if name == "dump.sql" else data
    return copy_zip(source, target, change)


def with_last_sql(source, target, statements):
    """A dump that does something more when all is loaded."""
    def change(name, data):
        return _before_the_end(data, statements) if name == "dump.sql" else data
    return copy_zip(source, target, change)


def with_psql_command(source, target, command):
    """A dump that asks psql to run a program: hostile."""
    def change(name, data):
        return _in_the_middle_of_the_sql(data, b"\\! " + command.encode() + b"\n") if name == "dump.sql" else data
    return copy_zip(source, target, change)


def with_cut_sql(source, target):
    """A zip in order around a dump that ends in the middle of its data."""
    def change(name, data):
        return data[: data.index(b"\nCOPY public.", len(data) // 3) + 200] if name == "dump.sql" else data
    return copy_zip(source, target, change)


def with_wrong_content(source, target):
    """One filestore file holds something else than its name, a hash, says."""
    victim = _first_file(source)
    return copy_zip(source, target, lambda name, data: b"not what the name says" if name == victim else data)


def without_a_file(source, target):
    victim = _first_file(source)
    return copy_zip(source, target, lambda name, data: None if name == victim else data)


def _first_file(source):
    with zipfile.ZipFile(source) as archive:
        return min(name for name in archive.namelist() if name.startswith("filestore/") and not name.endswith("/"))


def with_dots(source, target):
    return copy_zip(source, target, extra=[("filestore/../../../tmp/reprise-e2e-escape", b"escaped")])


def with_link(source, target):
    entry = zipfile.ZipInfo("filestore/aa/" + "a" * 40)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return copy_zip(source, target, extra=[(entry, b"/etc/passwd")])


def no_backup(target):
    target.write_bytes(b"This is a letter, and no backup of anything.\n" * 400)
    return target


def just_a_zip(target):
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("holiday.txt", "no backup either")
    return target


def inflate(source, target, total_bytes, file_bytes=8 << 20):
    """`source` with random attachments of `total_bytes` more, as rows in the dump and files in the filestore."""
    seeds = [os.urandom(file_bytes) for _ in range(4)]
    rows = []
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for number in range(total_bytes // file_bytes):
            content = number.to_bytes(8, "big") + seeds[number % len(seeds)][8:]
            digest = hashlib.sha1(content).hexdigest()
            store_name = f"{digest[:2]}/{digest}"
            rows.append(f"('ballast {number}', 'binary', '{store_name}', '{digest}', {file_bytes}, 'application/octet-stream')")
            new.writestr(f"filestore/{store_name}", content)
        insert = ("\nINSERT INTO public.ir_attachment (name, type, store_fname, checksum, file_size, mimetype) VALUES\n"
                  + ",\n".join(rows) + ";\n").encode()
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, _before_the_end(data, insert) if info.filename == "dump.sql" else data)
    return target


def _before_the_end(dump, statement):
    """New dumps end with \\unrestrict, after which nothing is allowed."""
    at = dump.rfind(b"\n--\n-- PostgreSQL database dump complete")
    assert at > 0, "dump.sql does not end as pg_dump ends it"
    return dump[:at] + statement + dump[at:]


def dump_of(source, target):
    """The bare dump.sql of a zip."""
    with zipfile.ZipFile(source) as archive, archive.open("dump.sql") as reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer)
    return target


def manifest_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))
