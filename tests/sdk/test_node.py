"""The real npm package ``@upstash/qstash`` against a real server process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node import RUN_TIMEOUT_S, STOP_TIMEOUT_S, installed_node, run_node, running_server

NODE_TESTS = Path(__file__).parent / "node"
# It changes the environment of its process, and traps what would start another.
DEV_MODE = NODE_TESTS / "dev-mode.test.mjs"
# It leaves the server with keys that nobody's environment holds.
KEYS = NODE_TESTS / "signing-keys.test.mjs"
FILES = sorted(set(NODE_TESTS.glob("*.test.mjs")) - {DEV_MODE, KEYS})

# One run of Node, one start and one stop of the server.
pytestmark = [pytest.mark.programs, pytest.mark.timeout(RUN_TIMEOUT_S + 2 * STOP_TIMEOUT_S)]


@pytest.mark.parametrize("files", [[*FILES, KEYS], [DEV_MODE]], ids=["all", "dev-mode"])
def test_javascript_sdk(files: list[Path]) -> None:
    node = installed_node(NODE_TESTS, "@upstash/qstash")
    with running_server() as environment:
        code, output = run_node(node, *files, environment=environment)
    assert code == 0, output
