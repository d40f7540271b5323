"""Messages, dead letters, schedules, queues and events as plain values, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qstash_dev.dev.instants import date_time
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.tokens import Credential
from qstash_dev.state import dead_letters, event_log, message, queue, refusals, schedule


class WithBody:
    """A value with a body, which can be read as bytes, as text and as JSON."""

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
class Message(WithBody):
    """One message at the time of the query."""

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
    due_at: datetime  #: the time of its next attempt, or of its last one if it has ended
    queue: str | None
    url_group: str | None
    schedule_id: str | None
    flow_control_key: str | None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id} {self.state} {self.method} {self.url} try {self.retried + 1}/{self.max_retries + 1}"


@dataclass(frozen=True)
class DeadLetter(WithBody):
    """One message in the dead letter queue."""

    id: str
    message_id: str
    url: str
    body: bytes
    headers: dict[str, str]
    labels: tuple[str, ...]
    status: int  #: of the last answer, 0 without one
    error: str  #: why the last attempt failed
    response_body: bytes
    failed_at: datetime
    retried: int  #: the number of retries before
    #: why the last attempt failed, for programs, such as ``connection-refused``
    failure_reason: FailureReason | None = None

    def __str__(self) -> str:
        return f"{self.id} of {self.message_id} to {self.url}: {self.error}"


@dataclass(frozen=True)
class Schedule(WithBody):
    """One schedule at the time of the query."""

    id: str
    cron: str
    destination: str
    method: str
    body: bytes
    paused: bool
    next_at: datetime
    last_at: datetime | None  #: of the last run that was published
    error: str | None  #: why the last run was not published

    def __str__(self) -> str:
        return f"{self.id} '{self.cron}' to {self.destination}{', paused' if self.paused else ''}"


@dataclass(frozen=True)
class Queue:
    """One queue at the time of the query."""

    name: str
    parallelism: int
    paused: bool
    lag: int  #: the number of messages that are due and have not ended

    def __str__(self) -> str:
        return f"{self.name}: lag {self.lag}, parallelism {self.parallelism}{', paused' if self.paused else ''}"


@dataclass(frozen=True)
class Event:
    """One entry of the event log."""

    time: datetime
    message_id: str
    state: str  #: as in the REST API; ``WARNING`` or ``NOTICE`` for one that is only a ``warning`` or ``notice``
    url: str
    retried: int
    status: int | None
    error: str | None
    next_delivery: datetime | None
    warning: str | None = None
    failure_reason: FailureReason | None = None  #: of the attempt that the entry ends, if it failed
    hint: str | None = None  #: what to look at after it
    notice: str | None = None
    notice_kind: NoticeKind | None = None


@dataclass(frozen=True)
class Refusal:
    """An API call that was refused, or several within 10 s that are the same; ``***`` stands for credentials."""

    path: str  #: with the query
    method: str
    status: int
    error: str
    field: str | None  #: what is at fault
    user: str  #: ``unknown`` for a call without a valid token
    run_id: str | None  #: the workflow run that the call named
    count: int
    time: datetime
    last_time: datetime  #: of the latest of the calls
    credential: Credential | None = None  #: what was there in the place of a valid token
    todo: str = ""  #: what would be right
    sentence: str = ""  #: the error, and what would be right if that does not say so

    def __str__(self) -> str:
        times = f" ×{self.count}" if self.count > 1 else ""
        return f"{self.status} {self.method} {self.path}{times}: {self.sentence or self.error}"


@dataclass(frozen=True)
class Response(WithBody):
    """The answer of an application to ``send``. Names of headers are in canonical form, such as ``Content-Type``."""

    status: int
    headers: dict[str, str]
    body: bytes


def message_view(message: message.Message) -> Message:
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
        created_at=date_time(message.created_ms),
        due_at=date_time(message.due_ms),
        queue=message.queue_name,
        url_group=message.topic_name,
        schedule_id=message.schedule_id,
        flow_control_key=message.flow_control_key,
        warnings=tuple(warning.text for warning in message.warnings),
    )


def dead_letter_view(letter: dead_letters.DeadLetter) -> DeadLetter:
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
        failed_at=date_time(letter.failed_ms),
        retried=message.retried,
        failure_reason=reason_of(result),
    )


def schedule_view(schedule: schedule.Schedule) -> Schedule:
    publication = schedule.publication
    return Schedule(
        id=schedule.id,
        cron=schedule.cron.text,
        destination=publication.destination,
        method=publication.options.method,
        body=publication.body,
        paused=schedule.paused,
        next_at=date_time(schedule.next_ms),
        last_at=None if schedule.last_ms is None else date_time(schedule.last_ms),
        error=schedule.error,
    )


def queue_view(queue: queue.Queue) -> Queue:
    return Queue(queue.name, queue.parallelism, queue.paused, queue.lag)


def event_view(entry: event_log.LogEntry) -> Event:
    result, notice = entry.result, entry.notice
    other = "WARNING" if entry.warning is not None else "NOTICE" if notice is not None else None
    return Event(
        time=date_time(entry.time_ms),
        message_id=entry.message.id,
        state=other or entry.state.value,
        url=entry.message.url,
        retried=entry.retried,
        status=result.status if isinstance(result, Responded) else None,
        error=None if result is None or result.succeeded else result.error,
        next_delivery=None if entry.next_delivery_ms is None else date_time(entry.next_delivery_ms),
        warning=None if entry.warning is None else entry.warning.text,
        failure_reason=None if result is None else reason_of(result),
        hint=None if result is None else hint(result),
        notice=None if notice is None else notice.text,
        notice_kind=None if notice is None else notice.kind,
    )


def refusal_view(refusal: refusals.Refusal) -> Refusal:
    """A refused call."""
    return Refusal(
        path=refusal.path,
        method=refusal.method,
        status=refusal.status,
        error=refusal.text,
        field=refusal.field or None,
        user=refusal.user_id or refusals.UNKNOWN_USER,
        run_id=refusal.run_id or None,
        count=refusal.count,
        time=date_time(refusal.time_ms),
        last_time=date_time(refusal.last_ms),
        credential=refusal.credential,
        todo=refusal.todo,
        sentence=refusal.sentence,
    )
