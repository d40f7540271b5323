"""Reset: users, inboxes, faults, mappings and the clock as they were at the start."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from msgspec import Struct

from qstash_dev.broker.broker import Broker
from qstash_dev.broker.reset import free, reset
from qstash_dev.clock import Clock
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.dev.faults import Faults
from qstash_dev.dev.inboxes import Inboxes
from qstash_dev.dev.mappings import Mappings
from qstash_dev.dev.time_travel import TIMEOUT_S, TimeTravel
from qstash_dev.protocol.headers import clear_cache
from qstash_dev.slices import in_slices, others_turn
from qstash_dev.state.tenant import Discarded, Tenant


class Reset(Struct, eq=False):
    """Resets one server, from within its event loop."""

    clock: Clock
    broker: Broker
    dispatcher: Dispatcher
    travel: TimeTravel
    inboxes: Inboxes
    faults: Faults
    mappings: Mappings

    async def users(self, tenants: Iterable[Tenant]) -> None:
        """Delete the messages, runs, schedules, queues and URL groups of these users. The clock is not changed."""
        async with self.travel.held():
            await self._forget(list(tenants), [])

    async def all(self) -> None:
        """Do this for all users, clear all inboxes, and remove all faults, added mappings and refused calls without a
        valid token."""
        async with self.travel.held():
            await self._forget_all()

    async def all_and_clock(self, at_ms: int | None = None, timeout_s: float = TIMEOUT_S) -> None:
        """Do what :meth:`all` does, and set the clock to real time, or pause it at this unix time in milliseconds,
        which may be in the past.

        Raises NotIdle: a time travel did not end within ``timeout_s``.
        """
        async with self.travel.alone(timeout_s), self.travel.held():
            # The clock first: nothing of the new state may have a time of the old clock.
            self.clock.start_over(at_ms)
            await self._forget_all()

    async def _forget_all(self) -> None:
        self.faults.all.clear()
        self.mappings.restore()
        self.dispatcher.foreign.forget()
        self.broker.tenants.unknown.clear()
        clear_cache()
        await self._forget(self.broker.tenants.all(), [inbox.clear() for inbox in self.inboxes.all.values()])

    async def _forget(self, tenants: list[Tenant], discarded: Discarded) -> None:
        self.dispatcher.abort(tenants)
        steps = [reset(self.broker.timers, self.broker.deferred_work, tenant) for tenant in tenants]
        async for _ in in_slices(chain(*steps, free(discarded))):
            pass
        await others_turn()
