"""The real npm package ``@upstash/workflow``, old and new, against a real server process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.node import STOP_TIMEOUT_S, installed_node, run_node, running_server

NODE_TESTS = Path(__file__).parent / "node"
LAZY = NODE_TESTS / "lazy.test.mjs"
FILES = sorted(set(NODE_TESTS.glob("*.test.mjs")) - {LAZY})
# Two, for two workers.
RUNS = [FILES[::2], FILES[1::2]]
RUN_TIMEOUT_S = 240

# One run of Node, one start and one stop of the server.
pytestmark = [pytest.mark.programs, pytest.mark.timeout(RUN_TIMEOUT_S + 2 * STOP_TIMEOUT_S)]


@pytest.fixture(scope="module")
def node() -> str:
    return installed_node(NODE_TESTS, "workflow-1.3")


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    """One server for all files: each test of them starts it over, and its clock only goes forward."""
    with running_server("--quiet") as environment:
        yield environment


def check(node: str, files: list[Path], environment: Mapping[str, str]) -> None:
    code, output = run_node(node, *files, environment=environment, timeout_s=RUN_TIMEOUT_S)
    assert code == 0, output


@pytest.mark.longest
@pytest.mark.parametrize("files", RUNS, ids=lambda files: "-".join(file.name.split(".")[0] for file in files))
def test_workflow_sdks(node: str, files: list[Path], server: Mapping[str, str]) -> None:
    check(node, files, server)


def test_workflow_sdks_fetch_what_they_are_not_sent(node: str) -> None:
    with running_server("--lazy-fetch-bytes", "2000") as environment:
        check(node, [LAZY], environment)
