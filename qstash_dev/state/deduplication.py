"""Which deduplication ids were used in the last ten minutes (QStash docs, features/deduplication)."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

WINDOW_MS = 10 * 60 * 1_000
# Each use of an id forgets at most so many that have expired, so that none takes long.
PURGED_AT_ONCE = 100
_MAX_LENGTH = 64


class Deduplication:
    """Id → message id, whatever became of the message; expired ids leave from the front, without timers.

    Of a long id only its digest is kept, and beyond ``most`` ids the oldest are forgotten before their time.
    """

    def __init__(self, most: int) -> None:
        # A plain dict would look at all that has left its front before it finds the first that is still there.
        self._seen: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._most = most

    def known(self, id: str, now_ms: int) -> str | None:
        """The message that first used the id inside the window."""
        self._purge(now_ms)
        seen = self._seen.get(_short(id))
        return seen[1] if seen and seen[0] > now_ms else None

    def remember(self, id: str, message_id: str, now_ms: int) -> None:
        """Start the window of an id."""
        id = _short(id)
        # One that has expired and was not forgotten yet goes to the end.
        self._seen.pop(id, None)
        self._seen[id] = (now_ms + WINDOW_MS, message_id)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def remains(self) -> list[dict[str, tuple[int, str]]]:
        """What holds all of it."""
        return [self._seen]

    def _purge(self, now_ms: int) -> None:
        for _ in range(PURGED_AT_ONCE):
            if not self._seen or self._seen[next(iter(self._seen))][0] > now_ms:
                return
            self._seen.popitem(last=False)


def _short(id: str) -> str:
    """Ids begin with a letter or a colon, digests do not."""
    if len(id) <= _MAX_LENGTH:
        return id
    return "#" + blake2b(id.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
