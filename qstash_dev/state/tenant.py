"""One user's whole world as one object, and the four users that every server has."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import deque
from os.path import commonprefix
from typing import Any, NamedTuple

from qstash_dev.config import Retention
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.warning import Warning
from qstash_dev.state.dead_letters import DeadLetterQueue
from qstash_dev.state.deduplication import Deduplication
from qstash_dev.state.event_log import EventLog
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Queue
from qstash_dev.state.related_messages import RelatedMessages
from qstash_dev.state.run import Run
from qstash_dev.state.runs import Runs
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.signing_keys import SigningKeys
from qstash_dev.state.url_group import UrlGroup

MESSAGE_OVERHEAD_BYTES = 1_024
FLOW_CONTROL_BYTES = 1_280
MAX_WARNINGS = 20
_LOOKS = 3


Remains = list[dict[Any, Any] | deque[Any]]
"""Collections that nobody needs any more."""


class User(NamedTuple):
    """A predefined user. Tokens and keys are those of the QStash docs (howto/local-development), bit for bit:
    the JavaScript SDK compares them before it adopts a running server."""

    id: str
    password: str
    current_signing_key: str
    next_signing_key: str

    @property
    def token(self) -> str:
        """The bearer token: base64 of the user's id and password as JSON."""
        return self._token(self.password)

    @property
    def read_only_token(self) -> str:
        """A token that may look but not touch. Hosted QStash has such tokens, but documents no form for them."""
        return self._token("readOnly")

    def _token(self, password: str) -> str:
        fields = {"UserID": self.id, "Password": password}
        return b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode("ascii")


USERS = (
    User(
        "defaultUser",
        "defaultPassword",
        "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
        "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
    ),
    User("testUser1", "testPassword", "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM", "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua"),
    User("testUser2", "testPassword", "sig_6jWGaWRxHsw4vMSPJprXadyvrybF", "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx"),
    User("testUser3", "testPassword", "sig_5T8FcSsynBjn9mMLBsXhpacRovJf", "sig_7GFR4YaDshFcqsxWRZpRB161jguD"),
)


