"""Durations such as ``50s``, ``1d10h30m`` and ``0.5s`` (https://upstash.com/docs/qstash/features/delay).

The grammar is that of Go's ``time.ParseDuration`` with a unit for days.
"""

from __future__ import annotations

import re
from datetime import timedelta
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
_LONG_UNIT_MS = {"w": 7 * _UNIT_MS["d"], "mo": 30 * _UNIT_MS["d"], "y": 365 * _UNIT_MS["d"]}
# A number and its unit: as in Go, all characters up to the next digit or dot.
_PART = re.compile(r"(\d*)(?:\.(\d*))?([^.\d]*)", re.ASCII)
_BARE = re.compile(r"\d{1,12}(?:\.\d{0,9})?", re.ASCII)
_HELP = "use a duration such as '10s', '6m5s' or '1d10h'"
_MAX_SHOWN = 100
_MAX_DIGITS = 15
MAX_MS = 100 * 365 * 86_400_000


class DurationError(ValueError):
    """A text that is not a duration. ``go`` is the error of Go's ``time.ParseDuration``, which hosted QStash uses."""

    def __init__(self, go: str, help: str = _HELP) -> None:
        super().__init__(help)
        self.go = go


def parse_duration_ms(text: str, *, long_units: bool = False) -> int:
    """The duration in whole milliseconds, rounded down. A number without a unit counts as seconds, as in examples of
    the JavaScript SDK.

    ``long_units`` allows ``w``, ``mo`` (30 days) and ``y`` (365 days), which workflows use
    (https://upstash.com/docs/workflow/steps/sleep).

    Raises DurationError: the text is not a duration, or is longer than 100 years.
    """
    text = text.strip()
    if _BARE.fullmatch(text):
        return _bounded(float(text) * 1_000, text)
    units = _UNIT_MS | _LONG_UNIT_MS if long_units else _UNIT_MS
    total, position = 0.0, int(text.startswith("+"))
    while True:
        part = _PART.match(text, position)
        if part is None or not (part[1] or part[2]) or len(part[1]) > _MAX_DIGITS:
            raise DurationError(f"time: invalid duration {_quoted(text)}")
        if part[3] not in units:
            what = f"unknown unit {_quoted(part[3])} in" if part[3] else "missing unit in"
            raise DurationError(f"time: {what} duration {_quoted(text)}")
        total += float(f"{part[1] or 0}.{part[2] or 0}"[: _MAX_DIGITS + 10]) * units[part[3]]
        position = part.end()
        if position == len(text):
            return _bounded(total, text)


def refuse_bare(text: str) -> None:
    """Check that a duration has a unit, as hosted QStash demands. Zero needs none.

    Raises DurationError: it has no unit.
    """
    if is_bare(text):
        seconds = text.strip()
        raise DurationError(f"time: missing unit in duration {_quoted(seconds)}", f"use '{seconds}s' for seconds")


def is_bare(text: str) -> bool:
    """Whether it is a number without a unit, other than zero, which Go accepts."""
    text = text.strip()
    return text != "0" and _BARE.fullmatch(text) is not None


def long_unit(text: str) -> str | None:
    """The first unit in the text that is longer than a day, or ``None``."""
    return next((part[3] for part in _PART.finditer(text.strip()) if part[3] in _LONG_UNIT_MS), None)


def duration_ms(value: Any) -> int:
    """A duration in whole milliseconds, from a number of seconds, a ``timedelta`` or a text such as ``90m``.

    Raises ValueError: it is neither, negative, or longer than 100 years.
    """
    if isinstance(value, str):
        return parse_duration_ms(value)
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("use seconds, or a duration such as '90m' or '4d'")
    if not value >= 0:
        raise ValueError("use a duration that is not negative: time only goes forward")
    # Compared before it is multiplied, because a large int cannot become a float.
    return _bounded(value * 1_000.0 if value <= MAX_MS else MAX_MS + 1, str(value))


def shown_duration(ms: int) -> str:
    """A duration in words: ``11 ms``, ``14 s``, ``2 m 28 s``, ``29 m``, ``1 h 5 m``, ``3 d 4 h``."""
    if ms < 1_000:
        return f"{max(0, ms)} ms"
    seconds = (ms + 500) // 1_000
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if days:
        return _two(days, "d", hours % 24, "h")
    if hours:
        return _two(hours, "h", minutes % 60, "m")
    return _two(minutes, "m", seconds % 60 if minutes < 10 else 0, "s") if minutes else f"{seconds} s"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large} {unit} {small} {small_unit}" if small else f"{large} {unit}"


def _quoted(text: str) -> str:
    """The text in quotes as Go's ``time`` package writes it: bytes that are not printable ASCII as ``\\xNN``."""
    shown = text[:_MAX_SHOWN]
    try:
        # Bytes of a header that are not UTF-8.
        data = shown.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # Half of a surrogate pair in JSON.
        data = shown.encode("utf-8", "surrogatepass")
    return '"' + "".join(_quoted_byte(byte) for byte in data) + '"'


def _quoted_byte(byte: int) -> str:
    character = chr(byte)
    if byte < 0x20 or byte >= 0x80:
        return f"\\x{byte:02x}"
    return "\\" + character if character in '"\\' else character


def _bounded(milliseconds: float, text: str) -> int:
    if not milliseconds <= MAX_MS:
        raise DurationError(f"time: invalid duration {_quoted(text)}", "use a duration of at most 100 years")
    # 0.29 * 1000 is 289.99999999999994; the user wrote 290 ms.
    return int(milliseconds + 1e-6)
