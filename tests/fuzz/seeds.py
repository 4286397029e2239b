#!/usr/bin/env python3
"""Lays out what the fuzzers begin with: for each a folder of small inputs, made of the corpus and the fixtures.

usage: seeds.py FOLDER
"""

import gzip
import json
import pathlib
import sys
import urllib.parse
import zipfile
import zlib

import yaml

TESTS = pathlib.Path(__file__).resolve().parent.parent
CORPUS, FIXTURES = TESTS / "corpus", TESTS / "fixtures"
MOST = 64 << 10  # bytes; and no bombs: a fuzzer wants thousands of runs a second
PLAIN = (
    b"2026-01-02T03:04:05Z", b'{"a":[1,2.5,"\\u00fc",null]}', b"00ff", b"ab/abcdef", b"../x",
    b"/usr/lib/x", b"PK\x03\x04", b"PGDMP",
)
CRON = (b"0 3 * * *", b"*/10 2-4 1,15 jan-mar mon", b"@daily", b"0 0 29 2 *", b"5-59/7 * * * 7")
XML = (b"<ListBucketResult><Contents><Key>a&amp;b</Key><Size>3</Size></Contents></ListBucketResult>",)
COPY = (b"COPY public.ir_attachment (id, store_fname, file_size) FROM stdin;\n1\tab/ab12\t3\n2\t\\N\t\\N\n\\.\n",)
INDEX = (b"reprise filestore index 1\n", b"reprise filestore index 1\n11/11f6ad8ec52a2984abaafd7c3b516503785c2072 1 0 512\n")
REQUESTS = (
    b"GET /api/v1/backups?page=1&page_size=%32 HTTP/1.1\r\nHost: a\r\nRange: bytes=0-5\r\nX-Forwarded-For: 1.2.3.4, 127.0.0.1\r\n\r\n",
    b"POST /api/v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"POST / HTTP/1.0\r\nContent-Length: 3\r\nIf-Match: W/\"a\", *\r\n\r\nabc",
)
CHUNKS = (b"3\r\nabc\r\n0\r\n\r\n", b"A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n", b"ffffffffffffffff\r\n")
TEXTS = (b"/a/b%20c?x=1&y=%C3%BC+z", b"10.0.0.0/8", b"fe80::1%eth0", b"\"a\", W/\"b\"", b"r\xc3\xa9sum\xc3\xa9 \"x\".zip")
HEADS = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 101 UPGRADED\r\n\r\n")
FRAMES = (b"\1\0\0\0\0\0\0\3abc\2\0\0\0\0\0\0\1x", b"\3\0\0\0\0\0\0\1x")
CONTAINERS = (b'{"Id":"a","Name":"/x","State":{"Running":true,"StartedAt":"2026-01-01T00:00:00Z"},"Config":{"Env":["A=b"],"Labels":{}},'
              b'"Mounts":[{"Type":"volume","Name":"v","Destination":"/d"}],"NetworkSettings":{"Networks":{"n":{"IPAddress":"1.2.3.4"}}}}',)
NAMES = (b"registry:5000/a/b:tag", b"postgres@sha256:" + b"a" * 64, b"Permission denied (publickey).\n")
TOKENS = (b'{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB","alg":"RS256","use":"sig"},'
          b'{"kty":"EC","crv":"P-256","kid":"b","x":"AA","y":"AA"}]}\neyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJ4In0.AA',)

COOKIES = (b"reprise_session=abc; a=b", b"a=; =x;;reprise_session = y", b"theme=dark\nreprise_session=abc==; Path=/")
RANGES = (b"bytes=0-5", b"bytes=-3", b"bytes=2-", b"Bytes= 0-18446744073709551615", b"bytes=0-1,3-4", b"items=0-1")


def corpus(*folders):
    for folder in folders:
        for path in sorted((CORPUS / folder).glob("*")):
            if path.is_file() and "bomb" not in path.name and path.stat().st_size <= MOST:
                yield path.read_bytes()


