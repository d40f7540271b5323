"""What a test or a developer may do to a running server beyond the REST API."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from qstash_dev.broker.broker import Broker
from qstash_dev.broker.reset import reset, throw_away
from qstash_dev.clock import Clock
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.dev import pending
from qstash_dev.dev.faults import Faults
from qstash_dev.dev.inboxes import Inboxes
from qstash_dev.dev.mappings import Mappings
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.time_travel import TIMEOUT_S, TimeTravel
from qstash_dev.protocol import errors
from qstash_dev.protocol.headers import forget_parsed
from qstash_dev.slices import in_slices, others_turn
from qstash_dev.state.message import Message
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Remains, Tenant


class Control:
    """The verbs of ``/_dev/`` and of :mod:`qstash_dev.testing`. Everything belongs to one event loop."""

    def __init__(
        self,
        clock: Clock,
        broker: Broker,
        dispatcher: Dispatcher,
        travel: TimeTravel,
        inboxes: Inboxes,
        faults: Faults,
        mappings: Mappings,
    ) -> None:
        self.clock = clock
        self.travel = travel
        self.inboxes = inboxes
        self.faults = faults
        self.mappings = mappings
        self._broker = broker
        self._dispatcher = dispatcher

    def pending(self) -> list[Pending]:
        """Every message that has not ended, soonest first."""
        return pending.pending(self._broker.tenants.all(), self.clock.now_ms())

    def pending_first(self, most: int) -> tuple[list[Pending], int]:
        """The first so many of them, and how many there are: takes no longer where there are many."""
        found = pending.soonest(self._broker, self._dispatcher.flying(), self.clock.now_ms())
        return list(islice(found, most)), pending.count(self._broker.tenants.all())

    def due_next(self, count: int) -> list[tuple[int, Any]]:
        """When and what the clock comes to next, in unix milliseconds: messages, pairs of a tenant and its schedule,
        waiters, and flow control keys whose next period begins."""
        return self._broker.timers.soonest(count)

    @property
    def due_count(self) -> int:
        """How much the clock will come to."""
        return len(self._broker.timers)

    @property
    def changes(self) -> object:
        """Another value whenever inboxes, faults, mappings, or what is due has changed."""
        timers = self._broker.timers.changes
        return timers, self.inboxes.changes, self.faults.changes, tuple(self.mappings.all)

    def deliver_now(self, message: Message) -> bool:
        """Let a delayed message, or the retry of one, be due now; False if it does not wait for its time."""
        return self._broker.admission.hasten(message, self.clock.now_ms())

    def cancel(self, message: Message) -> bool:
        """Cancel a message that has not ended; False if it has, or if it is asked to already."""
        return self._broker.bulk_cancel.cancel(message, self.clock.now_ms())

    def trigger(self, tenant: Tenant, schedule: Schedule) -> list[Message]:
        """Fire a schedule now, even if it is paused; its next trigger stays as it is.

        Raises:
            Rejection: 409 if it cannot publish now.
        """
        self._broker.schedules.fire(tenant, schedule, self.clock.now_ms())
        if schedule.error is not None:
            raise errors.DID_NOT_FIRE(id=schedule.id, reason=schedule.error)
        return schedule.last_messages

    def replay(self, message: Message, body: bytes | None, overrides: Iterable[tuple[str, str]]) -> Message:
        """Publish a message once more, whatever became of it.

        Raises:
            Rejection: 400 for an override that is wrong, 412 for one beyond the quota.
        """
        return self._broker.dlq.replay(message, body, overrides, self.clock.now_ms())

    async def reset(self, tenants: Iterable[Tenant] | None = None) -> None:
        """Start users over; all of them unless named, and then inboxes, faults and mappings too. The clock stays."""
        async with self.travel.held():
            await self._forget(tenants)

    async def start_over(self, at_ms: int | None = None, timeout_s: float = TIMEOUT_S) -> None:
        """Start everything over, and the clock as well: as real time, or standing still at this unix time in
        milliseconds, which may be in the past.

        Raises:
            StillBusy: a journey did not end in time.
        """
        async with self.travel.alone(timeout_s), self.travel.held():
            # Before anything can happen at the old time: when all is released, nothing remembers it.
            self.clock.start_over(at_ms)
            await self._forget(None)

    async def _forget(self, tenants: Iterable[Tenant] | None) -> None:
        remains: Remains = []
        chosen = self._broker.tenants.all() if tenants is None else list(tenants)
        self._dispatcher.abort(chosen)
        if tenants is None:
            self.faults.all.clear()
            self.mappings.restore()
            forget_parsed()
            remains = [inbox.clear() for inbox in self.inboxes.all.values()]
        steps = [reset(self._broker.timers, self._broker.deferred_work, tenant) for tenant in chosen]
        async for _ in in_slices(chain(*steps, throw_away(remains))):
            pass
        await others_turn()
