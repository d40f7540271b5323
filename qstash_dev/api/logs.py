"""The event log (QStash docs, API logs). All SDKs call ``/v2/events``, the docs ``/v2/logs``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.call import Call, reply
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of, latest_first, message_filter
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import State

MAX_COUNT = 1_000
_IN_PROGRESS = {State.ACTIVE, State.RETRY, State.ERROR}


async def events(call: Call) -> web.Response:
    """``GET /v2/events``."""
    page, cursor = _page(call)
    return reply({"events": page} | ({"cursor": cursor} if cursor else {}))


async def logs(call: Call) -> web.Response:
    """``GET /v2/logs``: the same page under both names that the docs have used."""
    page, cursor = _page(call)
    return reply({"logs": page, "events": page} | ({"cursor": cursor} if cursor else {}))


def _page(call: Call) -> tuple[list[wire.Json], str | None]:
    query = call.query()
    count = count_of(query, MAX_COUNT)
    found = list(islice(_matching(call, query), count + 1))
    trim = trim_body(query)
    page = [wire.event(entry, trim) for entry in found[:count]]
    last = found[count - 1] if len(found) > count else None
    return page, f"{last.time_ms}-{last.seq}" if last else None


def _matching(call: Call, query: Query) -> Iterator[LogEntry]:
    newest_first = latest_first(query, default=True)
    after = cursor_of(query)
    ids = query.all("messageIds") or query.all("messageId")
    if ids:
        entries: Iterator[LogEntry] = iter(call.tenant.log.of_messages(ids))
        if newest_first:
            entries = reversed(list(entries))
        if after is not None:
            entries = (entry for entry in entries if (entry.seq < after) is newest_first and entry.seq != after)
    else:
        entries = call.tenant.log.walk(latest_first=newest_first, after=after)
    if query.all("messageIds"):
        # Ids make every other filter void (OpenAPI).
        return entries
    matches, states = message_filter(query), _states(query)
    return (
        entry for entry in entries if (not states or entry.state in states) and matches(entry.message, entry.time_ms)
    )


def _states(query: Query) -> set[State]:
    states: set[State] = set()
    for name in query.all("state"):
        upper = name.upper()
        if upper == "IN_PROGRESS":
            states |= _IN_PROGRESS
        elif upper == "CANCELLED":
            states.add(State.CANCELED)
        elif upper in State.__members__:
            states.add(State[upper])
        else:
            known = ", ".join([*State.__members__, "IN_PROGRESS"])
            raise errors.INVALID_PARAMETER(name="state", reason=f"use one of {known}", value=name[:100])
    return states


def trim_body(query: Query) -> int | None:
    """How many bytes of a body to show, -1 for none, ``None`` for all.

    Raises:
        Rejection: 400 for anything else.
    """
    text = query.one("trimBody")
    if text is None:
        return None
    if text != "-1" and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise errors.INVALID_PARAMETER(name="trimBody", reason="use a number of bytes, or -1", value=text[:100])
    return int(text)
