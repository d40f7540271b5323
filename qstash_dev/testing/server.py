"""The server of the test kit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self

from qstash_dev.clock import Clock
from qstash_dev.config import QUOTAS, Config
from qstash_dev.dev.time_travel import TIMEOUT_S, Progress
from qstash_dev.testing import views
from qstash_dev.testing.arguments import UNSET, Duration, Moment, duration_ms, moment_ms, patience_s
from qstash_dev.testing.base import ServerBase
from qstash_dev.testing.bridge import Bridge, Result, Verb, awaited
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.inbox import AsyncInbox, Inbox
from qstash_dev.testing.sending import Key, send


class QStashDev(ServerBase):
    """A QStash server in its own thread. It may be used from several threads.

    ``start`` is the time of its clock, now by default; the clock is stopped unless ``real_time``. ``user`` is one of
    the four predefined users, ``quota`` is ``free``, ``payg`` or ``pro``, and ``port`` 0 means a free port.
    ``timeout`` is the time limit of each call, in seconds of real time.
    Use it in ``with``, in ``async with``, which returns an :class:`AsyncQStashDev`, or with ``enterContext`` of
    unittest.

    Raises QStashDevError: an argument has an invalid value, or the server cannot start.
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
        """The inbox with this name: a destination that records requests and answers by a script.

        Raises QStashDevError: the name has other characters than letters, digits, ``-`` and ``_``.
        """
        return Inbox(self._bridge, *self._named_inbox(name))

    def advance(self, by: Duration, timeout: float | None = None, *, abort_after: float | None = None) -> Progress:
        """Move the clock forward by ``"4d"``, a number of seconds or a ``timedelta``, and deliver all that falls due
        in between, at its time. Calls that have taken ``abort_after`` seconds of real time are aborted, see
        :meth:`abort`. Another thread may stop it with :meth:`stop_travel`.

        Raises:
            QStashDevTimeout: a destination has not answered within the time limit, or there is no end of what falls
                due; the text names the message or the schedule, and ``in_flight`` has the calls. The clock shows the
                time at which that happened.
            QStashDevError: the duration is invalid or negative.
        """
        after_s = patience_s(abort_after)
        return self._run(
            lambda limit_s: self._travel.by(duration_ms(by), timeout_s=limit_s, abort_after_s=after_s), timeout
        )

    def advance_to(self, when: Moment, timeout: float | None = None, *, abort_after: float | None = None) -> Progress:
        """Move the clock forward to a ``datetime`` or an ISO 8601 text; otherwise like :meth:`advance`."""
        after_s = patience_s(abort_after)
        return self._run(lambda limit_s: self._commands.advance_to(when, limit_s, after_s), timeout)

    def next(self, timeout: float | None = None, *, abort_after: float | None = None) -> Progress:
        """Move the clock to the time at which something is due next; otherwise like :meth:`advance`."""
        after_s = patience_s(abort_after)
        return self._run(lambda limit_s: self._travel.next(timeout_s=limit_s, abort_after_s=after_s), timeout)

    def run_all(
        self,
        *,
        until: Moment | None = None,
        max_steps: int = 1_000,
        timeout: float | None = None,
        abort_after: float | None = None,
    ) -> Progress:
        """Move the clock until only recurring schedules are due, or to ``until``; otherwise like :meth:`advance`."""
        until_ms, after_s = None if until is None else moment_ms(until), patience_s(abort_after)
        return self._run(
            lambda limit_s: self._travel.run_all(
                until_ms, max_steps=max_steps, timeout_s=limit_s, abort_after_s=after_s
            ),
            timeout,
        )

    def wait_idle(self, timeout: float | None = None) -> Progress:
        """Wait in real time until nothing is in flight and nothing is due. The clock is not moved.

        Raises QStashDevTimeout: the text lists the messages that have not ended.
        """
        return self._run(self._travel.idle, timeout)

    def wait_for(self, message_id: str, state: str = "DELIVERED", timeout: float | None = None) -> views.Message:
        """Wait in real time until a message has a state of the event log; returns the message.

        Raises:
            QStashDevTimeout: it does not within the time limit; the text lists what has not ended.
            QStashDevError: it has ended in another state, or there is no such message or state.
        """
        return self._run(lambda limit_s: self._commands.wait_for(message_id, state, limit_s), timeout)

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
        """Send one signed request to an application directly, without a message, and return its answer.

        ``key`` is ``current``, ``next``, ``wrong``, or ``none`` for a request without a signature. ``claims`` replace
        those of the signature; a value of ``None`` removes a claim. Routes apply, faults do not.

        Raises QStashDevError: there is no answer, or an argument has an invalid value.
        """
        what = method, url, json, body, headers or {}, key, claims or {}
        return self._run(lambda limit_s: send(self._bridge.server, self._commands.tenant, limit_s, *what), timeout)

    def reset(self) -> None:
        """Delete everything of all users, and all inboxes, faults and routes. The clock is not changed."""
        return self._run(lambda _: self._bridge.server.reset.all())

    def close(self) -> None:
        """Stop the server and end its thread. Deliveries in flight are cut off.

        Raises QStashDevError: the server has failed, or its thread does not end.
        """
        self._bridge.thread.stop()

    def _run(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        __tracebackhide__ = True
        return self._bridge.block(verb, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> AsyncQStashDev:
        return self.aio

    async def __aexit__(self, *_: object) -> None:
        await self.aio.close()

    def __del__(self) -> None:
        # Without this a server that is not closed would run until the process ends.
        bridge: Bridge | None = getattr(self, "_bridge", None)
        if bridge is not None and bridge.thread.is_running:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            bridge.thread.ask_to_stop()


class AsyncQStashDev(ServerBase):
    """``QStashDev`` for coroutines of asyncio and trio, which do not block the event loop of the test and of its
    application: methods that wait are coroutines."""

    advance = awaited(QStashDev.advance)
    advance_to = awaited(QStashDev.advance_to)
    next = awaited(QStashDev.next)
    run_all = awaited(QStashDev.run_all)
    wait_idle = awaited(QStashDev.wait_idle)
    wait_for = awaited(QStashDev.wait_for)
    send = awaited(QStashDev.send)
    reset = awaited(QStashDev.reset)

    def inbox(self, name: str = "default") -> AsyncInbox:
        """See :meth:`QStashDev.inbox`."""
        return AsyncInbox(self._bridge, *self._named_inbox(name))

    async def close(self) -> None:
        """See :meth:`QStashDev.close`."""
        await self._bridge.thread.stop_and_wait()

    async def _run(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        __tracebackhide__ = True
        return await self._bridge.wait(verb, timeout)
