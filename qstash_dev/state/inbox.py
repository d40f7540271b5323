"""Inboxes: destinations inside the server, which keep what they are sent and answer by script."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.script import Answer

MAX_INBOXES = 1_000
MAX_REQUESTS = 10_000
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
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


@dataclass(slots=True, eq=False)
class Inbox:
    """``forgotten`` counts requests that gave way to later ones. The last answer of the script repeats.
    ``crashes`` holds what functions in the script have raised. ``made`` is the number of the latest request:
    it counts on when the inbox is cleared, so that no two requests have one number. ``changes`` grows with
    whatever happens to the inbox."""

    name: str
    requests: deque[Captured] = field(default_factory=deque)
    forgotten: int = 0
    script: deque[Answer] = field(default_factory=lambda: deque([Answer()]))
    subscribers: list[Callable[[], None]] = field(default_factory=list)
    crashes: list[BaseException] = field(default_factory=list)
    made: int = 0
    changes: int = 0
    _bytes: int = 0

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
        self.changes += 1
        self._bytes += len(request.body)
        while len(self.requests) > MAX_REQUESTS or self._bytes > MAX_BYTES:
            self._bytes -= len(self.requests.popleft().body)
            self.forgotten += 1
        for subscriber in list(self.subscribers):
            subscriber()
        return self.script.popleft() if len(self.script) > 1 else self.script[0]

    def answer_with(self, script: Iterable[Answer]) -> None:
        """Replace the script by these answers, at least one."""
        self.script = deque(script)
        self.changes += 1

    def forget(self) -> None:
        """Forget the requests; the script goes on."""
        self.requests.clear()
        self.crashes.clear()
        self._bytes = self.forgotten = 0
        self.changes += 1

    def clear(self) -> None:
        """Forget the requests and answer 200 again."""
        self.forget()
        self.script = deque([Answer()])


class Inboxes:
    """Inboxes by name, made on first use."""

    def __init__(self) -> None:
        self.all: dict[str, Inbox] = {}

    @property
    def changes(self) -> int:
        """Another number whenever anything has happened to any of them."""
        return len(self.all) + sum(inbox.changes for inbox in self.all.values())

    def named(self, name: str) -> Inbox:
        """The inbox of this name.

        Raises:
            ValueError: it would be one too many.
        """
        if name not in self.all:
            if len(self.all) >= MAX_INBOXES:
                raise ValueError(f"there are {MAX_INBOXES} inboxes already: reset the server or use fewer names")
            self.all[name] = Inbox(name)
        return self.all[name]
