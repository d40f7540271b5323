"""The server as a test holds it, and its twin for coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

from qstash_dev.banner import environment
from qstash_dev.clock import Clock
from qstash_dev.config import QUOTAS, Config
from qstash_dev.state import inbox as inboxes
from qstash_dev.testing import views
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.inbox import Inbox
from qstash_dev.testing.thread import ServerThread, translated
from qstash_dev.testing.verbs import Duration, Moment, Verbs, body_bytes, moment_ms
from qstash_dev.travel import TIMEOUT_S, Progress

Result = TypeVar("Result")
_UNSET: Any = object()


class QStashDev:
    """A QStash server of your own, in a thread of its own, on a free port.

    The clock stands still unless ``real_time``; ``start`` says when, now unless given. Every wait ends after
    ``timeout`` seconds of real time. Use it with ``with``, ``async with``, or ``enterContext`` of unittest.

    Raises:
        QStashDevError: it cannot start.
    """

    def __init__(
        self,
        *,
        start: Moment | None = None,
        real_time: bool = False,
        user: str = "defaultUser",
        quota: str = "payg",
        port: int = 0,
        timeout: float = TIMEOUT_S,
    ) -> None:
        if quota not in QUOTAS:
            raise QStashDevError(f"there is no quota {quota}: use one of {', '.join(QUOTAS)}")
        clock = Clock(None if start is None else moment_ms(start), paused=not real_time)
        config = Config(host="127.0.0.1", port=port, quota=QUOTAS[quota], shutdown_grace_s=0)
        self.timeout = timeout
        self._thread = ServerThread(config, clock)
        try:
            self._verbs = Verbs(self._thread.server, user)
        except QStashDevError:
            self._thread.stop()
            raise
        self.url = self._thread.server.url
        self.env: dict[str, str] = environment(self._verbs.tenant.user, self.url)
        self.token: str = self.env["QSTASH_TOKEN"]
        self.aio = AsyncQStashDev(self)
        self.messages: views.Query[views.Message] = views.Query("messages", self._messages)
        self.dlq: views.Query[views.DeadLetter] = views.Query("dead letters", self._dead_letters)
        self.schedules: views.Query[views.Schedule] = views.Query("schedules", self._schedules)

    @property
    def signing_keys(self) -> tuple[str, str]:
        """The current and the next signing key."""
        keys = self._verbs.tenant.keys
        return self._read(lambda: (keys.current, keys.next))

    @property
    def now(self) -> datetime:
        """The server's time."""
        return views.moment(self._read(self._thread.server.clock.now_ms))

    def inbox(self, name: str = "default") -> Inbox:
        """The inbox of this name: a destination that remembers what it got, and answers by script."""
        if not name or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise QStashDevError(f"{name!r} cannot name an inbox: use letters, digits, '-' and '_'")
        inbox = self._read(lambda: self._thread.server.control.inboxes.named(name))
        return Inbox(self, inbox, f"{self.url}/_dev/inbox/{name}")

    def route(self, pattern: str, to: str) -> None:
        """Deliver what is published to ``pattern`` (``https://myapp.com/*``) at ``to``; signatures keep the
        published URL."""
        self._run(self._verbs.route(pattern, to))

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
    ) -> str:
        """Let delivery attempts to URLs like ``match`` fail; returns the id of the fault.

        ``error`` is ``reset``, ``timeout`` or ``refused``; ``times=None`` means always.
        """
        fields = {
            "match": match,
            "status": status,
            "error": error,
            "latency": latency,
            "times": times,
            "probability": probability,
            "seed": seed,
        }
        return self._run(self._verbs.fault(fields))

    def advance(self, by: Duration, timeout: float | None = None) -> Progress:
        """Travel forward (``"4d"``, seconds or a ``timedelta``), stopping at all that falls due on the way."""
        return self._run(self._verbs.advance(by, self._deadline(timeout)), timeout)

    def advance_to(self, when: Moment, timeout: float | None = None) -> Progress:
        """Travel to a time, stopping at all that falls due on the way."""
        return self._run(self._verbs.advance_to(when, self._deadline(timeout)), timeout)

    def run_all(
        self, *, until: Moment | None = None, max_steps: int = 1_000, timeout: float | None = None
    ) -> Progress:
        """Travel until nothing is left but recurring schedules."""
        return self._run(self._verbs.run_all(until, max_steps, self._deadline(timeout)), timeout)

    def wait_idle(self, timeout: float | None = None) -> Progress:
        """Wait until nothing is in flight and nothing is due now."""
        return self._run(self._verbs.wait_idle(self._deadline(timeout)), timeout)

    def wait_for(self, message_id: str, state: str = "DELIVERED", timeout: float | None = None) -> views.Message:
        """Wait until a message has come to a state."""
        return self._run(self._verbs.wait_for(message_id, state, self._deadline(timeout)), timeout)

    def trigger(self, schedule_id: str) -> list[str]:
        """Fire a schedule now; returns the ids of the messages."""
        return self._run(self._verbs.trigger(schedule_id))

    def deliver_now(self, message_id: str) -> None:
        """Let a message that waits for its delay or its retry be due now."""
        self._run(self._verbs.deliver_now(message_id))

    def replay(
        self,
        message_id: str,
        *,
        body: bytes | str | None = None,
        json: Any = _UNSET,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Publish a message once more, with another body or other ``Upstash-*`` headers; returns the new id."""
        data = body_bytes(body, json, json is not _UNSET)
        return self._run(self._verbs.replay(message_id, data, headers or {}))

    def send(
        self,
        url: str,
        *,
        json: Any = _UNSET,
        body: bytes | str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        key: str = "current",
        claims: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> views.Response:
        """Send one signed request to an application, past the queue.

        ``key`` is ``current``, ``next`` or ``wrong``; ``claims`` replace those of the signature.
        """
        return self._run(self._sending(url, json, body, method, headers, key, claims, timeout), timeout)

    def events(self, message_id: str | None = None) -> list[views.Event]:
        """The event log, of one message or of all, oldest first."""
        log = self._verbs.tenant.log

        def entries() -> list[views.Event]:
            found = log.of_messages((message_id,)) if message_id else log.walk(latest_first=False)
            return [views.event_view(entry) for entry in found]

        return self._read(entries)

    def reset(self) -> None:
        """Forget everything of all users, all inboxes, faults and routes. The clock stays where it is."""
        self._run(self._verbs.reset())

    def pending(self) -> str:
        """What has not come to its end yet, and what it waits for, as text."""
        return self._read(self._verbs.pending)

    def unseen(self, *, allow_dead: bool = False) -> list[str]:
        """What a test should have noticed: errors of functions in scripts, and messages that died while nobody
        looked at the dead letter queue."""

        def found() -> list[str]:
            crashes = [
                f"a function of inbox {inbox.name} raised {error!r}"
                for inbox in self._thread.server.control.inboxes.all.values()
                for error in inbox.crashes
            ]
            letters = [
                f"{letter.message.id} to {letter.message.url} died: {letter.result.error}"
                for tenant in self._thread.server.broker.tenants.all()
                for letter in tenant.dead_letters.walk(latest_first=False)
                if not (letter.seen or allow_dead)
            ]
            return crashes + letters

        return self._read(found)

    def close(self) -> None:
        """Stop the server; nothing of it stays behind."""
        self._thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> AsyncQStashDev:
        return self.aio

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def __repr__(self) -> str:
        return f"<QStashDev {self.url}>"

    def _messages(self) -> list[views.Message]:
        messages = self._verbs.tenant.messages
        return self._read(lambda: [views.message_view(message) for message in messages.values()])

    def _dead_letters(self) -> list[views.DeadLetter]:
        letters = self._verbs.tenant.dead_letters
        return self._read(lambda: [views.dead_letter_view(letter) for letter in letters.walk(latest_first=False)])

    def _schedules(self) -> list[views.Schedule]:
        schedules = self._verbs.tenant.schedules
        return self._read(lambda: [views.schedule_view(schedule) for schedule in schedules.values()])

    def _sending(
        self,
        url: str,
        json: Any,
        body: bytes | str | None,
        method: str,
        headers: Mapping[str, str] | None,
        key: str,
        claims: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> Coroutine[Any, Any, views.Response]:
        given = json is not _UNSET
        data = body_bytes(body, json, given) or b""
        content_type = {"Content-Type": "application/json"} if given else {}
        whole = {**content_type, **(headers or {})}
        return self._verbs.send(url, data, method, whole, key, claims or {}, self._deadline(timeout))

    def _wait_for_inbox(self, inbox: inboxes.Inbox, count: int, timeout: float | None) -> None:
        self._run(self._verbs.wait_for_inbox(inbox, count, self._deadline(timeout)), timeout)

    def _deadline(self, timeout: float | None) -> float:
        return self.timeout if timeout is None else timeout

    def _run(self, work: Coroutine[Any, Any, Result], timeout: float | None = None) -> Result:
        return self._thread.run(work, self._deadline(timeout))

    def _read(self, read: Callable[[], Result]) -> Result:
        async def in_the_loop() -> Result:
            return read()

        return self._run(in_the_loop())


class AsyncQStashDev:
    """The verbs that wait, for coroutines: the loop of the caller runs on meanwhile, and with it the
    application that it may hold."""

    def __init__(self, dev: QStashDev) -> None:
        self.dev = dev

    def __getattr__(self, name: str) -> Any:
        # What does not wait is the same for both.
        return getattr(self.dev, name)

    async def advance(self, by: Duration, timeout: float | None = None) -> Progress:
        """See :meth:`QStashDev.advance`."""
        return await self._await(self.dev._verbs.advance(by, self.dev._deadline(timeout)))

    async def advance_to(self, when: Moment, timeout: float | None = None) -> Progress:
        """See :meth:`QStashDev.advance_to`."""
        return await self._await(self.dev._verbs.advance_to(when, self.dev._deadline(timeout)))

    async def run_all(
        self, *, until: Moment | None = None, max_steps: int = 1_000, timeout: float | None = None
    ) -> Progress:
        """See :meth:`QStashDev.run_all`."""
        return await self._await(self.dev._verbs.run_all(until, max_steps, self.dev._deadline(timeout)))

    async def wait_idle(self, timeout: float | None = None) -> Progress:
        """See :meth:`QStashDev.wait_idle`."""
        return await self._await(self.dev._verbs.wait_idle(self.dev._deadline(timeout)))

    async def wait_for(
        self, message_id: str, state: str = "DELIVERED", timeout: float | None = None
    ) -> views.Message:
        """See :meth:`QStashDev.wait_for`."""
        return await self._await(self.dev._verbs.wait_for(message_id, state, self.dev._deadline(timeout)))

    async def send(
        self,
        url: str,
        *,
        json: Any = _UNSET,
        body: bytes | str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        key: str = "current",
        claims: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> views.Response:
        """See :meth:`QStashDev.send`."""
        return await self._await(self.dev._sending(url, json, body, method, headers, key, claims, timeout))

    async def reset(self) -> None:
        """See :meth:`QStashDev.reset`."""
        await self._await(self.dev._verbs.reset())

    async def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await asyncio.wrap_future(self.dev._thread.submit(work))
        except Exception as error:
            raise translated(error) from None
