"""The environment of programs that tests start."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

_GET_IT = "; get it by "
_STEERING = (
    *("QSTASH_", "UPSTASH_", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "PYTHONUTF8", "MAKE", "MFLAGS"),
    # Each of a hundred servers would compile the whole package.
    "PYTHONDONTWRITEBYTECODE",
)


def clean_environment() -> dict[str, str]:
    """Without anything that would configure an SDK, the server, its output or make; our command is found."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_STEERING)}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def give_up(missing: str, get: str | None = None) -> NoReturn:
    """What is missing is a reason to skip on a laptop and a failure in CI; ``get`` is the command that brings it."""
    reason = missing if get is None else f"{missing}{_GET_IT}`{get}`"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def missing_programs(reports: Iterable[pytest.TestReport]) -> list[str]:
    """One line for each thing that tests were skipped for want of, with the command that brings it."""
    reasons = [
        report.longrepr[2].removeprefix("Skipped: ") for report in reports if isinstance(report.longrepr, tuple)
    ]
    counted = Counter(reason for reason in reasons if _GET_IT in reason)
    return [f"{count} {'test' if count == 1 else 'tests'} skipped: {reason}" for reason, count in counted.items()]
