"""About how many bytes of memory things take up: what is kept counts towards the limit of whatever keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from sys import getsizeof
from typing import Any

MAX_TEXT_BYTES = 4_096
"""How long an id, a key or a name may be that a client makes up: our own limit."""
PAIR_BYTES = 128
"""What Python takes for a name and a value beside their text."""


def pairs_weight(pairs: Iterable[tuple[str, str]]) -> int:
    """Bytes of headers."""
    return sum([len(name) + len(value) + PAIR_BYTES for name, value in pairs])


def texts_weight(*texts: str | None) -> int:
    """Bytes of texts, of which some may be missing."""
    return sum([getsizeof(text) for text in texts if text is not None])


def json_weight(value: Any) -> int:
    """Bytes of parsed JSON, however deep it is: ``[[],[],…]`` takes up twenty times as many as its text has."""
    total, left = 0, [value]
    while left:
        one = left.pop()
        total += getsizeof(one)
        if isinstance(one, dict):
            total += sum(map(getsizeof, one))
            left += one.values()
        elif isinstance(one, list):
            left += one
    return total
