"""What became of every message, by the server's own events."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

ENDS = {"DELIVERED": "delivered", "FAILED": "dead", "CANCELED": "cancelled"}
_REMEMBERED = 10_000
# Events beside those of messages.
_MORE = ("warning", "notice", "refusal")


@dataclass
class Books:
    """Holds the messages of all users that have not ended; those that clients were promised too."""

    counts: Counter[str] = field(default_factory=Counter)
    open: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    _promised: set[str] = field(default_factory=set)
    _ended: dict[str, None] = field(default_factory=dict)

    def line(self, line: bytes) -> None:
        """One line that the server has printed."""
        try:
            event = json.loads(line)
        except ValueError:
            self.faults.append(f"it printed {line[:200]!r}")
            return
        if event.get("event") in ("attempt", "state"):
            self._moved(event["messageId"], event["state"])
        elif event.get("event") not in ("ready", "run", "stopped", *_MORE):
            self.faults.append(f"it printed {line[:200]!r}")

    def promised(self, message_id: str) -> None:
        """A client was told that the message is accepted."""
        self.counts["promised"] += 1
        if message_id not in self.open and message_id not in self._ended:
            self._promised.add(message_id)

    def _moved(self, id: str, state: str) -> None:
        if state == "CREATED":
            self.counts["accepted"] += 1
            self.open.add(id)
            self._promised.discard(id)
        elif state in ENDS:
            self.counts[ENDS[state]] += 1
            if id not in self.open:
                self.faults.append(f"{id} ended as {state} and was not under way")
            self.open.discard(id)
            # Its promise may still be on its way to us.
            self._ended[id] = None
            if len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]

    @property
    def broken(self) -> int:
        """Messages that clients were promised and that never were."""
        return len(self._promised)

    def wrong(self, waiting: int) -> list[str]:
        """What does not add up, if the server says that so many messages wait."""
        ended = sum(self.counts[name] for name in ENDS.values())
        found = self.faults[:5]
        if self.broken:
            found.append(f"{self.broken} messages were promised and never made")
        if self.counts["accepted"] != ended + waiting:
            found.append(f"{self.counts['accepted']} accepted, but {ended} ended and {waiting} wait")
        return found
