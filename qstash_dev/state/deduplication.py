"""The deduplication ids of the last 10 minutes (https://upstash.com/docs/qstash/features/deduplication)."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

WINDOW_MS = 10 * 60 * 1_000
# The most expired ids that one use of an id removes, so that no use takes long.
PURGED_AT_ONCE = 100
_MAX_LENGTH = 64


class Deduplication:
    """Deduplication id → id of the first message with it. Expired ids are removed at later uses, without timers.

    A long id is kept as a digest. With more than ``most`` ids, the oldest are removed before they expire.
    """

    def __init__(self, most: int) -> None:
        # Not a dict: finding its first key takes linear time after many were removed from its front.
        self._seen: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._most = most

    def known(self, id: str, now_ms: int) -> str | None:
        """The id of the message that used this id in the last 10 minutes, if there is one."""
        self._purge(now_ms)
        seen = self._seen.get(_short(id))
        return seen[1] if seen and seen[0] > now_ms else None

    def remember(self, id: str, message_id: str, now_ms: int) -> None:
        """Start the 10 minutes of an id."""
        id = _short(id)
        # An expired id that is still here moves to the end.
        self._seen.pop(id, None)
        self._seen[id] = (now_ms + WINDOW_MS, message_id)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def collections(self) -> list[dict[str, tuple[int, str]]]:
        """The large collections in it."""
        return [self._seen]

    def _purge(self, now_ms: int) -> None:
        for _ in range(PURGED_AT_ONCE):
            if not self._seen or self._seen[next(iter(self._seen))][0] > now_ms:
                return
            self._seen.popitem(last=False)


def _short(id: str) -> str:
    """The id, or a digest of a long one. Ids begin with a letter or a colon, digests with ``#``."""
    if len(id) <= _MAX_LENGTH:
        return id
    return "#" + blake2b(id.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
