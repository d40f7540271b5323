"""The real npm package ``@upstash/workflow``, old and new, against a real server process for each test file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node import STOP_TIMEOUT_S, installed_node, run_node, running_server

NODE_TESTS = Path(__file__).parent / "node"
# Those that take the longest begin first.
FILES = sorted(NODE_TESTS.glob("*.test.mjs"), key=lambda file: ("thousand" not in file.name, file.name))
OPTIONS = {"lazy.test.mjs": ("--lazy-fetch-bytes", "2000")}
RUN_TIMEOUT_S = 120
TEST_TIMEOUT_S = 90

# One run of Node, one start and one stop of the server.
pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 2 * STOP_TIMEOUT_S)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_workflow_sdks(file: Path) -> None:
    node = installed_node(NODE_TESTS, "workflow-1.3")
    with running_server(*OPTIONS.get(file.name, ())) as environment:
        code, output = run_node(node, file, environment, timeout_s=RUN_TIMEOUT_S, test_timeout_s=TEST_TIMEOUT_S)
    assert code == 0, f"{file.name}\n{output}"
