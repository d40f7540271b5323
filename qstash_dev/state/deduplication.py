"""The deduplication ids of the last 10 minutes (https://upstash.com/docs/qstash/features/deduplication)."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import NamedTuple

WINDOW_MS = 10 * 60 * 1_000
# The most expired ids that one use of an id removes, so that no use takes long.
PURGED_AT_ONCE = 100
_MAX_LENGTH = 64
MAX_URL = 200
_MARKED_BYTES = 1_048_576


class First(NamedTuple):
    """The first message with a deduplication id."""

    message_id: str
    url: str  #: at most 200 characters of it
    body_mark: int
    time_ms: int  #: when it was published


class Deduplication:
    """Deduplication id → the first message with it. Expired ids are removed at later uses, without timers.

    A long id is kept as a digest. With more than ``most`` ids, the oldest are removed before they expire.
    """

    def __init__(self, most: int) -> None:
        # Not a dict: finding its first key takes linear time after many were removed from its front.
        self._seen: OrderedDict[str, First] = OrderedDict()
        self._most = most

    def known(self, id: str, now_ms: int) -> First | None:
        """The message that used this id in the last 10 minutes, if there is one."""
        self._purge(now_ms)
        seen = self._seen.get(_short(id))
        return seen if seen and now_ms - seen.time_ms < WINDOW_MS else None

    def remember(self, id: str, first: First) -> None:
        """Start the 10 minutes of an id."""
        id = _short(id)
        # An expired id that is still here moves to the end.
        self._seen.pop(id, None)
        self._seen[id] = first
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def collections(self) -> list[dict[str, First]]:
        """The large collections in it."""
        return [self._seen]

    def _purge(self, now_ms: int) -> None:
        for _ in range(PURGED_AT_ONCE):
            if not self._seen or now_ms - self._seen[next(iter(self._seen))].time_ms < WINDOW_MS:
                return
            self._seen.popitem(last=False)


def first_message(message_id: str, url: str, body: bytes, now_ms: int) -> First:
    """What is remembered of a message that was published with a deduplication id."""
    return First(message_id, url[:MAX_URL], mark_of(body), now_ms)


def mark_of(body: bytes) -> int:
    """A number that another body most likely has not. Of a large body, only the length and the first megabyte count,
    because the rest would take too long."""
    return len(body) ^ hash(body[:_MARKED_BYTES])


def _short(id: str) -> str:
    """The id, or a digest of a long one. Ids begin with a letter or a colon, digests with ``#``."""
    if len(id) <= _MAX_LENGTH:
        return id
    return "#" + blake2b(id.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
