"""Which deduplication ids were used in the last ten minutes (QStash docs, features/deduplication)."""

from __future__ import annotations

from collections import OrderedDict

WINDOW_MS = 10 * 60 * 1_000


class Deduplication:
    """Id → message id, whatever became of the message; expired ids leave from the front, without timers."""

    def __init__(self) -> None:
        # A plain dict would look at all that has left its front before it finds the first that is still there.
        self._seen: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def known(self, id: str, now_ms: int) -> str | None:
        """The message that first used the id inside the window."""
        self._purge(now_ms)
        seen = self._seen.get(id)
        return seen[1] if seen else None

    def remember(self, id: str, message_id: str, now_ms: int) -> None:
        """Start the window of an id."""
        self._seen[id] = (now_ms + WINDOW_MS, message_id)

    def __len__(self) -> int:
        return len(self._seen)

    def _purge(self, now_ms: int) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest][0] > now_ms:
                return
            del self._seen[oldest]
