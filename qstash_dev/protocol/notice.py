"""Notices about a message: what has happened to it that is no event of hosted QStash's log.

https://upstash.com/docs/qstash/howto/debug-logs has the events; the timeline of a message has both.
"""

from __future__ import annotations

from enum import StrEnum

MAX_NOTICES = 20
"""How many notices of one kind a message has at most."""
_MAX_NAMED = 20
_MAX_NAME = 100


class NoticeKind(StrEnum):
    """What a notice is about, for programs."""

    DUPLICATE = "duplicate"  #: another publish was taken for the message, and made none
    HEADERS_DROPPED = "headers-dropped"  #: its destination does not get headers that were to be forwarded
    PAUSED = "paused"  #: it is the first that waits for a queue or a flow control key that is paused
    STILL_WAITING = "still-waiting"  #: its destination has not answered for long


_TODO = {
    NoticeKind.DUPLICATE: "nothing if it is the same message; if not, give it another deduplication id",
    NoticeKind.HEADERS_DROPPED: "forward it by another name, or put its value into the body",
    NoticeKind.PAUSED: "resume it in the console or with the API",
    NoticeKind.STILL_WAITING: "let the app answer first and do long work afterwards, or abort the call",
}


class Notice:
    """A notice; ``more`` counts later ones of its kind that are not kept."""

    __slots__ = ("kind", "more", "text")

    def __init__(self, kind: NoticeKind, text: str) -> None:
        self.kind = kind
        self.text = text  #: for people
        self.more = 0

    @property
    def todo(self) -> str:
        """What to do about it."""
        return _TODO[self.kind]


def headers_dropped(dropped: tuple[tuple[str, str], ...]) -> Notice:
    """The notice of headers that are not forwarded, each with the reason."""
    named = ", ".join(f"{name[:_MAX_NAME]} ({why})" for name, why in dropped[:_MAX_NAMED])
    left = f" and {len(dropped) - _MAX_NAMED} more" if len(dropped) > _MAX_NAMED else ""
    return Notice(NoticeKind.HEADERS_DROPPED, f"not forwarded: {named}{left}")
