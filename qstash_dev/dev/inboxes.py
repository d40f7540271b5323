"""Inboxes: destinations inside the server that record requests and answer by a script."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from qstash_dev.config import Retention
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.script import Answer
from qstash_dev.protocol.weight import json_weight, pairs_weight

MAX_INBOXES = 1_000
MAX_CRASHES = 100


class Captured(Struct, frozen=True, eq=False):
    at_ms: int  #: unix milliseconds, by the clock of the server
    method: str
    target: str  #: the raw path and query after the name of the inbox
    headers: Headers
    body: bytes
    signature_error: str | None  #: why the signature is not valid, ``None`` if it is
    claims: dict[str, Any]  #: those of the signature

    @property
    def weight(self) -> int:
        """Bytes of the whole request."""
        return len(self.body) + len(self.target) + pairs_weight(self.headers) + json_weight(self.claims)


class Tally(Struct):
    """Totals of all inboxes of a server."""

    bytes: int = 0  #: of requests and scripts
    script_bytes: int = 0
    changes: int = 0  #: how often an inbox has changed


class Inbox(Struct, eq=False):
    name: str
    requests: deque[Captured] = field(default_factory=deque)  #: oldest first
    forgotten: int = 0  #: how many requests were deleted because of the limits
    script: deque[Answer] = field(default_factory=lambda: deque([Answer()]))  #: the last answer repeats
    subscribers: list[Callable[[], None]] = field(default_factory=list)  #: called after each request
    crashes: list[BaseException] = field(default_factory=list)  #: the first ``MAX_CRASHES`` errors of the script
    made: int = 0  #: the number of the latest request, which goes on rising when the inbox is cleared
    limits: Retention = field(default_factory=Retention)  #: of this inbox
    tally: Tally = field(default_factory=Tally)  #: of all inboxes
    weight: int = 0  #: bytes of the requests

    @property
    def received(self) -> int:
        """How many requests came, deleted ones included."""
        return len(self.requests) + self.forgotten

    @property
    def first(self) -> int:
        """The number of the oldest request in ``requests``, or that of the next one if there is none."""
        return self.made - len(self.requests) + 1

    def capture(self, request: Captured) -> Answer:
        """Record a request; returns the answer to send."""
        self.requests.append(request)
        self.made += 1
        self.tally.changes += 1
        self._weigh(request.weight)
        while len(self.requests) > self.limits.inbox_requests or self.weight > self.limits.inbox_bytes:
            self.forget_oldest()
        for subscriber in list(self.subscribers):
            subscriber()
        return self._next_answer()

    def forget_oldest(self) -> None:
        """Delete the oldest request because of a limit."""
        self._weigh(-self.requests.popleft().weight)
        self.forgotten += 1

    def answer_with(self, script: Iterable[Answer]) -> None:
        """Replace the script by these answers, at least one.

        Raises ValueError: the scripts of all inboxes would exceed ``limits.max_bytes``.
        """
        answers = deque(script)
        change = _script_weight(answers) - _script_weight(self.script)
        if change > 0 and self.tally.script_bytes + change > self.limits.max_bytes:
            raise ValueError(f"the scripts of all inboxes may take up {self.limits.max_bytes} bytes together")
        self.script = answers
        self._weigh_script(change)
        self.tally.changes += 1

    def crashed(self, error: BaseException) -> None:
        """Record an error that a function of the script has raised."""
        if len(self.crashes) < MAX_CRASHES:
            self.crashes.append(error)

    def forget(self) -> deque[Captured]:
        """Delete the requests and return them; the script goes on."""
        requests, self.requests = self.requests, deque()
        self.crashes.clear()
        self._weigh(-self.weight)
        self.forgotten = 0
        self.tally.changes += 1
        return requests

    def clear(self) -> deque[Captured]:
        """Delete the requests and return them; replace the script by one answer, 200."""
        self.answer_with([Answer()])
        return self.forget()

    def _next_answer(self) -> Answer:
        if len(self.script) == 1:
            return self.script[0]
        answer = self.script.popleft()
        self._weigh_script(-answer.weight)
        return answer

    def _weigh(self, change: int) -> None:
        self.weight += change
        self.tally.bytes += change

    def _weigh_script(self, change: int) -> None:
        self.tally.script_bytes += change
        self.tally.bytes += change


class Inboxes:
    """All inboxes by name, created at their first use. Together they hold at most ``limits.max_bytes``."""

    def __init__(self, limits: Retention) -> None:
        self.all: dict[str, Inbox] = {}
        self._limits = limits
        self._tally = Tally()

    @property
    def changes(self) -> int:
        """A number that rises with each change of an inbox."""
        return len(self.all) + self._tally.changes

    @property
    def weight(self) -> int:
        """Bytes of all inboxes."""
        return self._tally.bytes

    def make_room(self) -> None:
        """While all inboxes together exceed the limit, delete the oldest request of the largest."""
        while self.weight > self._limits.max_bytes:
            fullest = max(self.all.values(), key=lambda inbox: inbox.weight)
            if not fullest.requests:
                return
            fullest.forget_oldest()

    def named(self, name: str) -> Inbox:
        """The inbox of this name, created if there is none.

        Raises ValueError: there are ``MAX_INBOXES`` already.
        """
        if name not in self.all:
            if len(self.all) >= MAX_INBOXES:
                raise ValueError(f"there are {MAX_INBOXES} inboxes already: reset the server or use fewer names")
            self.all[name] = Inbox(name, limits=self._limits, tally=self._tally)
        return self.all[name]


def _script_weight(script: Iterable[Answer]) -> int:
    return sum(answer.weight for answer in script)


async def wait_for(inbox: Inbox, count: int, timeout_s: float) -> None:
    """Wait until the inbox has received ``count`` requests.

    Raises TimeoutError: it has not within ``timeout_s`` seconds of real time; the text says how many came.
    """
    arrived = asyncio.Event()
    inbox.subscribers.append(arrived.set)
    try:
        async with asyncio.timeout(timeout_s):
            while inbox.received < count:
                arrived.clear()
                await arrived.wait()
    except TimeoutError:
        text = f"inbox {inbox.name} received {inbox.received} of {count} requests within {timeout_s:g} s"
        raise TimeoutError(text) from None
    finally:
        inbox.subscribers.remove(arrived.set)
