"""The server for coroutines, which do not block the event loop of the test and of its application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qstash_dev.dev.time_travel import Progress
from qstash_dev.testing import views
from qstash_dev.testing.arguments import UNSET, Duration, Moment, duration_ms, moment_ms, patience_s
from qstash_dev.testing.base import ServerBase
from qstash_dev.testing.inbox import AsyncInbox
from qstash_dev.testing.sending import Key, request, send


class AsyncQStashDev(ServerBase):
    """``QStashDev`` for coroutines of asyncio and trio: methods that wait are coroutines."""

    def inbox(self, name: str = "default") -> AsyncInbox:
        """See :meth:`QStashDev.inbox`."""
        return AsyncInbox(self._bridge, *self._named_inbox(name))

    async def advance(
        self, by: Duration, timeout: float | None = None, *, abort_after: float | None = None
    ) -> Progress:
        """See :meth:`QStashDev.advance`."""
        after_s = patience_s(abort_after)
        return await self._bridge.wait(
            lambda limit_s: self._travel.by(duration_ms(by), timeout_s=limit_s, abort_after_s=after_s), timeout
        )

    async def advance_to(
        self, when: Moment, timeout: float | None = None, *, abort_after: float | None = None
    ) -> Progress:
        """See :meth:`QStashDev.advance_to`."""
        after_s = patience_s(abort_after)
        return await self._bridge.wait(lambda limit_s: self._commands.advance_to(when, limit_s, after_s), timeout)

    async def next(self, timeout: float | None = None, *, abort_after: float | None = None) -> Progress:
        """See :meth:`QStashDev.next`."""
        after_s = patience_s(abort_after)
        return await self._bridge.wait(
            lambda limit_s: self._travel.next(timeout_s=limit_s, abort_after_s=after_s), timeout
        )

    async def run_all(
        self,
        *,
        until: Moment | None = None,
        max_steps: int = 1_000,
        timeout: float | None = None,
        abort_after: float | None = None,
    ) -> Progress:
        """See :meth:`QStashDev.run_all`."""
        until_ms, after_s = None if until is None else moment_ms(until), patience_s(abort_after)
        return await self._bridge.wait(
            lambda limit_s: self._travel.run_all(
                until_ms, max_steps=max_steps, timeout_s=limit_s, abort_after_s=after_s
            ),
            timeout,
        )

    async def wait_idle(self, timeout: float | None = None) -> Progress:
        """See :meth:`QStashDev.wait_idle`."""
        return await self._bridge.wait(self._travel.idle, timeout)

    async def wait_for(
        self, message_id: str, state: str = "DELIVERED", timeout: float | None = None
    ) -> views.Message:
        """See :meth:`QStashDev.wait_for`."""
        return await self._bridge.wait(lambda limit_s: self._commands.wait_for(message_id, state, limit_s), timeout)

    async def send(
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
        """See :meth:`QStashDev.send`."""
        signed = request(url, json, body, method, headers or {}, key, claims or {})
        return await self._bridge.wait(
            lambda limit_s: send(self._bridge.server, self._commands.tenant, signed, limit_s), timeout
        )

    async def reset(self) -> None:
        """See :meth:`QStashDev.reset`."""
        await self._bridge.wait(lambda _: self._bridge.server.reset.all())

    async def close(self) -> None:
        """See :meth:`QStashDev.close`."""
        await self._bridge.thread.stop_and_wait()
