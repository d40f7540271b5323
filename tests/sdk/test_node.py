"""The real npm package ``@upstash/qstash`` against a real server process: one server for each test file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node import RUN_TIMEOUT_S, STOP_TIMEOUT_S, installed_node, run_node, running_server

NODE_TESTS = Path(__file__).parent / "node"
FILES = sorted(NODE_TESTS.glob("*.test.mjs"))

# One run of Node, one start and one stop of the server.
pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 2 * STOP_TIMEOUT_S)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_javascript_sdk(file: Path) -> None:
    node = installed_node(NODE_TESTS, "@upstash/qstash")
    with running_server() as environment:
        code, output = run_node(node, file, environment)
    assert code == 0, f"{file.name}\n{output}"
