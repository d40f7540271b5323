"""Filters, page size and cursor in the query string of lists and bulk requests.

https://upstash.com/docs/qstash/api-reference/messages/bulk-cancel-messages: ``fromDate`` and ``toDate`` are unix
milliseconds and inclusive. With ids, all other filters are ignored. A message matches if each field has one of the
values that are given for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import url_in_filter

MAX_VALUES = 1_000
"""The most values in one query string: each may be compared with every message."""
_URLS = ("url", "path", "workflowUrl")
_ORDERS = ("earliestFirst", "latestFirst")
_MAX_LENGTH = 100_000
_PORT = re.compile(r":\d*$", re.ASCII)
_URL_LIST = re.compile(r",(?=https?://|/)")


class Filterable(Protocol):
    """A message, as far as filters look at it."""

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
    # The documentation does not say whether the host includes the port, so both match.
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

_IDS = ("messageIds", "dlqIds", "workflowRunIds", "workflowRuns")


class Query(NamedTuple):
    values: dict[str, tuple[str, ...]]  #: the values of each parameter in order, lists with commas split

    def one(self, name: str) -> str | None:
        """The first value of a parameter, if it was given."""
        found = self.values.get(name)
        return found[0] if found else None

    def all(self, *names: str) -> tuple[str, ...]:
        """The values of one parameter that has several spellings."""
        return tuple(value for name in names for value in self.values.get(name, ()))

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        """The first value of a parameter, if it was given.

        Raises Rejection: 400 unless it is one of ``known``.
        """
        value = self.one(name)
        if value is not None and value not in known:
            raise errors.INVALID_PARAMETER(known, name=name, value=value[:100])
        return value

    def states(self, known: Sequence[str]) -> set[str]:
        """The values of ``state``, which may be written in lower case.

        Raises Rejection: 400 unless all are among ``known``.
        """
        states = {name.upper() for name in self.all("state")}
        if wrong := states.difference(known):
            raise errors.INVALID_PARAMETER(known, name="state", value=min(wrong)[:100])
        return states


def parse_query(pairs: Sequence[tuple[str, str]], known: Collection[str] | None = None) -> Query:
    """Parse a query string. With ``known``, any other name is an error: a misspelt filter must not cancel everything.

    Raises Rejection: 400 for an unknown parameter or too many values.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if known is not None and name not in known:
            raise errors.UNKNOWN_PARAMETER(tuple(known), name=name[:100], known=", ".join(known))
        # A URL or a path may contain a comma.
        parts = _URL_LIST.split(value) if name in ("url", "path") else value.split(",")
        if name in _URLS:
            parts = list(map(url_in_filter, parts))
        values.setdefault(name, []).extend(part for part in parts if part)
    if sum(map(len, values.values())) > MAX_VALUES or sum(len(value) for _, value in pairs) > _MAX_LENGTH:
        raise errors.INVALID_PARAMETER(name="filters", reason=f"give at most {MAX_VALUES} values", value="…")
    # A filter without a value matches every message, but an empty list of ids matches none.
    return Query({name: tuple(found) for name, found in values.items() if found or name in _IDS})


def message_filter(query: Query) -> Callable[[Filterable, int], bool]:
    """A function that tells whether a message matches. Its second argument is unix milliseconds, for the dates.

    Raises Rejection: 400 for a date that is not a whole number.
    """
    earliest = whole_number(query, "fromDate", 0)
    latest = whole_number(query, "toDate", 1 << 62)
    given = query.values | {"host": tuple(host.lower() for host in query.all("host"))}
    wanted = [(read, frozenset(given[name])) for name, read in _FIELDS.items() if name in query.values]

    def matches(message: Filterable, time_ms: int) -> bool:
        if not earliest <= time_ms <= latest:
            return False
        # A loop, because all() would make a generator for each message.
        for read, accepted in wanted:
            if accepted.isdisjoint(read(message)):
                break
        else:
            return True
        return False

    return matches


def whole_number(query: Query, name: str, default: int) -> int:
    """The value of a parameter, a whole number of 0 or more. Raises Rejection: 400 for any other value."""
    text = query.one(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise errors.INVALID_PARAMETER(name=name, reason="use a whole number of 0 or more", value=text[:100])
    return int(text)


def count_of(query: Query, most: int, default: int | None = None) -> int:
    """``count``, at most ``most``; without one ``default``, or ``most``.

    Raises Rejection: 400 unless it is a whole number above zero.
    """
    count = whole_number(query, "count", most if default is None else default)
    if count < 1:
        raise errors.INVALID_PARAMETER(name="count", reason="use a whole number above zero", value="0")
    return min(count, most)


def cursor_of(query: Query) -> int | None:
    """The position in a cursor such as ``1686652644442-12``: the number after the dash.

    Raises Rejection: 400 for any other text.
    """
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
    """The values of ``dlqIds``, or ``None`` if the query has no such parameter."""
    return list(query.all("dlqIds")) if "dlqIds" in query.values else None


def latest_first(query: Query, *, default: bool) -> bool:
    """Whether ``order`` is ``latestFirst``.

    Raises Rejection: 400 unless it is ``earliestFirst`` or ``latestFirst``.
    """
    order = query.choice("order", _ORDERS)
    return default if order is None else order == "latestFirst"
