"""A client that was generated from the server's own description, by tools from npm, and compiled."""

import importlib.util
import json
import os
import subprocess

import pytest
import requests

from lab import REPO

SPEC = importlib.util.spec_from_file_location("client_build", REPO / "tests/client/build.py")
client = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(client)


@pytest.fixture(scope="module")
def server(make_server):
    """A server of its own: what the calls begin there, an upload that nobody ends among it, is in no other test's way."""
    return make_server()


@pytest.fixture(scope="module")
def drive(server, folder):
    """Runs the compiled program; what it prints."""
    description = requests.get(f"{server.url}/openapi.json", timeout=10)
    try:
        program = client.build(folder / "client", description.text)
    except client.Unreachable as sentence:
        pytest.skip(str(sentence))

    def run(*arguments):
        answer = subprocess.run(["node", program, *arguments], capture_output=True, text=True, timeout=600, check=False,
                                env={**os.environ, "REPRISE_URL": server.url, "REPRISE_TOKEN": server.client().token})
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return run


def test_every_operation_is_understood(drive, server):
    statuses = drive("calls")
    description = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    assert set(statuses) == {operation["operationId"] for path in description["paths"].values() for operation in path.values()}
    # Nothing listens where the server is looked for whose key is asked.
    assert {name for name, status in statuses.items() if status >= 500} <= {"showServerHostKey"}, statuses
    # What does not exist is not found; a refusal of the form would be the generated types' fault. Three calls are refused
    # for what they mean: a version that is none, a key that is none, an address that is not trusted.
    assert {name for name, status in statuses.items() if status == 422} == {"createEnvironment", "enrolServer", "importBackupFromUrl"}


def test_it_drives_a_restore_and_takes_it_back(drive, api, shop):
    environment = api.adopt(shop, "generated client")
    restore = drive("restore", environment["id"])
    assert (restore["status"], restore["outcome"]) == ("completed", "undone")
    assert restore["mode"] == "original" and restore["target_environment_id"] == environment["id"]
    api.remove_environment(environment)
