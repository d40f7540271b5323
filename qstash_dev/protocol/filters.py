"""Query strings of list and bulk calls: which messages are meant, how many, and from where on.

Several values of one field mean any of them, several fields mean all of them. ``fromDate`` and ``toDate``
are inclusive unix milliseconds. If ids are given, every other field is ignored (OpenAPI).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import sought_url

MAX_VALUES = 1_000
"""How many values one filter may have: each is looked at for whatever is filtered."""
_URLS = ("url", "path", "workflowUrl")
_ORDERS = ("earliestFirst", "latestFirst")
_MAX_LENGTH = 100_000
_ORDERS = ("earliestFirst", "latestFirst")
_PORT = re.compile(r":\d*$", re.ASCII)
_URL_LIST = re.compile(r",(?=https?://|/)")


class Filterable(Protocol):
    """The fields of a message that a filter may ask for."""

    @property
    def id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def topic_name(self) -> str | None: ...
    @property
    def queue_name(self) -> str | None: ...
    @property
    def schedule_id(self) -> str | None: ...
    @property
    def caller_ip(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def flow_control_key(self) -> str | None: ...


def _host(message: Filterable) -> tuple[str, ...]:
    # The docs do not say whether the port belongs to the host, so both spellings match.
    parts = urlsplit(message.url)
    with_port = parts.netloc.rpartition("@")[2].lower()
    return (with_port, _PORT.sub("", with_port), parts.hostname or "")


_FIELDS: dict[str, Callable[[Filterable], Iterable[str | None]]] = {
    "messageId": lambda message: (message.id,),
    "topicName": lambda message: (message.topic_name,),
    "queueName": lambda message: (message.queue_name,),
    "scheduleId": lambda message: (message.schedule_id,),
    "url": lambda message: (message.url,),
    "host": _host,
    "path": lambda message: (urlsplit(message.url).path,),
    "label": lambda message: message.labels,
    "flowControlKey": lambda message: (message.flow_control_key,),
    "callerIp": lambda message: (message.caller_ip,),
    "callerIP": lambda message: (message.caller_ip,),
}

_COMMON = (
    "topicName",
    "queueName",
    "scheduleId",
    "url",
    "label",
    "flowControlKey",
    "callerIp",
    "callerIP",
    "fromDate",
    "toDate",
    "count",
    "cursor",
    "qstash_token",
)
_IDS = ("messageIds", "dlqIds", "workflowRunIds", "workflowRuns")
MESSAGE_PARAMETERS = ("messageIds", "host", "path", *_COMMON)
DEAD_LETTER_PARAMETERS = ("dlqIds", "messageId", "responseStatus", "order", "api", "source", *_COMMON)


class Query(NamedTuple):
    """One parsed query string: every value of every parameter, in order, comma lists taken apart."""

    values: dict[str, tuple[str, ...]]

    def one(self, name: str) -> str | None:
        """The first value of a parameter."""
        found = self.values.get(name)
        return found[0] if found else None

    def all(self, *names: str) -> tuple[str, ...]:
        """All values of the parameters, which are spellings of one."""
        return tuple(value for name in names for value in self.values.get(name, ()))


def parse_query(pairs: Sequence[tuple[str, str]], known: Collection[str] | None = None) -> Query:
    """Sort the parameters by name; ``known`` makes any other name an error (for calls that destroy).

    Raises:
        Rejection: 400 for an unknown name, or for more than can be meant.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if known is not None and name not in known:
            raise errors.UNKNOWN_PARAMETER(tuple(known), name=name[:100], known=", ".join(known))
        # A URL or a path may itself hold a comma.
        parts = _URL_LIST.split(value) if name in ("url", "path") else value.split(",")
        if name in _URLS:
            parts = list(map(sought_url, parts))
        values.setdefault(name, []).extend(part for part in parts if part)
    if sum(map(len, values.values())) > MAX_VALUES or sum(len(value) for _, value in pairs) > _MAX_LENGTH:
        raise errors.INVALID_PARAMETER(name="filters", reason=f"give at most {MAX_VALUES} values", value="…")
    # A filter without a value filters nothing, but a list of ids without an id means none.
    return Query({name: tuple(found) for name, found in values.items() if found or name in _IDS})


def message_filter(query: Query) -> Callable[[Filterable, int], bool]:
    """A predicate over a message and the time that the dates are compared with.

    Raises:
        Rejection: 400 for dates that are not whole numbers.
    """
    earliest = whole_number(query, "fromDate", 0)
    latest = whole_number(query, "toDate", 1 << 62)
    wanted = [(read, _accepted(query, name)) for name, read in _FIELDS.items() if name in query.values]

    def matches(message: Filterable, time_ms: int) -> bool:
        if not earliest <= time_ms <= latest:
            return False
        # A loop, because a generator for each message costs more than all the rest.
        for read, accepted in wanted:
            if accepted.isdisjoint(read(message)):
                break
        else:
            return True
        return False

    return matches


def _accepted(query: Query, name: str) -> frozenset[str]:
    # Names of hosts do not know upper and lower case.
    return frozenset(value.lower() if name == "host" else value for value in query.values[name])


def whole_number(query: Query, name: str, default: int) -> int:
    """A parameter that must be a whole number of 0 or more.

    Raises:
        Rejection: 400 naming the parameter.
    """
    text = query.one(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise errors.INVALID_PARAMETER(name=name, reason="use a whole number of 0 or more", value=text[:100])
    return int(text)


def count_of(query: Query, most: int, default: int | None = None) -> int:
    """``count``, at least 1 and clamped to ``most``; ``default`` is ``most`` unless given."""
    count = whole_number(query, "count", most if default is None else default)
    if count < 1:
        raise errors.INVALID_PARAMETER(name="count", reason="use a whole number above zero", value="0")
    return min(count, most)


def cursor_of(query: Query) -> int | None:
    """The position that a cursor such as ``1686652644442-12`` stands for: the number after the dash."""
    text = query.one("cursor")
    if text is None:
        return None
    time_ms, dash, position = text.partition("-")
    if not (dash and text.isascii() and time_ms.isdigit() and position.isdigit() and len(text) <= 40):
        raise errors.INVALID_PARAMETER(
            name="cursor", reason="use the cursor of an earlier answer, unchanged", value=text[:100]
        )
    return int(position)


def ids_in(query: Query) -> list[str] | None:
    """The ids of dead letters, ``None`` if the query does not speak of any."""
    return list(query.all("dlqIds")) if "dlqIds" in query.values else None


def latest_first(query: Query, *, default: bool) -> bool:
    """Whether ``order`` asks for the newest first.

    Raises:
        Rejection: 400 for any other order.
    """
    order = query.one("order")
    if order is None:
        return default
    if order not in _ORDERS:
        raise errors.INVALID_PARAMETER(_ORDERS, name="order", value=order[:100])
    return order == "latestFirst"
