"""The weight of values: about how many bytes of memory they keep. Every collection has a limit on weight."""

from __future__ import annotations

from collections.abc import Iterable
from sys import getsizeof
from typing import Any

MAX_TEXT_BYTES = 4_096
"""The longest id, key or name that a client may choose. The limit is ours, not QStash's."""
PAIR_BYTES = 128
"""The memory of a header beside the characters of its name and value."""


def pairs_weight(pairs: Iterable[tuple[str, str]]) -> int:
    """Bytes that headers keep."""
    return sum([len(name) + len(value) + PAIR_BYTES for name, value in pairs])


def texts_weight(*texts: str | None) -> int:
    """Bytes that texts keep; ``None`` counts as 0."""
    return sum([getsizeof(text) for text in texts if text is not None])


def json_weight(value: Any) -> int:
    """Bytes that parsed JSON keeps. ``[[],[],…]`` takes up twenty times as many bytes as its text."""
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
