"""The requests that an inbox caught: all of them, or a window on them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import filled
from qstash_dev.api.shapes import dev_inboxes as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.v2.serializers import body_fields, cut_body
from qstash_dev.dev.inboxes import Captured, Inbox
from qstash_dev.dev.instants import iso
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.script import Answer

_NEVER = 1 << 62


class Window(Struct, frozen=True):
    """The requests with numbers above ``after`` and below ``before``, the latest ``last`` of them, with bodies cut to
    ``trim`` bytes, or whole for ``None``."""

    after: int = 0
    before: int = _NEVER
    last: int = _NEVER
    trim: int | None = None

    def of(self, inbox: Inbox) -> Iterator[tuple[int, Captured]]:
        """The requests in the window with their numbers, oldest first."""
        end = min(self.before, inbox.made + 1)
        start = max(self.after + 1, inbox.first, end - self.last)
        kept = islice(inbox.requests, max(0, start - inbox.first), max(0, end - inbox.first))
        return enumerate(kept, max(start, inbox.first))


def window_of(request: DevRequest) -> Window:
    """The window that the query asks for.

    Raises Rejection: 400 naming the parameter.
    """
    return Window(
        after=request.number("after", 0),
        before=request.number("before", _NEVER),
        last=request.number("last", _NEVER),
        trim=request.trim(None),
    )


def summary(inbox: Inbox) -> shapes.InboxSummary:
    """An inbox without its requests; ``latest`` is when the last one came."""
    latest = inbox.requests[-1].at_ms if inbox.requests else UNSET
    return shapes.InboxSummary(inbox.name, inbox.received, inbox.forgotten, len(inbox.script), latest)


def shown_whole(inbox: Inbox, window: Window) -> shapes.Inbox:
    """An inbox with the requests in the window; ``first`` is the number of the oldest request kept."""
    requests = [_captured(number, request, window.trim) for number, request in window.of(inbox)]
    return shapes.Inbox(**asdict(summary(inbox)), first=inbox.first, requests=requests)


def shown_answer(answer: Answer) -> shapes.ScriptAnswer:
    """An answer of a script, without fields that have their default. Of a function only the name is shown."""
    if answer.make is not None:
        return shapes.ScriptAnswer(function=getattr(answer.make, "__name__", "function"))
    return shapes.ScriptAnswer(
        status=answer.status,
        headers=dict(answer.headers) or UNSET,
        delay=answer.delay_ms / 1_000 or UNSET,
        drop=answer.drop or UNSET,
        **body_fields(answer.body),
    )


def _captured(number: int, request: Captured, trim: int | None) -> shapes.InboxRequest:
    body = body_fields(request.body) if trim is None else cut_body(request.body, trim)
    when: dict[str, Any] = {"number": number, "at": request.at_ms, "time": iso(request.at_ms)}
    return filled(shapes.InboxRequest, request, headers=header_map(request.headers), **when, **body)
