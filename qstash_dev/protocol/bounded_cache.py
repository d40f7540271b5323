"""A cache of parsed client text, bounded in bytes."""

from __future__ import annotations

from collections.abc import Callable
from sys import getsizeof
from typing import Any, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

# An entry larger than this part of the limit is not kept: it would drive out too many others.
_MAX_SHARE = 64
_MAX_BYTES = 131_072
_ENTRY_BYTES = 100


def _pair_weight(key: Any) -> int:
    """About how many bytes a short text and another of the same length take up."""
    return 2 * getsizeof(key) + _ENTRY_BYTES


class BoundedCache(dict[Key, Value]):
    """``cache[key]`` is ``make(key)``, which is called once while the entry is kept; the oldest entries are dropped.

    ``weigh`` returns about how many bytes a key and its value take up. ``functools.lru_cache`` counts entries
    instead, so clients could fill the memory with long keys. A hit costs no more than a dictionary lookup.
    """

    __slots__ = ("_bytes", "_make", "_max_bytes", "_weigh")

    def __init__(
        self, make: Callable[[Key], Value], max_bytes: int = _MAX_BYTES, weigh: Callable[[Key], int] = _pair_weight
    ) -> None:
        super().__init__()
        self._make = make
        self._max_bytes = max_bytes
        self._weigh = weigh
        self._bytes = 0

    def __missing__(self, key: Key) -> Value:
        value = self._make(key)
        self.keep(key, value)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Add an entry for a key that has none."""
        weight = self._weigh(key)
        if weight > self._max_bytes // _MAX_SHARE:
            return
        self._bytes += weight
        while self._bytes > self._max_bytes:
            oldest = next(iter(self))
            del self[oldest]
            self._bytes -= self._weigh(oldest)
        self[key] = value

    def clear(self) -> None:
        super().clear()
        self._bytes = 0
