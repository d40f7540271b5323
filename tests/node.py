"""A runner for test files of Node, with a server process for each."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.environment import clean_environment, give_up

# For a machine that is busy with other things: a run that works takes a tenth of it.
RUN_TIMEOUT_S = 300
STOP_TIMEOUT_S = 30
_ALL_FILES = Path(__file__).parent / "node-files.mjs"


def installed_node(directory: Path, package: str) -> str:
    """The path of Node, if the package is there as well."""
    if (found := shutil.which("node")) is None:
        give_up("Node 20 or newer is not installed", "sudo apt-get install nodejs npm")
    if not (directory / "node_modules" / package).is_dir():
        give_up(f"the npm packages of {directory.name} are not installed", f"npm ci --prefix {directory}")
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
    node: str, *files: Path, environment: Mapping[str, str], cwd: Path | None = None, timeout_s: int = RUN_TIMEOUT_S
) -> tuple[int, str]:
    """Run test files in one process, in their own folder unless told otherwise; the exit code and what it printed."""
    command = [node, "--test-reporter=spec", str(_ALL_FILES), *map(str, files)]
    with subprocess.Popen(
        command,
        cwd=cwd or files[0].parent,
        env={**clean_environment(), **environment, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        # A session of its own, so that no helper of a browser outlives a run that is cut off.
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            printed = f"{process.communicate()[0]}\nstill running after {timeout_s} s"
    return process.returncode, f"{' '.join(file.name for file in files)}\n{printed}"
