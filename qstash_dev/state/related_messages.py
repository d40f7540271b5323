"""Which message came of which: callbacks, replays and the like, in both directions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_CHILDREN = 100


class Relation(StrEnum):
    """What a message is to the one that it came of."""

    CALLBACK = "callback"
    FAILURE_CALLBACK = "failureCallback"
    REPLAY = "replay"
    DLQ_RETRY = "dlqRetry"
    CALL_RESULT = "callResult"


RelatedMessage = tuple[Relation, str]
"""The relation, and the id of the other message, which may be forgotten by now."""


@dataclass(slots=True)
class RelatedMessages:
    """Relations between one user's messages, for as long as these are kept."""

    _parents: dict[str, RelatedMessage] = field(default_factory=dict)
    _children: dict[str, deque[RelatedMessage]] = field(default_factory=dict)

    def add(self, relation: Relation, parent_id: str, child_id: str) -> None:
        """Remember what a message came of. Of its children the latest ``MAX_CHILDREN`` are known."""
        self._parents[child_id] = (relation, parent_id)
        self._children.setdefault(parent_id, deque(maxlen=MAX_CHILDREN)).append((relation, child_id))

    @property
    def remains(self) -> list[dict[str, Any]]:
        """What holds all of it."""
        return [self._parents, self._children]

    def parent(self, message_id: str) -> RelatedMessage | None:
        """What it came of."""
        return self._parents.get(message_id)

    def children(self, message_id: str) -> list[RelatedMessage]:
        """What came of it, oldest first."""
        return list(self._children.get(message_id, ()))

    def forget(self, message_id: str) -> None:
        """The message is not kept any more."""
        self._children.pop(message_id, None)
        relation, parent_id = self._parents.pop(message_id, (None, ""))
        siblings = self._children.get(parent_id)
        if relation is None or siblings is None:
            return
        if (relation, message_id) in siblings:
            siblings.remove((relation, message_id))
        if not siblings:
            # A parent that was forgotten before its child came is not forgotten once more.
            del self._children[parent_id]
