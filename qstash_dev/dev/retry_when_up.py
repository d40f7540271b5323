"""Probes of applications on this machine that refused a connection.

Retries to such an application are due as soon as it listens: saving a file often restarts it, and the next retry may
be half an hour away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.delivery.probes import listens, loopback_addresses
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Unreachable
from qstash_dev.protocol.target import Origin
from qstash_dev.slices import in_slices
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State

_MAX_ORIGINS = 100


class RetryWhenUp:
    """A subscriber of event logs. Each origin has one probe, every ``every_s`` seconds of real time, also while
    the server's clock is paused, for as long as a retry waits for it. At most 100 origins are probed."""

    def __init__(self, broker: Broker, clock: Clock, every_s: float) -> None:
        self._broker = broker
        self._clock = clock
        self._every_s = every_s
        self._waiting: dict[Origin, dict[Message, None]] = {}
        self._origins: dict[Message, Origin] = {}
        self._probes: set[asyncio.Task[None]] = set()
        #: Called with the origin that listens again and how many retries were waiting for it.
        self.subscribers: list[Callable[[Origin, int], None]] = []

    def start(self) -> None:
        """Watch the attempts of all users."""
        for tenant in self._broker.tenants.all():
            tenant.log.subscribers.append(self)

    def stop(self) -> None:
        """Probe no more."""
        for probe in self._probes:
            probe.cancel()

    @property
    def probed(self) -> list[Origin]:
        """The origins that are probed."""
        return list(self._waiting)

    def __call__(self, entry: LogEntry) -> None:
        """Take note of a failed attempt, or that a message waits no longer."""
        result = entry.result
        if isinstance(result, Unreachable) and result.reason is FailureReason.CONNECTION_REFUSED:
            if result.origin is not None and loopback_addresses(result.origin.host):
                self._wait(entry.message, result.origin)
        elif entry.is_event and entry.state is not State.RETRY:
            self._drop(entry.message)

    def _wait(self, message: Message, origin: Origin) -> None:
        if origin not in self._waiting:
            if len(self._waiting) >= _MAX_ORIGINS:
                return
            self._waiting[origin] = {}
            probe = asyncio.get_running_loop().create_task(self._probe(origin), name=f"probe {origin}")
            self._probes.add(probe)
            probe.add_done_callback(self._probes.discard)
        self._waiting[origin][message] = None
        self._origins[message] = origin

    def _drop(self, message: Message) -> None:
        if (origin := self._origins.pop(message, None)) is not None:
            self._waiting[origin].pop(message, None)

    async def _probe(self, origin: Origin) -> None:
        try:
            while self._anything_waits(origin):
                await asyncio.sleep(self._every_s)
                if self._anything_waits(origin) and await listens(origin, self._every_s):
                    await self._deliver(origin)
        finally:
            for message in self._waiting.pop(origin):
                self._origins.pop(message, None)

    def _anything_waits(self, origin: Origin) -> bool:
        """Whether a retry waits; what a reset has removed is dropped."""
        waiting = self._waiting[origin]
        while waiting and not _waits(message := next(iter(waiting))):
            self._drop(message)
        return bool(waiting)

    async def _deliver(self, origin: Origin) -> None:
        messages, text = list(self._waiting[origin]), f"{origin} listens again, so this retry is due now"
        due = 0
        async for portion in in_slices(messages):
            now_ms = self._clock.now_ms()
            for message in portion:
                if not _waits(message):
                    continue
                due += 1
                message.tenant.log.add(State.RETRY, message, now_ms, next_delivery_ms=now_ms, about=text)
                self._broker.admission.deliver_now(message, now_ms)
                self._drop(message)
        for subscriber in self.subscribers:
            subscriber(origin, due)


def _waits(message: Message) -> bool:
    """Whether a message waits for the time of its retry, and was not removed by a reset."""
    known = message.tenant.messages.get(message.id) is message
    return known and message.state is State.RETRY and message.timer != 0
