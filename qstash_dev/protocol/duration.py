"""Durations as QStash writes them: Go's grammar with a day unit, such as ``50s``, ``1d10h30m``, ``0.5s``."""

from __future__ import annotations

import re
from typing import Any

_UNIT_MS = {
    "ns": 1e-6,
    "us": 1e-3,
    "µs": 1e-3,
    "μs": 1e-3,
    "ms": 1.0,
    "s": 1_000.0,
    "m": 60_000.0,
    "h": 3_600_000.0,
    "d": 86_400_000.0,
}
_NUMBER = r"(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})"
_PART = re.compile(_NUMBER + r"(ns|us|µs|μs|ms|s|m|h|d)", re.ASCII)
_BARE_SECONDS = re.compile(r"\d{1,12}(?:\.\d{0,9})?", re.ASCII)
MAX_MS = 100 * 365 * 86_400_000


def parse_duration_ms(text: str) -> int:
    """The duration in whole milliseconds, rounded down.

    A bare number counts as seconds: the official skill files of the JavaScript SDK write it so.

    Raises:
        ValueError: naming what is wrong and what would be right.
    """
    text = text.strip()
    if _BARE_SECONDS.fullmatch(text):
        return _bounded(float(text) * 1_000)
    total, position = 0.0, 0
    while part := _PART.match(text, position):
        total += float(part[1]) * _UNIT_MS[part[2]]
        position = part.end()
    if position == 0 or position != len(text):
        raise ValueError("use a duration such as '10s', '6m5s' or '1d10h'")
    return _bounded(total)


def duration_ms(value: Any) -> int:
    """Seconds as a number, or a text that :func:`parse_duration_ms` reads, in whole milliseconds.

    Raises:
        ValueError: naming what is wrong and what would be right.
    """
    if isinstance(value, str):
        return parse_duration_ms(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("use seconds, or a duration such as '90m' or '4d'")
    if not value >= 0:
        raise ValueError("use a duration that is not negative: time only goes forward")
    # The bound first: a whole number may be too large to become a float.
    return _bounded(value * 1_000.0 if value <= MAX_MS else MAX_MS + 1)


def _bounded(milliseconds: float) -> int:
    if not milliseconds <= MAX_MS:
        raise ValueError("use a duration of at most 100 years")
    # 0.29 s is 289.99999999999994 ms in binary; what the user wrote is 290.
    return int(milliseconds + 1e-6)
