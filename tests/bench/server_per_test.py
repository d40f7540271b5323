"""The time to start and stop a server in a process that has done so before, as each test does."""

from __future__ import annotations

import statistics
import time

from qstash_dev.testing import QStashDev
from tests.bench.table import Row

ROUNDS = 100


def rows(rounds: int = ROUNDS) -> list[Row]:
    """One row, in milliseconds."""
    _start_and_stop_ms()
    return [
        Row(
            "server per test, start and stop",
            "ms",
            statistics.median(_start_and_stop_ms() for _ in range(rounds)),
            at_most=10,
        )
    ]


def _start_and_stop_ms() -> float:
    started = time.perf_counter()
    with QStashDev():
        pass
    return (time.perf_counter() - started) * 1_000