def tars():
    for path in sorted((CORPUS / "tar").glob("*.zip")):
        if "bomb" in path.name:
            continue
        try:
            yield gzip.decompress(zipfile.ZipFile(path).read("filestore.tar.gz"))[:MOST]
        except (OSError, EOFError, ValueError):
            continue


def packed():
    for path in sorted((CORPUS / "tar").glob("*.zip")):
        if "bomb" not in path.name:
            yield b"\1" + zipfile.ZipFile(path).read("filestore.tar.gz")[:MOST]
    yield from (b"\3" + path.read_bytes() for path in sorted((CORPUS / "sql").glob("*.zst")) if "bomb" not in path.name)
    yield b"\0" + zlib.compress(b"abc")[2:-4]
    yield b"\2" + zlib.compress(b"abc")


def tagged(*groups):
    """Texts of parsers that are told apart by their first byte."""
    for number, group in enumerate(groups):
        yield from (bytes([number]) + text for text in group)


def manifests():
    for path in sorted((CORPUS / "zip").glob("manifest-*.zip")):
        yield zipfile.ZipFile(path).read("manifest.json")[:MOST]


def calls():
    """What openapi.yaml shows of each call: its examples, and all of its query fields."""
    document = yaml.safe_load((TESTS.parent / "openapi.yaml").read_text(encoding="utf-8"))
    yield from (b"\0\0" + text for text in COOKIES)
    yield from (b"\1\0" + text for text in RANGES)
    methods = ("get", "post", "put", "patch", "delete")
    operations = [call for path in document["paths"].values() for method, call in path.items() if method in methods]
    for number, call in enumerate(operations):
        body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in body.get("examples", {}).values():
            yield bytes([2, number]) + json.dumps(example["value"], default=str).encode()
        fields = {}
        for field in call.get("parameters", ()):
            name = field.get("$ref", "").rpartition("/")[2]
            field = document["components"]["parameters"][name] if name else field
            schema = field.get("schema", {})
            if field["in"] == "query":
                fields[field["name"]] = field.get("example", schema.get("default", (schema.get("enum") or ["1"])[0]))
        if fields:
            yield bytes([3, number]) + urllib.parse.urlencode(fields).encode()


LISTING = (b";\n; Archive created\n215; 1259 16386 TABLE public res_users odoo\n3; 0 0 EXTENSION - pg_trgm \n9; 0 0 COMMENT - EXTENSION pg_trgm \n",)
SEEDS = {
    "backup": lambda: corpus("zip", "tar", "sql", "other", "dumps", "found"),
    "zip": lambda: corpus("zip", "tar"),
    "tar": tars,
    "inflate": packed,
    "custom_dump": lambda: [*(p.read_bytes() for p in sorted(CORPUS.glob("*/*.dump"))), (FIXTURES / "dump-pg15.custom").read_bytes()],
    "sql": lambda: [*(p.read_bytes() for p in sorted(CORPUS.glob("*/*.sql"))), *(p.read_bytes() for p in sorted(FIXTURES.glob("dump-*.sql")))],
    "small_texts": lambda: tagged(INDEX, manifests(), CRON, COPY, LISTING, XML, PLAIN),
    "state_file": lambda: (p.read_bytes() for p in sorted((FIXTURES / "state").glob("*.jsonl"))),
    "calls": calls,
    "http": lambda: tagged(REQUESTS, CHUNKS, TEXTS),
    "engine": lambda: tagged(HEADS, FRAMES, CONTAINERS, NAMES),
    "id_token": lambda: TOKENS,
}


def main(folder):
    for name, seeds in SEEDS.items():
        into = pathlib.Path(folder) / name
        into.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (into / f"seed-{number}").write_bytes(seed)
        for path in sorted((TESTS / "fuzz/found" / name).glob("*")):
            (into / f"found-{path.name}").write_bytes(path.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1])
