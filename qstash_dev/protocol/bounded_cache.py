"""What functions made of foreign text, remembered for the next time, within a number of bytes."""

from __future__ import annotations

from collections.abc import Callable
from sys import getsizeof
from typing import Any, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

# What takes more than this part of the room is not kept: it would drive out all the rest.
_SHARE = 64
# Enough for hundreds of names.
_NAMES_BYTES = 131_072
_ENTRY_BYTES = 100


def _pair_weight(key: Any) -> int:
    """Of a short text, and another that was made of it."""
    return 2 * getsizeof(key) + _ENTRY_BYTES


class BoundedCache(dict[Key, Value]):
    """``remembered[key]`` is ``make(key)``, made once while it is remembered; the oldest go first.

    ``weigh`` tells about how many bytes a key and what is made of it take: ``functools.lru_cache`` counts entries,
    so whoever invents keys decides how much it holds. What is found costs no more than a look into a dictionary.
    """

    __slots__ = ("_bytes", "_make", "_most_bytes", "_weigh")

    def __init__(
        self, make: Callable[[Key], Value], most_bytes: int = _NAMES_BYTES, weigh: Callable[[Key], int] = _pair_weight
    ) -> None:
        super().__init__()
        self._make = make
        self._most_bytes = most_bytes
        self._weigh = weigh
        self._bytes = 0

    def __missing__(self, key: Key) -> Value:
        value = self._make(key)
        self.keep(key, value)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Remember the value of a key that is not there."""
        weight = self._weigh(key)
        if weight > self._most_bytes // _SHARE:
            return
        self._bytes += weight
        while self._bytes > self._most_bytes:
            oldest = next(iter(self))
            del self[oldest]
            self._bytes -= self._weigh(oldest)
        self[key] = value

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._bytes = 0
