"""The server as a test holds it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self

from qstash_dev.clock import Clock
from qstash_dev.config import QUOTAS, Config
from qstash_dev.dev.time_travel import TIMEOUT_S, Progress
from qstash_dev.testing import views
from qstash_dev.testing.arguments import UNSET, Duration, Moment, duration_ms, moment_ms
from qstash_dev.testing.async_server import AsyncQStashDev
from qstash_dev.testing.base import ServerBase
from qstash_dev.testing.bridge import Bridge
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.inbox import Inbox
from qstash_dev.testing.sending import Key, request, send


class QStashDev(ServerBase):
    """A QStash server of your own, in a thread of its own, on a free port.

    The clock stands still unless ``real_time``; ``start`` says when, now unless given. Every wait ends after
    ``timeout`` seconds of real time. ``user`` is one of the four predefined ones, ``quota`` is ``free``, ``payg`` or
    ``pro``.
    Use it with ``with``, with ``async with``, which gives the twin for coroutines, or with ``enterContext`` of
    unittest. May be used from several threads.

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
        clock = Clock(None if start is None else moment_ms(start), paused=not real_time, steady=True)
        config = Config(host="127.0.0.1", port=port, quota=QUOTAS[quota], shutdown_grace_s=0)
        super().__init__(Bridge(config, clock, user, timeout))
        self.aio = AsyncQStashDev(self._bridge)
        """The same server for coroutines."""

    def inbox(self, name: str = "default") -> Inbox:
        """The inbox of this name: a destination that remembers what it got, and answers by script."""
        return Inbox(self._bridge, *self._named_inbox(name))

    def advance(self, by: Duration, timeout: float | None = None) -> Progress:
        """Travel forward (``"4d"``, seconds or a ``timedelta``), stopping at all that falls due on the way.

        Raises:
            QStashDevTimeout: a destination did not answer in time, or the journey has no end; the text tells
                which message or schedule it is about. The clock stands where that happened.
            QStashDevError: the duration is negative or cannot be read.
        """
        return self._bridge.block(lambda limit_s: self._travel.by(duration_ms(by), timeout_s=limit_s), timeout)

    def advance_to(self, when: Moment, timeout: float | None = None) -> Progress:
        """Travel to a time; raises what :meth:`advance` raises."""
        return self._bridge.block(lambda limit_s: self._commands.advance_to(when, limit_s), timeout)

    def next(self, timeout: float | None = None) -> Progress:
        """Travel to whatever is due next, if anything is; raises what :meth:`advance` raises."""
        return self._bridge.block(lambda limit_s: self._travel.next(timeout_s=limit_s), timeout)

    def run_all(
        self, *, until: Moment | None = None, max_steps: int = 1_000, timeout: float | None = None
    ) -> Progress:
        """Travel until nothing is left but recurring schedules; raises what :meth:`advance` raises."""
        until_ms = None if until is None else moment_ms(until)
        return self._bridge.block(
            lambda limit_s: self._travel.run_all(until_ms, max_steps=max_steps, timeout_s=limit_s), timeout
        )

    def wait_idle(self, timeout: float | None = None) -> Progress:
        """Wait until nothing is in flight and nothing is due now.

        Raises:
            QStashDevTimeout: it did not come to rest; the text lists what is still busy.
        """
        return self._bridge.block(self._travel.idle, timeout)

    def wait_for(self, message_id: str, state: str = "DELIVERED", timeout: float | None = None) -> views.Message:
        """Wait in real time until a message has come to a state.

        Raises:
            QStashDevTimeout: it did not in time; the text lists what is pending.
            QStashDevError: it has ended otherwise, or there is no such message or state.
        """
        return self._bridge.block(lambda limit_s: self._commands.wait_for(message_id, state, limit_s), timeout)

    def send(
        self,
        url: str,
        json: Any = UNSET,
        *,
        body: bytes | str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        key: Key = "current",
        claims: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> views.Response:
        """Send one signed request to an application, past the queue, and return its answer.

        ``key`` is ``current``, ``next``, ``wrong`` or ``none`` for no signature at all; ``claims`` replace those
        of the signature, and ``None`` leaves one out. Routes apply, faults do not.

        Raises:
            QStashDevError: there was no answer.
        """
        signed = request(url, json, body, method, headers or {}, key, claims or {})
        return self._bridge.block(
            lambda limit_s: send(self._bridge.server, self._commands.tenant, signed, limit_s), timeout
        )

    def reset(self) -> None:
        """Forget everything of all users, all inboxes, faults and routes. The clock stays where it is."""
        self._bridge.block(lambda _: self._bridge.server.reset.all())

    def close(self) -> None:
        """Stop the server; nothing of it stays behind. What is in flight is cut off."""
        self._bridge.thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> AsyncQStashDev:
        return self.aio

    async def __aexit__(self, *_: object) -> None:
        await self.aio.close()

    def __del__(self) -> None:
        # Without this a server that nobody closes would go on for as long as the process does.
        bridge: Bridge | None = getattr(self, "_bridge", None)
        if bridge is not None and bridge.thread.is_running:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            bridge.thread.ask_to_stop()
