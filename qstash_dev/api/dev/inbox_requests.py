"""What an inbox caught, as JSON: all of it, or a window on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from qstash_dev.api.dev.body_excerpts import cut_body, number_in_query
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.v2 import serializers
from qstash_dev.dev.inboxes import Captured, Inbox
from qstash_dev.dev.instants import iso
from qstash_dev.protocol.callback import header_map

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Window:
    """Between which numbers, both not included; the latest ``last`` of them; bodies cut to ``trim`` bytes."""

    after: int = 0
    before: int = _NEVER
    last: int = _NEVER
    trim: int | None = None

    def of(self, inbox: Inbox) -> Iterator[tuple[int, Captured]]:
        """Numbers and requests, oldest first."""
        end = min(self.before, inbox.made + 1)
        start = max(self.after + 1, inbox.first, end - self.last)
        kept = islice(inbox.requests, max(0, start - inbox.first), max(0, end - inbox.first))
        return enumerate(kept, max(start, inbox.first))


def window_of(request: DevRequest) -> Window:
    """What the query asks for.

    Raises:
        Rejection: 400 naming the parameter.
    """
    return Window(
        after=number_in_query(request, "after", 0),
        before=number_in_query(request, "before", _NEVER),
        last=number_in_query(request, "last", _NEVER),
        trim=number_in_query(request, "trimBody", None, "use a number of bytes"),
    )


def summary(inbox: Inbox) -> dict[str, Any]:
    """How much it caught, and how many answers its script still has; ``latest`` is when it caught the last."""
    fields: dict[str, Any] = {
        "name": inbox.name,
        "received": inbox.received,
        "forgotten": inbox.forgotten,
        "script": len(inbox.script),
    }
    return fields | ({"latest": inbox.requests[-1].at_ms} if inbox.requests else {})


def shown_whole(inbox: Inbox, window: Window) -> dict[str, Any]:
    """The summary and the requests in the window; ``first`` is the number of the oldest that is kept."""
    requests = [_captured(number, request, window.trim) for number, request in window.of(inbox)]
    return {**summary(inbox), "first": inbox.first, "requests": requests}


def _captured(number: int, request: Captured, trim: int | None) -> dict[str, Any]:
    body = request.body
    return {
        "number": number,
        "at": request.at_ms,
        "time": iso(request.at_ms),
        "method": request.method,
        "target": request.target,
        "headers": header_map(request.headers),
        **(serializers.body_fields(body, "body") if trim is None else cut_body(body, trim)),
        "signatureError": request.signature_error,
        "claims": request.claims,
    }
