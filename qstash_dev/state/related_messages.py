"""The relations between messages: a message and its callbacks, replays and retries."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import Any

MAX_CHILDREN = 100


class Relation(StrEnum):
    """What a child is to its parent."""

    CALLBACK = "callback"
    FAILURE_CALLBACK = "failureCallback"
    REPLAY = "replay"
    DLQ_RETRY = "dlqRetry"  #: a retry from the dead letter queue
    CALL_RESULT = "callResult"  #: the result of a ``context.call``


RelatedMessage = tuple[Relation, str]
"""The relation and the id of the other message, which may have been removed."""


class RelatedMessages:
    """The relations between the messages of one user that are kept."""

    def __init__(self) -> None:
        self._parents: dict[str, RelatedMessage] = {}
        self._children: dict[str, deque[RelatedMessage]] = {}

    def add(self, relation: Relation, parent_id: str, child_id: str) -> None:
        """Add a relation. A parent keeps its latest ``MAX_CHILDREN`` children."""
        self._parents[child_id] = (relation, parent_id)
        self._children.setdefault(parent_id, deque(maxlen=MAX_CHILDREN)).append((relation, child_id))

    @property
    def collections(self) -> list[dict[str, Any]]:
        """The large collections in it."""
        return [self._parents, self._children]

    def parent(self, message_id: str) -> RelatedMessage | None:
        """The parent of a message, if it has one."""
        return self._parents.get(message_id)

    def children(self, message_id: str) -> list[RelatedMessage]:
        """The children of a message, oldest first."""
        return list(self._children.get(message_id, ()))

    def forget(self, message_id: str) -> None:
        """Remove the relations of a message."""
        self._children.pop(message_id, None)
        relation, parent_id = self._parents.pop(message_id, (None, ""))
        siblings = self._children.get(parent_id)
        if relation is None or siblings is None:
            return
        if (relation, message_id) in siblings:
            siblings.remove((relation, message_id))
        if not siblings:
            # The parent may have been removed before its child was added, and is not removed again.
            del self._children[parent_id]
