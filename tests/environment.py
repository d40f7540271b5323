"""The environment of programs that tests start."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

_STEERING = ("QSTASH_", "UPSTASH_", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "PYTHONUTF8", "MAKE", "MFLAGS")


def clean_environment() -> dict[str, str]:
    """Without anything that would configure an SDK, the server, its output or make; our command is found."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_STEERING)}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def give_up(missing: str) -> NoReturn:
    """What is missing is a reason to skip on a laptop and a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
