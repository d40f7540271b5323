"""All data of one user."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from os.path import commonprefix
from typing import Any, NamedTuple

from qstash_dev.config import Retention
from qstash_dev.protocol.notice import Notice
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.warning import Warning
from qstash_dev.state.dead_letters import DeadLetterQueue
from qstash_dev.state.deduplication import Deduplication
from qstash_dev.state.event_log import EventLog, RunChange
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Queue
from qstash_dev.state.refusals import Refusals
from qstash_dev.state.related_messages import RelatedMessages
from qstash_dev.state.run import Run
from qstash_dev.state.runs import Runs
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.signing_keys import SigningKeys
from qstash_dev.state.url_group import UrlGroup
from qstash_dev.state.user import USERS as USERS
from qstash_dev.state.user import User as User
from qstash_dev.state.user import environment

MESSAGE_OVERHEAD_BYTES = 1_024
FLOW_CONTROL_BYTES = 1_280
MAX_WARNINGS = 20
_MAX_CHECKED = 3


Discarded = list[dict[Any, Any] | deque[Any]]
"""Large collections that are no longer used."""


class MessageCounts(NamedTuple):
    """The number of messages by what they wait for."""

    in_flight: int  #: their request has been sent
    due: int  #: they wait for their queue, their flow control key or a connection
    later: int  #: they wait for their delay or retry
    dead: int  #: they are in the dead letter queue
    kept: int  #: all that can be read, ended ones included


class Told(NamedTuple):
    """A notice about a message, which may no longer be kept."""

    time_ms: int
    user_id: str
    message_id: str
    method: str
    url: str  #: the destination of the message
    notice: Notice


class Tenant:
    """The data of one user, separate from that of all others."""

    def __init__(self, user: User, retention: Retention) -> None:
        self.user = user
        self.log = EventLog(retention)
        self.runs = Runs(retention)
        self.refusals = Refusals(retention)
        self.notice_subscribers: list[Callable[[Told], None]] = []  #: called with every notice
        self._retention = retention
        self._reset()

    def clear(self) -> Discarded:
        """Remove all data, but not the subscribers. Returns the old collections: freeing them at once takes long."""
        discarded: Discarded = [self.messages, self._finished, self.schedules, self.url_groups, self.flow_controls]
        discarded += [*self.related.collections, *self.dead_letters.collections, *self.deduplication.collections]
        discarded += [*self.log.clear(), *self.runs.clear()]
        self.refusals.clear()
        self._reset()
        return discarded

    def _reset(self) -> None:
        user, retention = self.user, self._retention
        self.keys = SigningKeys(user.current_signing_key, user.next_signing_key)
        self.messages: dict[str, Message] = {}
        self.related = RelatedMessages()
        self.dead_letters = DeadLetterQueue(retention)
        self.deduplication = Deduplication(retention.deduplication_ids)
        self.queues: dict[str, Queue] = {}
        self.url_groups: dict[str, UrlGroup] = {}
        self.schedules: dict[str, Schedule] = {}
        self.flow_controls: dict[str, FlowControl] = {}
        self.pending_bytes = self.group_bytes = 0
        self.in_flight = self.later = 0
        self._finished: deque[Message] = deque()
        self._finished_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes that count towards ``max_pending_bytes``: those of undelivered messages, schedules, URL groups, flow
        control keys and workflow runs that have not ended."""
        flow_controls = FLOW_CONTROL_BYTES * len(self.flow_controls)
        return self.pending_bytes + self.group_bytes + self.runs.live_weight + flow_controls

    @property
    def pending(self) -> int:
        """The number of messages that have not ended."""
        return len(self.messages) - len(self._finished)

    def counts(self) -> MessageCounts:
        """The numbers at this moment, in constant time."""
        due = self.pending - self.in_flight - self.later
        return MessageCounts(self.in_flight, due, self.later, len(self.dead_letters), len(self.messages))

    def environment(self, url: str) -> dict[str, str]:
        """The environment variables that an official SDK needs to use the server at this URL as this user."""
        return environment(url, self.user.token, self.keys.current, self.keys.next)

    def flow_control(self, key: str) -> FlowControl:
        """The flow control key, created if it is new. Beyond ``Retention.flow_controls`` an idle one is removed."""
        known = self.flow_controls.get(key)
        if known is not None:
            return known
        if len(self.flow_controls) >= self._retention.flow_controls:
            self._remove_idle_flow_control()
        self.flow_controls[key] = flow_control = FlowControl(key)
        return flow_control

    def accepted(self, message: Message) -> None:
        """Add a new message."""
        self.messages[message.id] = message
        self.pending_bytes += message.weight + MESSAGE_OVERHEAD_BYTES
        if (key := message.flow_control_key) is not None:
            self.flow_control(key).members += 1

    def warn(self, message: Message, warning: Warning, now_ms: int) -> None:
        """Add a warning to a message, its log and its workflow run, unless the message has it already."""
        if warning in message.warnings or len(message.warnings) >= MAX_WARNINGS:
            return
        message.warnings = (*message.warnings, warning)
        self.log.add(message.state, message, now_ms, about=warning)
        if message.run_message is not None:
            self.runs.note(message.run_message.run, warning.text, now_ms)

    def note(self, message: Message, notice: Notice, now_ms: int) -> None:
        """Add a notice to the timeline of a message, and call subscribers."""
        self.log.add_notice(message, notice, now_ms)
        self.tell(Told(now_ms, self.user.id, message.id, message.publication.options.method, message.url, notice))

    def tell(self, told: Told) -> None:
        """Call the subscribers with a notice that stands in no timeline."""
        for subscriber in self.notice_subscribers:
            subscriber(told)

    def log_run(self, run: Run, now_ms: int) -> None:
        """Add the state of a run to the log, at its beginning and its end."""
        first = run.entries[0].message if run.entries else None
        if first is not None:
            self.log.add(first.state, first, now_ms, about=RunChange(run, run.state.value))

    def finished(self, message: Message) -> None:
        """Keep an ended message, and remove the oldest ones beyond the retention."""
        self.pending_bytes -= message.weight + MESSAGE_OVERHEAD_BYTES
        if (key := message.flow_control_key) is not None:
            self._left(self.flow_control(key))
        self._finished.append(message)
        self._finished_bytes += message.weight
        limit = self._retention
        while len(self._finished) > limit.finished_messages or self._finished_bytes > limit.max_bytes:
            oldest = self._finished.popleft()
            self._finished_bytes -= oldest.weight
            del self.messages[oldest.id]
            self.related.forget(oldest.id)

    def put_schedule(self, schedule: Schedule) -> None:
        """Add a schedule, or replace the one with its id. It counts like an undelivered message."""
        old = self.schedules.get(schedule.id)
        self.pending_bytes += schedule.weight - (old.weight if old else 0)
        self.schedules[schedule.id] = schedule

    def remove_schedule(self, id: str) -> None:
        """Remove a schedule, if there is one with this id."""
        schedule = self.schedules.pop(id, None)
        if schedule is not None:
            self.pending_bytes -= schedule.weight

    def put_url_group(self, group: UrlGroup) -> None:
        """Add a URL group, or count the bytes of a changed one again."""
        self.url_groups[group.name] = group
        self.group_bytes -= group.weight
        group.weigh()
        self.group_bytes += group.weight

    def remove_url_group(self, name: str) -> None:
        """Remove a URL group, if there is one with this name."""
        group = self.url_groups.pop(name, None)
        if group is not None:
            self.group_bytes -= group.weight

    def _left(self, flow_control: FlowControl) -> None:
        flow_control.members -= 1
        if len(self.flow_controls) > self._retention.flow_controls and flow_control.idle:
            del self.flow_controls[flow_control.key]

    def _remove_idle_flow_control(self) -> None:
        for _ in range(_MAX_CHECKED):
            oldest = self.flow_controls.pop(next(iter(self.flow_controls)))
            if oldest.idle:
                return
            self.flow_controls[oldest.key] = oldest


