"""The console in a real browser: each half of the files in ``console/`` has one run of Node, one server and one
browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.environment import give_up
from tests.node import installed_node, run_node, running_server

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "qstash_dev" / "console"
FILES = sorted((Path(__file__).parent / "console").glob("*.test.mjs"))
# For a machine that is busy with other things: it takes a fifth of that.
RUN_TIMEOUT_S = 800

pytestmark = [pytest.mark.longest, pytest.mark.timeout(RUN_TIMEOUT_S + 30)]


@pytest.fixture
def node() -> str:
    """The path of Node, if the console is built and its tools are there as well."""
    found = installed_node(CONSOLE / "ui", "playwright-core")
    if not (CONSOLE / "static" / "index.html").is_file():
        give_up("the console is not built", "make console")
    return found


@pytest.fixture
def environment(chromium: str) -> Iterator[Mapping[str, str]]:
    """What a test needs to know about a server of its own, which is stopped in good order afterwards."""
    with running_server("--quiet") as ready:
        yield {**ready, "CHROMIUM": chromium, "PYTHON": sys.executable}


@pytest.mark.parametrize("half", [0, 1])
def test_console(node: str, environment: Mapping[str, str], half: int) -> None:
    code, output = run_node(node, *FILES[half::2], environment=environment, timeout_s=RUN_TIMEOUT_S)
    assert code == 0, output