class Tenant:
    """Everything that belongs to one user. Nothing outside can name another user's things."""

    def __init__(self, user: User, retention: Retention) -> None:
        self.user = user
        self.log = EventLog(retention)
        self.runs = Runs(retention)
        self._retention = retention
        self._begin()

    def clear(self) -> Remains:
        """Back to the state of a fresh server. Whoever watches the log keeps watching.

        The large collections of before are returned, for whoever wants to let go of them little by little.
        """
        kept: Remains = [self.messages, self._finished, self.schedules, self.url_groups, self.flow_controls]
        remains: Remains = [*kept, *self.related.remains, *self.dead_letters.remains, *self.deduplication.remains]
        remains += [*self.log.clear(), *self.runs.clear()]
        self._begin()
        return remains

    def _begin(self) -> None:
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
        """Bytes of all that one user may only have so much of: undelivered messages and running workflows, schedules,
        URL groups and flow control keys."""
        flow_controls = FLOW_CONTROL_BYTES * len(self.flow_controls)
        return self.pending_bytes + self.group_bytes + self.runs.live_weight + flow_controls

    @property
    def pending(self) -> int:
        """How many messages have not ended."""
        return len(self.messages) - len(self._finished)

    def environment(self, url: str) -> dict[str, str]:
        """The four variables that point any official SDK at a server as this user, with the signing keys in force."""
        return {
            "QSTASH_URL": url,
            "QSTASH_TOKEN": self.user.token,
            "QSTASH_CURRENT_SIGNING_KEY": self.keys.current,
            "QSTASH_NEXT_SIGNING_KEY": self.keys.next,
        }

    def flow_control(self, key: str) -> FlowControl:
        """The state of a flow control key, made on first use and readable from then on.

        Keys are the clients' own invention, so beyond ``Retention.flow_controls`` an idle one gives way.
        """
        known = self.flow_controls.get(key)
        if known is not None:
            return known
        if len(self.flow_controls) >= self._retention.flow_controls:
            self._forget_a_flow_control()
        self.flow_controls[key] = flow_control = FlowControl(key)
        return flow_control

    def accepted(self, message: Message) -> None:
        """Take a new message in."""
        self.messages[message.id] = message
        self.pending_bytes += pending_weight(message.publication)
        if (key := message.flow_control_key) is not None:
            self.flow_control(key).members += 1

    def warn(self, message: Message, warning: Warning, now_ms: int) -> None:
        """Tell whoever looks at the message, or at its workflow run, what is odd about it; the same only once."""
        if warning in message.warnings or len(message.warnings) >= MAX_WARNINGS:
            return
        message.warnings = (*message.warnings, warning)
        self.log.add(message.state, message, now_ms, about=warning)
        if message.run_message is not None:
            self.runs.note(message.run_message.run, warning.text, now_ms)

    def log_run(self, run: Run, now_ms: int) -> None:
        """Record what a run came to: its beginning or its end."""
        first = run.entries[0].message if run.entries else None
        if first is not None:
            self.log.add(first.state, first, now_ms, of_run=(run, run.state.value))

    def finished(self, message: Message) -> None:
        """Keep an ended message readable for a while: the oldest beyond the retention are forgotten."""
        self.pending_bytes -= pending_weight(message.publication)
        if (key := message.flow_control_key) is not None:
            self._left(self.flow_control(key))
        self._finished.append(message)
        self._finished_bytes += message.publication.weight
        limit = self._retention
        while len(self._finished) > limit.finished_messages or self._finished_bytes > limit.max_bytes:
            oldest = self._finished.popleft()
            self._finished_bytes -= oldest.publication.weight
            del self.messages[oldest.id]
            self.related.forget(oldest.id)

    def scheduled(self, schedule: Schedule) -> None:
        """Take a schedule in, in the place of the one with its id; it counts as an undelivered message does."""
        old = self.schedules.get(schedule.id)
        self.pending_bytes += schedule.weight - (old.weight if old else 0)
        self.schedules[schedule.id] = schedule

    def unscheduled(self, id: str) -> None:
        """Forget a schedule, if there is one."""
        schedule = self.schedules.pop(id, None)
        if schedule is not None:
            self.pending_bytes -= schedule.weight

    def grouped(self, group: UrlGroup) -> None:
        """Take a URL group in, or take notice that it has changed."""
        self.url_groups[group.name] = group
        self.group_bytes -= group.weight
        group.weigh()
        self.group_bytes += group.weight

    def ungrouped(self, name: str) -> None:
        """Forget a URL group, if there is one."""
        group = self.url_groups.pop(name, None)
        if group is not None:
            self.group_bytes -= group.weight

    def _left(self, flow_control: FlowControl) -> None:
        flow_control.members -= 1
        if len(self.flow_controls) > self._retention.flow_controls and flow_control.idle:
            del self.flow_controls[flow_control.key]

    def _forget_a_flow_control(self) -> None:
        for _ in range(_LOOKS):
            oldest = self.flow_controls.pop(next(iter(self.flow_controls)))
            if oldest.idle:
                return
            self.flow_controls[oldest.key] = oldest


def pending_weight(publication: Publication) -> int:
    """About how many bytes each undelivered message of this publication holds."""
    return publication.weight + MESSAGE_OVERHEAD_BYTES


class Tenants:
    """The users by token."""

    def __init__(self, retention: Retention) -> None:
        self.by_token = {user.token: Tenant(user, retention) for user in USERS}
        self.by_read_only_token = {tenant.user.read_only_token: tenant for tenant in self.by_token.values()}
        self.touches = 0
        # The padding may be percent-encoded, as in the address of a page.
        tokens = [token.rstrip("=") for token in (*self.by_token, *self.by_read_only_token)]
        self._any_token = re.compile("|".join(map(re.escape, tokens)))
        # What they all begin with is looked for first, in a tenth of the time.
        self._beginning = commonprefix(tokens)  # noqa: RUF071  # character by character is what is meant

    def has_token(self, text: str) -> bool:
        """Whether a token of any user is in the text, read-only ones included."""
        return self._beginning in text and self._any_token.search(text) is not None

    def touched(self, method: str) -> None:
        """Somebody has called: ``touches`` counts the calls that may have changed something, be it no message."""
        self.touches += method not in ("GET", "HEAD")

    def all(self) -> list[Tenant]:
        """Every user, the default one first."""
        return list(self.by_token.values())
