"""The console in a real browser: each file of ``console/`` against a server process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.environment import clean_environment, give_up
from tests.node import installed_node, running_server

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "qstash_dev" / "console"
FILES = sorted((Path(__file__).parent / "console").glob("*.test.mjs"))
RUN_TIMEOUT_S = 150

pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 30)


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node, if the console is built and its tools are there as well."""
    found = installed_node(CONSOLE / "ui", "playwright-core")
    if not (CONSOLE / "static" / "index.html").is_file():
        give_up("the console is not built: run `make console`")
    return found


@pytest.fixture
def environment(chromium: str) -> Iterator[Mapping[str, str]]:
    """What a test needs to know about a server of its own, which is stopped in good order afterwards."""
    with running_server("--quiet") as ready:
        yield {**clean_environment(), **ready, "CHROMIUM": chromium, "PYTHON": sys.executable}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_console(node: str, file: Path, environment: Mapping[str, str]) -> None:
    command = [node, "--test", "--test-reporter=spec", str(file)]
    # A session of its own, so that no helper of the browser outlives a run that is cut off.
    with subprocess.Popen(
        command,
        env={**environment, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=RUN_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            output = f"{process.communicate()[0]}\n{file.name} was still running after {RUN_TIMEOUT_S} s"
    assert process.returncode == 0, f"{file.name}\n{output}"
