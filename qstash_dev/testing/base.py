"""What both faces of a server have: everything that does not wait for anything but a free moment of its thread."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qstash_dev.dev.inboxes import Inbox
from qstash_dev.dev.instants import date_time
from qstash_dev.testing import views
from qstash_dev.testing.arguments import UNSET, Duration, body_bytes
from qstash_dev.testing.bridge import Bridge
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.fault import Fault
from qstash_dev.testing.query import Query
from qstash_dev.testing.run import Run, run_of


class ServerBase:
    """``url`` is where clients reach the server, ``token`` the one they need."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._travel = bridge.server.travel
        self._commands = commands = bridge.commands
        self.url: str = bridge.server.url
        self.token: str = commands.tenant.user.token
        self.messages: Query[views.Message] = Query(views.Message, self._messages, self._saw_messages)
        """The user's messages, ended ones as well."""
        self.dlq: Query[views.DeadLetter] = Query(views.DeadLetter, self._dead_letters, self._saw_letters)
        """The dead letter queue."""
        self.schedules: Query[views.Schedule] = Query(views.Schedule, self._schedules)
        """The schedules."""
        self.queues: Query[views.Queue] = Query(views.Queue, self._queues)
        """The queues."""
        self.runs: Query[Run] = Query(Run, self._runs)
        """The workflow runs."""

    @property
    def timeout(self) -> float:
        """Seconds of real time after which every wait ends."""
        return self._bridge.timeout

    @property
    def signing_keys(self) -> tuple[str, str]:
        """The current and the next signing key."""
        return self._bridge.read(lambda: (self._commands.tenant.keys.current, self._commands.tenant.keys.next))

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that the official SDKs read."""
        return self._bridge.read(lambda: self._commands.tenant.environment(self.url))

    @property
    def now(self) -> datetime:
        """The server's time."""
        return date_time(self._bridge.read(self._bridge.server.clock.now_ms))

    def pause_clock(self) -> None:
        """Let the clock stand still."""
        self._bridge.read(self._travel.pause)

    def run_clock(self, scale: float = 1.0) -> None:
        """Let the clock run from where it is, ``scale`` times as fast as real time.

        Raises:
            QStashDevError: ``scale`` is not a number above zero.
        """
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < float("inf"):
            raise QStashDevError(f"scale={scale!r}: use a number above zero, or pause_clock()")
        self._bridge.read(lambda: self._travel.run(scale))

    def route(self, pattern: str, to: str) -> None:
        """Deliver what is published to ``pattern`` (``https://myapp.com/*``) at ``to``; signatures keep the
        published URL. Later routes win over earlier ones."""
        self._bridge.block(lambda _: self._commands.route(pattern, to))

    def fault(
        self,
        match: str,
        *,
        status: int | None = None,
        error: str | None = None,
        latency: Duration | None = None,
        times: int | None = 1,
        probability: float | None = None,
        seed: int | None = None,
    ) -> Fault:
        """Let delivery attempts to URLs like ``match`` (``*`` stands for anything) fail before they go out.

        ``error`` is ``reset``, ``timeout`` (which comes at once) or ``refused``; ``latency`` is real time;
        ``times=None`` means always; ``probability`` spares the others, by a sequence that ``seed`` determines.

        Raises:
            QStashDevError: naming the field that makes no sense.
        """
        fields: dict[str, Any] = {
            "match": match,
            "status": status,
            "error": error,
            "latency": latency,
            "times": times,
            "probability": probability,
            "seed": seed,
        }
        return Fault(self._bridge, self._bridge.block(lambda _: self._commands.fault(fields)))

    def trigger(self, schedule_id: str) -> list[str]:
        """Fire a schedule now, even if it is paused; returns the ids of the messages."""
        return self._bridge.block(lambda _: self._commands.trigger(schedule_id))

    def deliver_now(self, message_id: str) -> None:
        """Let a message that waits for its delay or its retry be due now."""
        self._bridge.block(lambda _: self._commands.deliver_now(message_id))

    def notify(self, event_id: str, data: Any = None, *, run_id: str | None = None) -> int:
        """Send an event to the workflow runs that wait for it, with ``data`` as JSON; returns how many did.

        With ``run_id`` it is for one run only, which may come to wait for it later.

        Raises:
            QStashDevError: no such run goes on.
        """
        body = b"" if data is None else json_module.dumps(data, separators=(",", ":")).encode()
        return self._bridge.block(lambda _: self._commands.notify(event_id, body, run_id))

    def replay(
        self,
        message_id: str,
        *,
        json: Any = UNSET,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Publish a message once more, with another body or other ``Upstash-*`` headers; returns the new id."""
        data = body_bytes(body, json)
        return self._bridge.block(lambda _: self._commands.replay(message_id, data, headers or {}))

    def events(self, message_id: str | None = None) -> list[views.Event]:
        """The event log, of one message or of all, oldest first."""
        return self._bridge.read(lambda: self._commands.events(message_id))

    def pending(self) -> str:
        """What has not come to its end yet, and what it waits for, as text."""
        return self._bridge.read(self._commands.pending)

    def check(self, *, allow_dead: bool = False) -> None:
        """Find that a test has missed nothing: no function in a script has raised, and no message has died that
        nobody has looked at since, in ``dlq``, in ``messages``, in ``events(id)`` or through the REST API. The
        pytest plugin does this after each test.

        Raises:
            AssertionError: naming what was missed. It is not told twice.
        """
        __tracebackhide__ = True
        crashes, deaths = self._bridge.read(lambda: (self._commands.crashes(), self._commands.deaths()))
        if allow_dead:
            deaths = []
        elif deaths:
            deaths.append("(look at them in dlq or messages, or let them die with allow_dead=True)")
        if crashes or deaths:
            raise AssertionError("\n  ".join(["this was missed:", *crashes, *deaths]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def _named_inbox(self, name: str) -> tuple[Inbox, str]:
        if not isinstance(name, str) or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise QStashDevError(f"{name!r} cannot name an inbox: use letters, digits, '-' and '_'")
        inbox = self._bridge.read(lambda: self._bridge.server.inboxes.named(name))
        return inbox, f"{self.url}/_dev/inbox/{name}"

    def _messages(self) -> list[views.Message]:
        messages = self._commands.tenant.messages
        return self._bridge.read(lambda: [views.message_view(message) for message in messages.values()])

    def _dead_letters(self) -> list[views.DeadLetter]:
        tenant = self._commands.tenant
        return self._bridge.read(
            lambda: [views.dead_letter_view(letter) for letter in tenant.dead_letters.walk(latest_first=False)]
        )

    def _schedules(self) -> list[views.Schedule]:
        tenant = self._commands.tenant
        return self._bridge.read(lambda: [views.schedule_view(one) for one in tenant.schedules.values()])

    def _queues(self) -> list[views.Queue]:
        tenant = self._commands.tenant
        return self._bridge.read(lambda: [views.queue_view(queue) for queue in tenant.queues.values()])

    def _runs(self) -> list[Run]:
        runs = self._commands.tenant.runs
        return self._bridge.read(lambda: [run_of(run) for run in reversed(list(runs.newest_first()))])

    def _saw_messages(self, messages: list[views.Message]) -> None:
        ids = {message.id for message in messages}
        self._bridge.read(lambda: self._commands.saw_deaths_of(ids))

    def _saw_letters(self, letters: list[views.DeadLetter]) -> None:
        ids = {letter.message_id for letter in letters}
        self._bridge.read(lambda: self._commands.saw_deaths_of(ids))
