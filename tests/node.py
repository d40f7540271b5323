"""Runs test files of Node, each against a server process of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.environment import clean_environment, give_up

RUN_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15


def installed_node(directory: Path, package: str) -> str:
    """The path of Node, if the package is there as well."""
    if (found := shutil.which("node")) is None:
        give_up("Node 20 or newer is not installed")
    if not (directory / "node_modules" / package).is_dir():
        give_up(f"the npm packages are not installed: run `npm ci --prefix {directory}`")
    return found


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[Mapping[str, str]]:
    """What a program needs to know about a server of its own, which is stopped in good order afterwards."""
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", "0", "--json", *options]
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


def run_node(
    node: str,
    file: Path,
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    timeout_s: int = RUN_TIMEOUT_S,
    test_timeout_s: int = 20,
) -> tuple[int, str]:
    """Run one test file, in its own folder unless told otherwise; the exit code and everything it printed."""
    command = [node, "--test", "--test-reporter=spec", f"--test-timeout={test_timeout_s * 1_000}", str(file)]
    try:
        run = subprocess.run(
            command,
            cwd=cwd or file.parent,
            env={**clean_environment(), **environment, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        printed = error.output.decode(errors="replace") if isinstance(error.output, bytes) else error.output or ""
        return -1, f"{printed}\n{file.name} was still running after {timeout_s} s"
    return run.returncode, run.stdout
