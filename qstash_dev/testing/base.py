"""The methods that :class:`QStashDev` and :class:`AsyncQStashDev` share: those that do not wait for deliveries."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from qstash_dev.dev.inboxes import Inbox
from qstash_dev.dev.instants import date_time
from qstash_dev.explain.verdict import Verdict
from qstash_dev.protocol.mapping import Side, parse_mapping
from qstash_dev.testing import views
from qstash_dev.testing.arguments import UNSET, Duration, above_zero, body_bytes
from qstash_dev.testing.bridge import Bridge
from qstash_dev.testing.commands import Explained
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.fault import Fault
from qstash_dev.testing.query import Query
from qstash_dev.testing.run import Run, run_of

Item = TypeVar("Item")
Kept = TypeVar("Kept")


class ServerBase:
    """``url`` is the ``QSTASH_URL`` of clients, ``token`` their ``QSTASH_TOKEN``."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._travel = bridge.server.travel
        self._commands = commands = bridge.commands
        self.url: str = bridge.server.url
        tenant = commands.tenant
        self.token: str = tenant.user.token
        self.messages = Query(
            views.Message, self._all(views.message_view, lambda: tenant.messages.values()), self._saw
        )
        """The messages of the user, also those that have ended."""
        letters = self._all(views.dead_letter_view, lambda: tenant.dead_letters.walk(latest_first=False))
        self.dlq = Query(views.DeadLetter, letters, self._saw)
        """The dead letter queue."""
        self.schedules = Query(views.Schedule, self._all(views.schedule_view, lambda: tenant.schedules.values()))
        """The schedules."""
        self.queues = Query(views.Queue, self._all(views.queue_view, lambda: tenant.queues.values()))
        """The queues."""
        self.runs = Query(Run, self._all(run_of, lambda: reversed(list(tenant.runs.newest_first()))))
        """The workflow runs."""
        self.refusals: Query[views.Refusal] = Query(views.Refusal, self._refusals)
        """The API calls that were refused: those of every user, and those without a valid token."""

    @property
    def timeout(self) -> float:
        """The time limit of each call, in seconds of real time."""
        return self._bridge.timeout

    @property
    def signing_keys(self) -> tuple[str, str]:
        """The current and the next signing key of the user."""
        return self._bridge.read(lambda: (self._commands.tenant.keys.current, self._commands.tenant.keys.next))

    @property
    def env(self) -> dict[str, str]:
        """The environment variables of the official SDKs: URL, token and signing keys."""
        return self._bridge.read(lambda: self._commands.tenant.environment(self.url))

    @property
    def now(self) -> datetime:
        """The time of the server's clock, in UTC."""
        return date_time(self._bridge.read(self._bridge.server.clock.now_ms))

    def pause_clock(self) -> None:
        """Stop the clock."""
        self._bridge.read(self._travel.pause)

    def run_clock(self, scale: float = 1.0) -> None:
        """Start the clock from the time that it shows, ``scale`` times as fast as real time.

        Raises QStashDevError: ``scale`` is not a number above zero.
        """
        above_zero("scale", scale, "a number above zero, or pause_clock()")
        self._bridge.read(lambda: self._travel.run(scale))

    def route(self, pattern: str, to: str, *, host: str = Side.TARGET, sign: str = Side.PUBLISHED) -> None:
        """Call ``to`` for messages to ``pattern``, such as ``https://myapp.com/*``; the latest route that matches is
        used. ``host`` is ``target`` or ``published``: whose host the header ``Host`` has; ``sign``: which URL the
        signature has.

        Raises QStashDevError: an argument is no URL or no such word, or there are 1,000 routes already.
        """

        if not {host, sign} <= set(Side):
            raise QStashDevError(f"host={host!r}, sign={sign!r}: use {' or '.join(Side)} for each")
        text, sides = f"{pattern}={to}", (Side(host), Side(sign))
        self._bridge.read(lambda: self._bridge.server.mappings.add(parse_mapping(text, *sides)))

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
        """Make delivery attempts fail whose URL matches ``match``, in which ``*`` matches any characters.

        ``status`` is the HTTP status of the attempt, which is not sent to the destination. ``error`` is ``reset``,
        ``refused`` or ``timeout`` (without waiting). ``latency`` delays the attempt in real time. The fault applies
        to ``times`` attempts, or to all with ``None``; with a ``probability``, to that part of them, and the same
        ``seed`` chooses the same ones again.

        Raises QStashDevError: an argument has an invalid value.
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
        """Publish a run of a schedule now, even if it is paused; returns the ids of its messages.

        Raises QStashDevError: there is no such schedule, or it cannot publish now.
        """
        return self._bridge.block(lambda _: self._commands.trigger(schedule_id))

    def deliver_now(self, message_id: str) -> None:
        """Make a message due now that waits for its delay or its retry.

        Raises QStashDevError: there is no such message, or it does not wait for a time.
        """
        self._bridge.block(lambda _: self._commands.deliver_now(message_id))

    def abort(self, message_id: str) -> None:
        """End the call of a message in flight, as if it had failed: the message is retried like after any failure.

        Raises QStashDevError: there is no such message, or it is not in flight.
        """
        self._bridge.block(lambda _: self._commands.abort(message_id))

    def cancel(self, message_id: str, *, abort: bool = False) -> None:
        """Cancel a message. One in flight is cancelled if its attempt fails, and with ``abort`` at once.

        Raises QStashDevError: there is no such message, or it has ended.
        """
        self._bridge.block(lambda _: self._commands.cancel(message_id, abort))

    def cancel_run(self, run_id: str, *, abort: bool = False) -> None:
        """Cancel a workflow run; with ``abort`` its calls in flight are aborted, which otherwise go on.

        Raises QStashDevError: there is no such run, or it has ended.
        """
        self._bridge.block(lambda _: self._commands.cancel_run(run_id, abort))

    def stop_travel(self) -> bool:
        """Stop the time travel of another thread or task at the stop that it has reached: it returns a ``Progress``
        that is ``stopped``. Returns whether one was going on."""
        return self._bridge.read(self._travel.stop_travel) is not None

    def notify(self, event_id: str, data: Any = None, *, run_id: str | None = None) -> int:
        """Send an event to the workflow runs that wait for it, with ``data`` as JSON; returns the number of runs.

        With ``run_id`` the event is for this run only, which may begin to wait for it later.

        Raises QStashDevError: there is no such run, or it has ended.
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
        """Publish a message again, with another body or other ``Upstash-*`` headers if given; returns the new id.

        Raises QStashDevError: there is no such message, or a header has an invalid value.
        """
        data = body_bytes(body, json)
        return self._bridge.block(lambda _: self._commands.replay(message_id, data, headers or {}))

    def events(self, message_id: str | None = None) -> list[views.Event]:
        """The events of one message or of all, oldest first.

        Raises QStashDevError: there is no such message.
        """
        return self._bridge.read(lambda: self._commands.events(message_id))

    def pending(self) -> str:
        """A text that lists the messages and runs that have not ended, and what each waits for."""
        return self._bridge.read(self._commands.pending)

    def why(self, what: Explained, *, kind: str | None = None) -> Verdict:
        """Why a message, a run, a schedule, a queue, a dead letter or a flow control key is as it is: its state in a
        sentence, what comes next, and what would unblock it. ``str()`` of it is the sentence.

        ``what`` is the thing, its id, or the name of a queue or of a flow control key. An id is looked for in this
        order, or as ``kind`` alone, such as ``flow-control``.

        Raises QStashDevError: there is no such thing.
        """
        return self._bridge.read(lambda: self._commands.why(what, kind))

    def verdicts(self) -> list[str]:
        """The verdicts on runs that have not ended and on dead letters, a line each, at most 10 of each."""
        return self._bridge.read(self._commands.verdicts)

    def check(self, *, allow_dead: bool = False) -> None:
        """Check that the test has looked at all errors. The pytest plugin calls this after each test.

        Errors are those that functions in scripts of inboxes raise, and, unless ``allow_dead``, messages in the dead
        letter queue that were not read in ``dlq``, in ``messages``, in ``events(id)`` or with the REST API.

        Raises AssertionError: the text lists the errors; each is reported once.
        """
        __tracebackhide__ = True
        crashes, deaths = self._bridge.read(lambda: (self._commands.crashes(), self._commands.deaths()))
        if allow_dead:
            deaths = []
        elif deaths:
            deaths.append("(look at them in dlq or messages, or allow them with allow_dead=True)")
        if crashes or deaths:
            raise AssertionError("\n  ".join(["errors that the test did not look at:", *crashes, *deaths]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def _named_inbox(self, name: str) -> tuple[Inbox, str]:
        if not isinstance(name, str) or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise QStashDevError(f"{name!r} cannot name an inbox: use letters, digits, '-' and '_'")
        inbox = self._bridge.read(lambda: self._bridge.server.inboxes.named(name))
        return inbox, f"{self.url}/_dev/inbox/{name}"

    def _all(self, view: Callable[[Kept], Item], kept: Callable[[], Iterable[Kept]]) -> Callable[[], list[Item]]:
        return lambda: self._bridge.read(lambda: list(map(view, kept())))

    def _refusals(self) -> list[views.Refusal]:
        lists = self._bridge.server.broker.tenants.all_refusals()
        found = self._bridge.read(lambda: [views.refusal_view(one) for some in lists for one in some.newest_first()])
        return sorted(reversed(found), key=lambda one: one.last_time)

    def _saw(self, found: list[views.Message] | list[views.DeadLetter]) -> None:
        ids = {one.message_id if isinstance(one, views.DeadLetter) else one.id for one in found}
        self._bridge.read(lambda: self._commands.saw_deaths_of(ids))
