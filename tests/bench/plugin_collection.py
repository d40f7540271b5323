"""The cost of the pytest plugin in an empty project: a run that collects nothing, with the plugin and without.

It is measured in CPU time, as the difference of the smallest figures: to start Python takes fifty times as long, and
other load on the machine can only add to it. Other plugins of the environment are disabled.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import Row

ROUNDS = 21
PLUGIN = ["-p", "qstash_dev.pytest_plugin"]
_NO_TESTS_COLLECTED = 5


def rows(rounds: int = ROUNDS) -> list[Row]:
    """One row, in milliseconds."""
    with TemporaryDirectory() as empty:
        project = Path(empty)
        (project / "pytest.ini").write_text("[pytest]\n")
        # The first run of each compiles what is not compiled yet.
        _collect_ms(project, PLUGIN), _collect_ms(project, [])
        taken = [(_collect_ms(project, PLUGIN), _collect_ms(project, [])) for _ in range(rounds)]
    with_ms, without_ms = (min(column) for column in zip(*taken, strict=True))
    return [Row("what the plugin adds to pytest --co in an empty project", "ms", with_ms - without_ms, at_most=20)]


def _collect_ms(project: Path, options: list[str]) -> float:
    command = [sys.executable, "-m", "pytest", "--co", "-q", *options]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before_ms = _children_ms()
    run = subprocess.run(
        command,
        cwd=project,
        env=inherited | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert run.returncode == _NO_TESTS_COLLECTED, run.stdout
    return _children_ms() - before_ms


def _children_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1_000
