"""Fields of JSON as indented lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qstash_dev.dev.instants import iso

# Unix times in milliseconds are larger than any duration or size.
_FIRST_TIME = 10**12
_LAST_TIME = 10**15


def lines_of(value: Any, indent: str = "") -> Iterator[str]:
    """Lines such as ``name: value``, with fields of fields indented. Times are ISO 8601.

    Empty values are left out.
    """
    pairs = value.items() if isinstance(value, dict) else (("-", one) for one in value)
    for name, one in pairs:
        if one in (None, "", [], {}):
            continue
        label = f"{indent}{name}" if name == "-" else f"{indent}{name}:"
        if isinstance(one, dict | list):
            yield label
            yield from lines_of(one, indent + "  ")
            continue
        first, *more = _text(one).split("\n")
        if more:
            yield label
            yield from (f"{indent}  {line}" for line in (first, *more))
        else:
            yield f"{label} {first}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and _FIRST_TIME <= value < _LAST_TIME:
        return iso(value)
    return str(value)
