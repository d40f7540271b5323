"""What a test may ask for, as coroutines of the server's own loop; the faces for tests only carry them there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from qstash_dev.dev import inboxes as inboxes
from qstash_dev.dev.fault_fields import parse_fault
from qstash_dev.dev.faults import Fault
from qstash_dev.dev.inboxes import wait_for as wait_for_requests
from qstash_dev.dev.time_travel import Progress
from qstash_dev.protocol.mapping import parse_mapping
from qstash_dev.server import Server
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import Tenant
from qstash_dev.testing import views
from qstash_dev.testing.arguments import Duration, Moment, duration_ms, moment_ms
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout

_SHOWN = 10


class Commands:
    """One user of one server.

    Raises:
        QStashDevError: there is no such user.
    """

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        self.control = server.control
        tenants = {tenant.user.id: tenant for tenant in server.broker.tenants.all()}
        if user not in tenants:
            raise QStashDevError(f"there is no user {user}: use one of {', '.join(tenants)}")
        self.tenant: Tenant = tenants[user]

    async def advance(self, by: Duration, timeout_s: float) -> Progress:
        return await self.control.travel.by(duration_ms(by), timeout_s=timeout_s)

    async def advance_to(self, when: Moment, timeout_s: float) -> Progress:
        at_ms, now_ms = moment_ms(when), self.server.clock.now_ms()
        if at_ms < now_ms:
            raise QStashDevError(f"time only goes forward: {when} is before {views.moment(now_ms).isoformat()}")
        return await self.control.travel.to(at_ms, timeout_s=timeout_s)

    async def next(self, timeout_s: float) -> Progress:
        return await self.control.travel.next(timeout_s=timeout_s)

    async def run_all(self, until: Moment | None, max_steps: int, timeout_s: float) -> Progress:
        until_ms = None if until is None else moment_ms(until)
        return await self.control.travel.run_all(until_ms, max_steps=max_steps, timeout_s=timeout_s)

    async def wait_idle(self, timeout_s: float) -> Progress:
        return await self.control.travel.idle(timeout_s)

    async def wait_for(self, message_id: str, state: str, timeout_s: float) -> views.Message:
        """Wait until the message has come to a state that is logged."""
        if state not in State.__members__:
            raise QStashDevError(f"there is no state {state}: use one of {', '.join(State.__members__)}")
        message, log = self.message(message_id), self.tenant.log
        changed = asyncio.Event()

        def subscriber(entry: LogEntry) -> None:
            if entry.message is message:
                changed.set()

        log.subscribers.append(subscriber)
        try:
            async with asyncio.timeout(timeout_s):
                while not any(entry.state.value == state for entry in log.of_messages((message.id,))):
                    if message.ended:
                        raise QStashDevError(f"{message.id} ended as {message.state}, not {state}")
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            text = f"{message.id} did not come to {state} within {timeout_s:g} s, it is {message.state}"
            raise QStashDevTimeout(f"{text}\n{self.pending()}") from None
        finally:
            log.subscribers.remove(subscriber)
        self.saw_deaths_of({message.id})
        return views.message_view(message)

    async def wait_for_inbox(self, inbox: inboxes.Inbox, count: int, timeout_s: float) -> None:
        try:
            await wait_for_requests(inbox, count, timeout_s)
        except TimeoutError as error:
            raise QStashDevTimeout(f"{error}\n{self.pending()}") from None

    async def notify(self, event_id: str, data: bytes, run_id: str | None) -> int:
        waits, now_ms = self.server.broker.waits, self.server.clock.now_ms()
        if run_id is None:
            return len(waits.notify(self.tenant, event_id, data, now_ms))
        run = self.tenant.runs.live(run_id)
        if run is None:
            going_on = [one.id for one in self.tenant.runs.newest_first() if one.alive]
            raise QStashDevError(f"no run {run_id} goes on; there are: {', '.join(going_on[:_SHOWN]) or 'none'}")
        return int(waits.notify_run(run, event_id, data, now_ms) is not None)

    async def replay(self, message_id: str, body: bytes | None, headers: Mapping[str, str]) -> str:
        return self.control.replay(self.message(message_id), body, headers.items()).id

    async def trigger(self, schedule_id: str) -> list[str]:
        schedule = self.tenant.schedules.get(schedule_id)
        if schedule is None:
            known = ", ".join(self.tenant.schedules) or "none"
            raise QStashDevError(f"there is no schedule {schedule_id}; there are: {known}")
        return [message.id for message in self.control.trigger(self.tenant, schedule)]

    async def deliver_now(self, message_id: str) -> None:
        message = self.message(message_id)
        if not self.control.deliver_now(message):
            raise QStashDevError(f"{message_id} does not wait for its time: it is {message.state}")

    async def route(self, pattern: str, to: str) -> None:
        self.control.mappings.add(parse_mapping(f"{pattern}={to}"))

    async def fault(self, fields: dict[str, Any]) -> Fault:
        if isinstance(latency := fields.get("latency"), timedelta):
            fields["latency"] = latency.total_seconds()
        chosen = {name: value for name, value in fields.items() if value is not None or name == "times"}
        return self.control.faults.add(**parse_fault(chosen))

    async def reset(self) -> None:
        await self.control.reset()

    def message(self, id: str) -> Message:
        """One message of the user."""
        message = self.tenant.messages.get(id)
        if message is None:
            raise QStashDevError(f"there is no message {id}: was it published by {self.tenant.user.id}, and kept?")
        return message

    def events(self, message_id: str | None) -> list[views.Event]:
        """The event log, of one message or of all, oldest first."""
        log = self.tenant.log
        if message_id is None:
            return [views.event_view(entry) for entry in log.walk(latest_first=False) if entry.run_state is None]
        if not (found := log.with_warnings((message_id,))):
            self.message(message_id)
        self.saw_deaths_of({message_id})
        return [views.event_view(entry) for entry in found]

    def pending(self) -> str:
        """What has not ended, for people."""
        found = self.control.pending()
        lines = [f"  {entry}" for entry in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"  and {len(found) - _SHOWN} more")
        if any(entry.due_ms is not None for entry in found) and self.server.clock.paused:
            lines.append("the clock stands still: advance() and run_all() let it come to what is due later")
        return "\n".join(["still pending:", *lines]) if lines else "nothing is pending"

    def saw_deaths_of(self, message_ids: set[str]) -> None:
        """Somebody has looked at these messages: if they died, nobody has missed it."""
        for tenant in self.server.broker.tenants.all():
            for letter in tenant.dead_letters.walk(latest_first=False):
                letter.seen = letter.seen or letter.message.id in message_ids

    def crashes(self) -> list[str]:
        """What functions in scripts have raised since this was last asked."""
        found = []
        for inbox in self.control.inboxes.all.values():
            found += [f"a function in the script of inbox {inbox.name} raised {crash!r}" for crash in inbox.crashes]
            inbox.crashes.clear()
        return found

    def deaths(self) -> list[str]:
        """The dead letters of all users that nobody has looked at, until now."""
        found = []
        for tenant in self.server.broker.tenants.all():
            for letter in tenant.dead_letters.walk(latest_first=False):
                if not letter.seen:
                    found.append(f"{letter.message.id} to {letter.message.url} died: {letter.result.error}")
                letter.seen = True
        return found
