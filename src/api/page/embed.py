#!/usr/bin/env python3
"""Builds the files of the web page into the program, each as it is and compressed.

usage: embed.py FOLDER OUT_CPP

FOLDER is what script/web has made; without an index.html in it plain.html takes its place. Writes the bytes beside
OUT_CPP, as its .bin.
"""

import gzip
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
         ".woff2": "font/woff2", ".webmanifest": "application/manifest+json"}
UNLISTED = {"files.txt"}

SOURCE = """#include <array>

#include "api/page.hpp"

// The assembler reads the bytes by itself: as an array of numbers they would take minutes to compile.
asm(R"(
.section .rodata
.balign 16
reprise_page_bytes:
.incbin "{blob}"
.byte 0
.previous
)");
extern "C" const char reprise_page_bytes[] asm("reprise_page_bytes");

namespace reprise::api {{
namespace {{

std::string_view Bytes(std::size_t offset, std::size_t count) {{
  return {{reprise_page_bytes + offset, count}};
}}

}}  // namespace

std::span<const PageFile> BuiltInPage() {{
  static const std::array<PageFile, {count}> files = {{{{
{rows}
  }}}};
  return files;
}}

}}  // namespace reprise::api
"""


def files_of(folder):
    """(path in the address, bytes) of each file."""
    if not (folder / "index.html").is_file():
        return [("/index.html", (HERE / "plain.html").read_bytes())]
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in UNLISTED]
    return [("/" + path.relative_to(folder).as_posix(), path.read_bytes()) for path in found]


def main(folder, out):
    blob, rows = bytearray(), []

    def placed(data):
        offset = len(blob)
        blob.extend(data)
        return f"Bytes({offset}, {len(data)})"

    for path, data in files_of(folder):
        kind = TYPES[pathlib.PurePosixPath(path).suffix]
        digest = hashlib.sha256(data).hexdigest()[:32]
        packed = gzip.compress(data, 9, mtime=0)
        smaller = packed if len(packed) < len(data) else b""
        rows.append(f'      PageFile{{"{path}", "{kind}", "{digest}", {placed(data)}, {placed(smaller)}}},')
    binary = out.with_suffix(".bin")
    binary.write_bytes(blob)
    out.write_text(SOURCE.format(blob=binary, count=len(rows), rows="\n".join(rows)), encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
