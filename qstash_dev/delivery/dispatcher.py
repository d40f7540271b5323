"""Takes what is ready, runs the attempts, and knows when nothing is going on."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from qstash_dev import ids
from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.delivery.faults import suffer
from qstash_dev.delivery.request import OutgoingRequest, outgoing_request
from qstash_dev.delivery.transport import Transport
from qstash_dev.protocol.mapping import mapped_url
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.fault import Faults
from qstash_dev.state.tenant import Tenant


class Dispatcher:
    """At most ``max_in_flight`` attempts at a time, a task for each."""

    def __init__(
        self, broker: Broker, transport: Transport, clock: Clock, config: Config, faults: Faults | None = None
    ) -> None:
        self._faults = faults or Faults()
        self._broker = broker
        self._transport = transport
        self._clock = clock
        self._max_in_flight = config.max_in_flight
        self._max_timeout_s = config.quota.max_timeout_s
        self._configured_mappings = config.mappings
        self.mappings = list(config.mappings)
        self._tasks: dict[asyncio.Task[None], DeliveryAttempt] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopped = False
        self.started = 0
        broker.admission.on_ready = self.wake

    @property
    def in_flight(self) -> int:
        """Attempts on the wire."""
        return len(self._tasks)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nothing is ready."""
        return self._idle.is_set()

    def wake(self) -> None:
        """Start as many attempts as may run."""
        while not self._stopped and len(self._tasks) < self._max_in_flight:
            attempt = self._broker.admission.start_next(self._clock.now_ms())
            if attempt is None:
                return
            task = asyncio.get_running_loop().create_task(self._deliver(attempt))
            self._tasks[task] = attempt
            self.started += 1
            self._idle.clear()
            # For those that are cut off before they begin.
            task.add_done_callback(self._ended)

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request that belongs to no message."""
        return await self._transport.send(request)

    async def idle(self) -> None:
        """Wait until nothing is in flight and nothing is ready."""
        await self._idle.wait()

    async def drain(self, grace_s: float) -> None:
        """Start nothing more and let attempts in flight finish for ``grace_s`` seconds."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)

    def restore_mappings(self) -> None:
        """Only the mappings of the configuration."""
        self.mappings[:] = self._configured_mappings

    async def abort(self, tenants: Collection[Tenant]) -> None:
        """Cut off the attempts of these users; nothing will follow from them."""
        chosen = [task for task, attempt in self._tasks.items() if attempt.message.tenant in tenants]
        for task in chosen:
            task.cancel()
        await asyncio.gather(*chosen, return_exceptions=True)

    async def stop(self) -> None:
        """Cut off whatever is still in flight and drop the connections."""
        self._stopped = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._transport.close()

    async def _deliver(self, attempt: DeliveryAttempt) -> None:
        try:
            result = await self._send(attempt)
            self._broker.settlement.settle(attempt, result, self._clock.now_ms())
        finally:
            task = asyncio.current_task()
            assert task is not None
            self._ended(task)

    async def _send(self, attempt: DeliveryAttempt) -> DeliveryResult:
        try:
            request = outgoing_request(
                attempt,
                max_timeout_s=self._max_timeout_s,
                issued_s=self._clock.wall_s(),
                token_id=ids.token_id(),
            )
            fault = self._faults.strike(request.url)
            if fault is not None:
                return await suffer(fault, request, self._send_mapped)
            return await self._send_mapped(request)
        except Exception as error:
            # A fault of ours must not leave the message hanging without a word.
            return Unreachable(f"qstash-dev could not make the request: {error!r}", 0)

    async def _send_mapped(self, request: OutgoingRequest) -> DeliveryResult:
        if self.mappings:
            request = replace(request, url=mapped_url(self.mappings, request.url))
        return await self._transport.send(request)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._tasks.pop(task, None) is None:
            return
        if not self._stopped:
            self.wake()
        if not self._tasks:
            self._idle.set()