def pending_weight(publication: Publication) -> int:
    """About how many bytes one undelivered message of this publication keeps."""
    return publication.weight + MESSAGE_OVERHEAD_BYTES


class Tenants:
    """The data of all users, by token."""

    def __init__(self, retention: Retention) -> None:
        self.by_token = {user.token: Tenant(user, retention) for user in USERS}
        self.by_read_only_token = {tenant.user.read_only_token: tenant for tenant in self.by_token.values()}
        self.unknown = Refusals(retention)  #: refused calls without a valid token
        self.writes = 0  #: number of requests that may have changed something
        # The padding may be percent-encoded in a URL.
        tokens = [token.rstrip("=") for token in (*self.by_token, *self.by_read_only_token)]
        self._any_token = re.compile("|".join(map(re.escape, tokens)))
        # Searched first, because that takes a tenth of the time.
        self._common_prefix = commonprefix(tokens)  # noqa: RUF071  # of characters, not of path segments

    def has_token(self, text: str) -> bool:
        """Whether the text contains the token of a user, read-only ones included."""
        return self._common_prefix in text and self._any_token.search(text) is not None

    def __contains__(self, token: object) -> bool:
        return token in self.by_token or token in self.by_read_only_token

    def of_token(self, token: str) -> Tenant | None:
        """The user of a token, a read-only one included; ``None`` if no user has it."""
        return self.by_token.get(token) or self.by_read_only_token.get(token)

    def count_request(self, method: str) -> None:
        """Count a request in ``writes``, unless its method only reads."""
        self.writes += method not in ("GET", "HEAD")

    def all(self) -> list[Tenant]:
        """All users, the default one first."""
        return list(self.by_token.values())

    def all_refusals(self) -> list[Refusals]:
        """The refused calls of each user, and those without a valid token."""
        return [*(tenant.refusals for tenant in self.all()), self.unknown]
