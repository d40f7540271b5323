"""Inboxes: destinations inside the server, which keep what they are sent and answer by script."""

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
    """One request; ``target`` is the raw path and query after the name of the inbox. ``signature_error`` says
    why the signature is not valid, ``None`` that it is."""

    at_ms: int
    method: str
    target: str
    headers: Headers
    body: bytes
    signature_error: str | None
    claims: dict[str, Any]

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    @property
    def weight(self) -> int:
        """Bytes of all that came."""
        return len(self.body) + len(self.target) + pairs_weight(self.headers) + json_weight(self.claims)


class Tally(Struct):
    """What all inboxes hold together, scripts included, and how often any of them has changed."""

    bytes: int = 0
    script_bytes: int = 0
    changes: int = 0


class Inbox(Struct, eq=False):
    """``forgotten`` counts requests that gave way to later ones. The last answer of the script repeats.
    ``crashes`` holds the first ``MAX_CRASHES`` that functions in the script have raised. ``made`` is the number of
    the latest request: it counts on when the inbox is cleared, so that no two requests have one number. ``limits``
    are for one inbox, ``tally`` is that of all."""

    name: str
    requests: deque[Captured] = field(default_factory=deque)
    forgotten: int = 0
    script: deque[Answer] = field(default_factory=lambda: deque([Answer()]))
    subscribers: list[Callable[[], None]] = field(default_factory=list)
    crashes: list[BaseException] = field(default_factory=list)
    made: int = 0
    limits: Retention = field(default_factory=Retention)
    tally: Tally = field(default_factory=Tally)
    weight: int = 0
    """Bytes of the requests."""

    @property
    def received(self) -> int:
        """All requests that ever came."""
        return len(self.requests) + self.forgotten

    @property
    def first(self) -> int:
        """The number of the oldest request that is kept; that of the next one if there is none."""
        return self.made - len(self.requests) + 1

    def capture(self, request: Captured) -> Answer:
        """Keep a request and say what to answer."""
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
        """Forget the oldest request, to make room for others."""
        self._weigh(-self.requests.popleft().weight)
        self.forgotten += 1

    def answer_with(self, script: Iterable[Answer]) -> None:
        """Replace the script by these answers, at least one.

        Raises:
            ValueError: the scripts of all inboxes would take up too much.
        """
        answers = deque(script)
        change = _script_weight(answers) - _script_weight(self.script)
        if change > 0 and self.tally.script_bytes + change > self.limits.max_bytes:
            raise ValueError(f"the scripts of all inboxes may take up {self.limits.max_bytes} bytes together")
        self.script = answers
        self._weigh_script(change)
        self.tally.changes += 1

    def crashed(self, error: BaseException) -> None:
        """A function of the script has failed."""
        if len(self.crashes) < MAX_CRASHES:
            self.crashes.append(error)

    def forget(self) -> deque[Captured]:
        """Forget the requests, which are returned; the script goes on."""
        requests, self.requests = self.requests, deque()
        self.crashes.clear()
        self._weigh(-self.weight)
        self.forgotten = 0
        self.tally.changes += 1
        return requests

    def clear(self) -> deque[Captured]:
        """Forget the requests, which are returned, and answer 200 again."""
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
    """Inboxes by name, made on first use. Together they hold no more than the limit for any collection."""

    def __init__(self, limits: Retention) -> None:
        self.all: dict[str, Inbox] = {}
        self._limits = limits
        self._tally = Tally()

    @property
    def changes(self) -> int:
        """Another number whenever anything has happened to any of them."""
        return len(self.all) + self._tally.changes

    @property
    def weight(self) -> int:
        """Bytes that all of them hold."""
        return self._tally.bytes

    def make_room(self) -> None:
        """Where there is too much in all of them, let the fullest forget its oldest requests."""
        while self.weight > self._limits.max_bytes:
            fullest = max(self.all.values(), key=lambda inbox: inbox.weight)
            if not fullest.requests:
                return
            fullest.forget_oldest()

    def named(self, name: str) -> Inbox:
        """The inbox of this name.

        Raises:
            ValueError: it would be one too many.
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

    Raises:
        TimeoutError: after ``timeout_s`` seconds of real time; the text says how many there were.
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
