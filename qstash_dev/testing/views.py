"""What a test gets to see: plain values, made when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from qstash_dev.protocol.result import Responded
from qstash_dev.state import dead_letters, event_log, message, schedule
from qstash_dev.testing.errors import QStashDevError

Item = TypeVar("Item")
_SHOWN = 10
_LATEST_MS = 253_402_300_799_000


def moment(at_ms: int) -> datetime:
    """A time in UTC, the last one that dates can hold if it is beyond."""
    return datetime.fromtimestamp(min(at_ms, _LATEST_MS) / 1_000, UTC)


class _Body:
    """A body as bytes, as text and as JSON."""

    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Message(_Body):
    """One message; ``state`` is that of its latest event, ``due_at`` the time of its next or first attempt."""

    id: str
    state: str
    url: str
    method: str
    body: bytes
    headers: dict[str, str]
    retried: int
    max_retries: int
    labels: tuple[str, ...]
    created_at: datetime
    due_at: datetime
    queue: str | None
    url_group: str | None
    schedule_id: str | None
    flow_control_key: str | None


@dataclass(frozen=True)
class DeadLetter(_Body):
    """One entry of the dead letter queue; ``status`` is 0 and ``error`` says why if there was no answer."""

    id: str
    message_id: str
    url: str
    body: bytes
    headers: dict[str, str]
    labels: tuple[str, ...]
    status: int
    error: str
    response_body: bytes
    failed_at: datetime
    retried: int


@dataclass(frozen=True)
class Schedule(_Body):
    """One schedule."""

    id: str
    cron: str
    destination: str
    method: str
    body: bytes
    paused: bool
    next_at: datetime
    last_at: datetime | None
    error: str | None


@dataclass(frozen=True)
class Event:
    """One entry of the event log."""

    time: datetime
    message_id: str
    state: str
    url: str
    retried: int
    status: int | None
    error: str | None
    next_delivery: datetime | None


@dataclass(frozen=True)
class Response(_Body):
    """What an application answered to :meth:`QStashDev.send`."""

    status: int
    headers: dict[str, str]
    body: bytes


class Query(Generic[Item]):
    """Some of the things of one kind; asks the server anew each time it is looked at."""

    def __init__(self, kind: str, fetch: Callable[[], list[Item]], wanted: Mapping[str, Any] | None = None) -> None:
        self._kind = kind
        self._fetch = fetch
        self._wanted = dict(wanted or {})

    def filter(self, **fields: Any) -> Query[Item]:
        """Those whose fields have these values; ``label`` means one of the labels."""
        return Query(self._kind, self._fetch, self._wanted | fields)

    def all(self) -> list[Item]:
        """All of them, oldest first."""
        return [item for item in self._fetch() if self._fits(item)]

    def one(self, id: str | None = None) -> Item:
        """The only one, or the one with this id.

        Raises:
            QStashDevError: there is none, or more than one.
        """
        found = (self if id is None else self.filter(id=id)).all()
        if len(found) == 1:
            return found[0]
        wanted = {**self._wanted, **({} if id is None else {"id": id})}
        described = "".join(f" with {name}={value!r}" for name, value in wanted.items())
        known = "\n".join(f"  {item}" for item in self._fetch()[:_SHOWN]) or "  none"
        raise QStashDevError(f"{len(found)} {self._kind}{described} instead of one. There are:\n{known}")

    def __iter__(self) -> Iterator[Item]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind}>"

    def _fits(self, item: Item) -> bool:
        for name, value in self._wanted.items():
            if name == "label":
                if value not in getattr(item, "labels", ()):
                    return False
            elif not hasattr(item, name):
                raise QStashDevError(f"{self._kind} have no field {name}")
            elif getattr(item, name) != value:
                return False
        return True


def message_view(message: message.Message) -> Message:
    """A message as it is now."""
    publication = message.publication
    options = publication.options
    return Message(
        id=message.id,
        state=message.state.value,
        url=message.url,
        method=options.method,
        body=publication.body,
        headers=dict(options.headers),
        retried=message.retried,
        max_retries=options.retries,
        labels=options.labels,
        created_at=moment(message.created_ms),
        due_at=moment(message.due_ms),
        queue=message.queue_name,
        url_group=message.topic_name,
        schedule_id=message.schedule_id,
        flow_control_key=message.flow_control_key,
    )


def dead_letter_view(letter: dead_letters.DeadLetter) -> DeadLetter:
    """An entry of the dead letter queue, which counts as seen from now on."""
    letter.seen = True
    message, result = letter.message, letter.result
    return DeadLetter(
        id=letter.id,
        message_id=message.id,
        url=message.url,
        body=message.publication.body,
        headers=dict(message.publication.options.headers),
        labels=message.labels,
        status=letter.response_status,
        error=result.error,
        response_body=result.body if isinstance(result, Responded) else b"",
        failed_at=moment(letter.failed_ms),
        retried=message.retried,
    )


def schedule_view(schedule: schedule.Schedule) -> Schedule:
    """A schedule as it is now."""
    publication = schedule.publication
    return Schedule(
        id=schedule.id,
        cron=schedule.cron.text,
        destination=publication.destination,
        method=publication.options.method,
        body=publication.body,
        paused=schedule.paused,
        next_at=moment(schedule.next_ms),
        last_at=None if schedule.last_ms is None else moment(schedule.last_ms),
        error=schedule.error,
    )


def event_view(entry: event_log.LogEntry) -> Event:
    """An event."""
    result = entry.result
    return Event(
        time=moment(entry.time_ms),
        message_id=entry.message.id,
        state=entry.state.value,
        url=entry.message.url,
        retried=entry.retried,
        status=result.status if isinstance(result, Responded) else None,
        error=None if result is None or result.succeeded else result.error,
        next_delivery=None if entry.next_delivery_ms is None else moment(entry.next_delivery_ms),
    )
