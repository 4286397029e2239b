#!/usr/bin/env python3
"""Holds the rooms of src/ to their order: fails when a file includes what its room may not know.

usage: rooms_check.py [ROOT]

A room includes its own headers and those of the rooms that its CMakeLists.txt NEEDS; a room may need
only rooms above its own line in ROOMS (ground floor first). The last one, node, puts all of them together for src/main.cpp.
"""

import pathlib
import re
import sys

ROOMS = ["base", "proof", "domain", "storage", "archive", "docker", "catalog", "jobs", "postgres", "odoo",
          "backup", "restore", "rescue", "snapshot", "upkeep", "access", "notify", "servers", "doctor", "api", "cli", "node"]
WIRING = "main.cpp"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)
CALL = re.compile(r"\breprise_room\s*\(\s*(\w+)([^)]*)\)")
KEYWORDS = {"SOURCES", "TESTS", "NEEDS", "EXTERNAL"}


def declared_needs(cmake_text):
    """The rooms after NEEDS of each reprise_room(...), by room."""
    text = re.sub(r"#.*", "", cmake_text)
    needs = {}
    for name, arguments in CALL.findall(text):
        group, rooms = None, []
        for word in arguments.split():
            if word in KEYWORDS:
                group = word
            elif group == "NEEDS":
                rooms.append(word)
        needs[name] = rooms
    return needs


def check_needs(room, needs, cmake):
    for need in needs:
        if need not in ROOMS:
            yield f"{cmake}: {room} needs {need}, which is no room"
        elif ROOMS.index(need) >= ROOMS.index(room):
            yield f"{cmake}: {room} needs {need}, a room that stands on top of it"


def complaint(room, included, needs, is_neighbour):
    """Why `room` may not include the header `included`; None if it may."""
    if ".." in included.split("/"):
        return f'write the path from src/, not "{included}"'
    other = included.split("/")[0]
    if "/" not in included or other not in ROOMS or other == room:
        return None
    if is_neighbour:
        return None
    if ROOMS.index(other) > ROOMS.index(room):
        return f"{room} may not know {other}, a room that stands on top of it ({included})"
    if other not in needs:
        return f"{room} does not list {other} under NEEDS in its CMakeLists.txt ({included})"
    return None


def check_file(path, room, needs, source_root):
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        reason = complaint(room, match[1], needs, (path.parent / match[1]).is_file())
        if reason:
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(source_root.parent)}:{line}: {reason}"


def check_tree(root):
    """All complaints about the tree at `root`, as lines of text."""
    source_root = pathlib.Path(root) / "src"
    for room_dir in sorted(p for p in source_root.iterdir() if p.is_dir()):
        room = room_dir.name
        if room not in ROOMS:
            yield f"src/{room}: not a room (tests/rooms_check.py lists them)"
            continue
        cmake = room_dir / "CMakeLists.txt"
        needs = declared_needs(cmake.read_text()).get(room, []) if cmake.exists() else ROOMS[:ROOMS.index(room)]
        yield from check_needs(room, needs, cmake.relative_to(source_root.parent))
        for path in sorted(room_dir.rglob("*.[ch]pp")):
            yield from check_file(path, room, needs, source_root)
    for path in sorted(source_root.glob("*.[ch]pp")):
        if path.name != WIRING:
            yield f"src/{path.name}: only {WIRING} lives outside of the rooms"


def main(arguments):
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    complaints = list(check_tree(root))
    for line in complaints:
        print(line, file=sys.stderr)
    if complaints:
        print("HINT: docs/architecture.md tells which room may call which", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
