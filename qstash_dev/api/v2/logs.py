"""The event log (https://upstash.com/docs/qstash/howto/debug-logs).

All SDKs call ``/v2/events``, the docs ``/v2/logs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiohttp import web

from qstash_dev.api.request import ApiRequest, encoded, page_of, reply
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.logs import Event, Events, EventsByMessage, MessageEvents
from qstash_dev.api.v2.event_page import EventPage
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of, latest_first, message_filter
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import State

MAX_COUNT = 1_000
MAX_GROUPS = 10
_MEANT = {"IN_PROGRESS": {State.ACTIVE, State.RETRY, State.ERROR}, "CANCELLED": {State.CANCELED}}
_KNOWN = (*State.__members__, *_MEANT)


async def events(request: ApiRequest) -> web.Response:
    """``GET /v2/events``."""
    query = request.query()
    if query.choice("groupBy", ("messageId",)):
        return _messages(request, query)
    page, cursor = _page(request, query)
    return reply(Events(page, cursor or UNSET))


async def logs(request: ApiRequest) -> web.Response:
    """``GET /v2/logs``: the same page under both names that the docs have used."""
    query = request.query()
    if query.choice("groupBy", ("messageId",)):
        return _messages(request, query)
    page, cursor = _page(request, query)
    # Encoded once, for a page of events costs more to encode than to find.
    rows, end = encoded(page), b',"cursor":%s' % encoded(cursor) if cursor else b""
    body = b'{"logs":%s,"events":%s%s}' % (rows, rows, end)
    return web.Response(body=body, content_type="application/json")


def _page(request: ApiRequest, query: Query) -> tuple[list[Event], str | None]:
    trim = trim_body(query)
    found, count = _matching(request, query, cursor_of(query)), count_of(query, MAX_COUNT)
    entries, more = page_of(found, count, lambda entry: entry.weight if trim is None else 0, request.config.limits)
    shown = EventPage(trim)
    return [shown.event(entry) for entry in entries], _cursor(entries[-1]) if more else None


def _messages(request: ApiRequest, query: Query) -> web.Response:
    """The events of each message together, as the official MCP server reads them: no document shows the shape."""
    trim = trim_body(query)
    groups: dict[str, list[LogEntry]] = {}
    for entry in _matching(request, query, None):
        groups.setdefault(entry.message.id, []).append(entry)
    beyond = _beyond(query, cursor_of(query))
    wanted = (group for group in groups.values() if beyond(group[0]))

    def weight(group: list[LogEntry]) -> int:
        return sum(entry.weight for entry in group) if trim is None else 0

    page, more = page_of(wanted, count_of(query, MAX_GROUPS), weight, request.config.limits)
    shown = EventPage(trim)
    messages = [MessageEvents(group[0].message.id, [shown.event(entry) for entry in group]) for group in page]
    return reply(EventsByMessage(messages, _cursor(page[-1][0]) if more else UNSET))


def _cursor(entry: LogEntry) -> str:
    return f"{entry.time_ms}-{entry.seq}"


def _matching(request: ApiRequest, query: Query, after: int | None) -> Iterator[LogEntry]:
    ids = query.all("messageIds") or query.all("messageId")
    if ids:
        entries = iter(request.tenant.log.of_messages(ids))
        if latest_first(query, default=True):
            entries = reversed(list(entries))
        entries = filter(_beyond(query, after), entries)
    else:
        entries = request.tenant.log.walk(latest_first=latest_first(query, default=True), after=after)
    events = (entry for entry in entries if entry.is_event)
    if query.all("messageIds"):
        # Ids make every other filter void (OpenAPI).
        return events
    matches, states = message_filter(query), _states(query)
    return (
        entry for entry in events if (not states or entry.state in states) and matches(entry.message, entry.time_ms)
    )


def _beyond(query: Query, after: int | None) -> Callable[[LogEntry], bool]:
    """Whether an entry comes after the position of a cursor, in the order asked for."""
    newest_first = latest_first(query, default=True)
    return lambda entry: after is None or (entry.seq < after if newest_first else entry.seq > after)


def _states(query: Query) -> set[str]:
    states = query.states(_KNOWN)
    for name, meant in _MEANT.items():
        if name in states:
            states |= meant
    return states


def trim_body(query: Query) -> int | None:
    """How many bytes of a body to show, -1 for none, ``None`` for all.

    Raises Rejection: 400 for anything else.
    """
    text = query.one("trimBody")
    if text is None:
        return None
    if text != "-1" and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise errors.INVALID_PARAMETER(name="trimBody", reason="use a number of bytes, or -1", value=text[:100])
    return int(text)
