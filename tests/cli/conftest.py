"""Fixtures of the tests of the command line."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.delivery.conftest import serve as serve


@pytest.fixture(autouse=True, scope="session")
def _signals_as_at_a_terminal() -> Iterator[None]:
    """Programs inherit that a signal is ignored, as SIGHUP is where the tests run under ``nohup``."""
    number = getattr(signal, "SIGHUP", None)
    before = None if number is None else signal.signal(number, signal.SIG_DFL)
    yield
    if number is not None:
        signal.signal(number, before)
