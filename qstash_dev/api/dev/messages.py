"""Messages as rows of a list, and those of one user, newest first, a window at a time (``GET /_dev/messages``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.shapes.dev_messages import MessageList, MessageSummary
from qstash_dev.api.shapes.dev_parts import Notice, Warning
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.config import Limits
from qstash_dev.protocol import errors, notice, warning
from qstash_dev.protocol.filters import Query, count_of, message_filter
from qstash_dev.protocol.hints import reason_of
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import Tenant


def summary(message: Message) -> MessageSummary:
    """A message without its body, with the outcome of its latest delivery attempt."""
    publication = message.publication
    options = publication.options
    return MessageSummary(
        message_id=message.id,
        state=message.state,
        method=options.method,
        url=message.url,
        created_at=message.created_ms,
        retried=message.retried,
        max_retries=options.retries,
        size=len(publication.body),
        in_flight=message.in_flight or UNSET,
        due=message.due_ms if message.timer else UNSET,
        topic_name=message.topic_name or UNSET,
        endpoint_name=message.endpoint_name or UNSET,
        queue_name=options.queue_name or UNSET,
        schedule_id=publication.schedule_id or UNSET,
        flow_control_key=message.flow_control_key or UNSET,
        labels=list(options.labels) if options.labels else UNSET,
        warnings=shown_warnings(message.warnings) if message.warnings else UNSET,
        workflow_run_id=UNSET if message.run_message is None else message.run_message.run.id,
        **outcome(message.tenant.log.last_result(message.id)),
    )


def shown_notice(notice: notice.Notice) -> Notice:
    """A notice as JSON."""
    return Notice(notice.kind, notice.text, notice.todo, notice.more or UNSET)


def shown_warnings(warnings: Iterable[warning.Warning]) -> list[Warning]:
    """Warnings as JSON."""
    return [Warning(one.code, one.text, one.todo) for one in warnings]


def outcome(result: DeliveryResult | None) -> dict[str, Any]:
    """The fields of an attempt's outcome: ``duration``, ``response_status``, ``error`` and ``failure_reason``."""
    if result is None:
        return {}
    return {
        "duration": result.duration_ms,
        "response_status": result.status if isinstance(result, Responded) else UNSET,
        "error": UNSET if result.succeeded else result.error,
        "failure_reason": reason_of(result) or UNSET,
    }


MAX_COUNT = 200
_MAX_SEARCH_LENGTH = 1_000


async def messages(request: DevRequest) -> web.Response:
    """``GET /_dev/messages``: the messages of one user that the query chooses, newest first.

    ``search`` finds text anywhere in a message; the filters of ``GET /v2/logs`` choose as well.
    """
    tenant = request.tenant()
    # A comma belongs to the text that is searched for.
    window = _Window(tenant, request.query(), request.http.query.get("search", ""), request.services.config.limits)
    found = list(window)
    page = [summary(message) for message in found]
    cursor = window.cursor or UNSET
    return reply(MessageList(page, len(tenant.messages), window.looked_at, tenant.log.last_seq, cursor))


class _Window:
    """Walks through the messages until it has found or looked at enough; ``cursor`` is where it stopped."""

    def __init__(self, tenant: Tenant, query: Query, search: str, limits: Limits) -> None:
        self._tenant = tenant
        self._limits = limits
        self._count = count_of(query, MAX_COUNT, 50)
        self._after = _position(query)
        self._matches, self._states, self._is_due = message_filter(query), query.states(tuple(State)), _due(query)
        self._known = tenant.messages.get(search)
        self._search = checked_search(search).lower()
        self._searched_bytes = 0
        self.looked_at = 0
        self.cursor: str | None = None

    def __iter__(self) -> Iterator[Message]:
        found, last = 0, None
        for message in self._rest():
            if last is not None and (found >= self._count or self._exhausted):
                self.cursor = f"{last.created_ms}-{last.id}"
                return
            self.looked_at += 1
            last = message
            if self._wanted(message):
                found += 1
                yield message

    @property
    def _exhausted(self) -> bool:
        """Whether this request has looked at as much as it may, even if it has found little."""
        limits = self._limits
        return self.looked_at >= limits.messages_looked_at or self._searched_bytes >= limits.searched_bytes

    def _rest(self) -> Iterator[Message]:
        if self._known is not None:
            return iter([self._known])
        newest_first = reversed(self._tenant.messages.values())
        after = self._after
        if after is None:
            return newest_first
        created_ms, id = after
        if id not in self._tenant.messages:
            # The message is forgotten by now: go on with those that are older.
            return (message for message in newest_first if message.created_ms < created_ms)
        for message in newest_first:
            if message.id == id:
                break
        return newest_first

    def _wanted(self, message: Message) -> bool:
        if (self._states and message.state not in self._states) or not self._is_due(message):
            return False
        return self._matches(message, message.created_ms) and (not self._search or self._contains(message))

    def _contains(self, message: Message) -> bool:
        if self._search in _text(message):
            return True
        redaction = message.publication.options.redaction
        if redaction is not None and redaction.body:
            return False
        body = message.publication.body
        self._searched_bytes += len(body)
        return self._search.encode("utf-8", "surrogatepass") in body.lower()


def _text(message: Message) -> str:
    options = message.publication.options
    names = (
        message.id,
        message.url,
        message.topic_name,
        message.endpoint_name,
        options.queue_name,
        message.schedule_id,
        message.flow_control_key,
        None if message.run_message is None else message.run_message.run.id,
        *options.labels,
    )
    return "\n".join(name for name in names if name).lower()


def _due(query: Query) -> Callable[[Message], bool]:
    """The parameter ``due``: ``now`` chooses messages that wait for a queue, a flow control key or a connection,
    ``later`` those that wait for their time; ``GET /_dev/status`` counts both."""
    match query.choice("due", ("now", "later")):
        case None:
            return lambda _: True
        case "now":
            return lambda message: not (message.ended or message.in_flight or message.timer)
        case _:
            return lambda message: message.timer != 0


def checked_search(search: str) -> str:
    """The text that is searched for.

    Raises Rejection: 400 if it is too long.
    """
    if len(search) > _MAX_SEARCH_LENGTH:
        reason = f"search for at most {_MAX_SEARCH_LENGTH} characters"
        raise errors.INVALID_PARAMETER(name="search", reason=reason, value=search[:100])
    return search


def _position(query: Query) -> tuple[int, str] | None:
    text = query.one("cursor")
    if text is None:
        return None
    created_ms, dash, id = text.partition("-")
    if not (dash and id and created_ms.isascii() and created_ms.isdigit() and len(text) <= 300):
        reason = "use the cursor of an earlier answer, unchanged"
        raise errors.INVALID_PARAMETER(name="cursor", reason=reason, value=text[:100])
    return int(created_ms), id
