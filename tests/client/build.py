#!/usr/bin/env python3
"""Generates a TypeScript client from a description of the API and compiles the programs in src/ against it.

usage: build.py FOLDER [OPENAPI_JSON]

FOLDER is made anew; its built/drive.js is then ready to run. Without OPENAPI_JSON it takes openapi.yaml, as the server is built
with it. Ends with 77 and a sentence where there is no npm or no registry that it can reach.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


class Unreachable(Exception):
    """What is needed from outside is not there; its text says what."""


def document():
    sys.path.insert(0, str(HERE.parent.parent / "src/api/contract"))
    sys.dont_write_bytecode = True
    import embed
    return json.dumps(embed.load(HERE.parent.parent / "openapi.yaml"))


def npm(folder, *arguments):
    return subprocess.run(["npm", *arguments], cwd=folder, text=True, capture_output=True, timeout=240,
                          env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})


def install(folder):
    if not shutil.which("npm") or not shutil.which("node"):
        raise Unreachable("there is no npm on this machine, so no client can be generated")
    try:
        answer = npm(folder, "ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=30000")
    except subprocess.TimeoutExpired as trouble:
        raise Unreachable("npm got nothing from its registry in four minutes") from trouble
    if answer.returncode and any(word in answer.stderr for word in ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT",
                                                                    "ENETUNREACH", "ECONNRESET", "ERR_SOCKET_TIMEOUT")):
        raise Unreachable("npm cannot reach its registry, so no client can be generated")
    if answer.returncode:
        raise RuntimeError(f"npm ci: {answer.stderr}")


def build(folder, openapi_json):
    """Compiles everything in `folder`; the path of drive.js."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("node_modules", "built", "*.py"))
    install(folder)
    (folder / "openapi.json").write_text(openapi_json, encoding="utf-8")
    # A field that has a default may be left out of a request: the tool would have it required.
    generate = ["openapi-typescript", "openapi.json", "--output", "src/api.ts", "--default-non-nullable=false"]
    for tool in (generate, ["tsc"]):
        answer = npm(folder, "exec", "--offline", "--", *tool)
        if answer.returncode:
            raise RuntimeError(f"{tool[0]}: {answer.stdout}{answer.stderr}")
    return folder / "built/drive.js"


def main(arguments):
    openapi_json = pathlib.Path(arguments[1]).read_text(encoding="utf-8") if len(arguments) > 1 else document()
    try:
        print(f"compiled {build(arguments[0], openapi_json)}")
    except Unreachable as sentence:
        print(f"skipped: {sentence}")
        return SKIPPED
    except RuntimeError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
