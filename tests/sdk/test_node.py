"""The real npm package ``@upstash/qstash`` against a real server process: one server for each test file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.environment import clean_environment

NODE_TESTS = Path(__file__).parent / "node"
FILES = sorted(NODE_TESTS.glob("*.test.mjs"))
RUN_TIMEOUT_S = 60
TEST_TIMEOUT_S = 20
STOP_TIMEOUT_S = 15

# One run of Node, one start and one stop of the server.
pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 2 * STOP_TIMEOUT_S)


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node. What is missing is a reason to skip on a laptop and a failure in CI."""
    missing = ""
    if (found := shutil.which("node")) is None:
        missing = "Node 20 or newer is not installed"
    elif not (NODE_TESTS / "node_modules" / "@upstash" / "qstash").is_dir():
        missing = f"the npm package is not installed: run `npm ci --prefix {NODE_TESTS}`"
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing or found is None:
        pytest.skip(missing)
    return found


@pytest.fixture
def server_environment() -> Iterator[Mapping[str, str]]:
    """What a program needs to know about a server of its own, which is stopped in good order afterwards."""
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_environment()) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline() or '"the server ended before it was ready"')
            assert isinstance(ready, dict), ready
            yield {**ready["env"], "QSTASH_DEV_PORT": str(ready["port"])}
            process.terminate()
            output, _ = process.communicate(timeout=STOP_TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == 0
    assert json.loads(output.splitlines()[-1])["event"] == "stopped"


def run_node(node: str, file: Path, environment: Mapping[str, str], cwd: Path = NODE_TESTS) -> tuple[int, str]:
    """Run one test file; the exit code and everything it printed."""
    command = [node, "--test", "--test-reporter=spec", f"--test-timeout={TEST_TIMEOUT_S * 1_000}", str(file)]
    try:
        run = subprocess.run(
            command,
            cwd=cwd,
            env={**clean_environment(), **environment, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=RUN_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        printed = error.output.decode(errors="replace") if isinstance(error.output, bytes) else error.output or ""
        return -1, f"{printed}\n{file.name} was still running after {RUN_TIMEOUT_S} s"
    return run.returncode, run.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_javascript_sdk(node: str, file: Path, server_environment: Mapping[str, str]) -> None:
    code, output = run_node(node, file, server_environment)
    assert code == 0, f"{file.name}\n{output}"
