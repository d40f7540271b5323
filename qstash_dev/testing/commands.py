"""Commands of the test kit that look something up first. All of them run in the server's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from qstash_dev.dev import inboxes, pending
from qstash_dev.dev.cancel import cancel_message, cancel_run
from qstash_dev.dev.fault_fields import parse_fault
from qstash_dev.dev.faults import Fault
from qstash_dev.dev.inboxes import wait_for as wait_for_requests
from qstash_dev.dev.instants import date_time
from qstash_dev.dev.time_travel import Progress
from qstash_dev.explain.run import verdict as run_verdict
from qstash_dev.explain.verdict import SubjectKind, Verdict
from qstash_dev.explain.why import found, why
from qstash_dev.server import Server
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import Tenant
from qstash_dev.testing import views
from qstash_dev.testing.arguments import Moment, moment_ms
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.testing.run import Run

_SHOWN = 10
Explained = views.Message | views.DeadLetter | views.Schedule | views.Queue | Run | str
"""What a verdict can be asked for; a text is an id, or the name of a queue or of a flow control key."""
_KINDS: dict[type, SubjectKind] = {
    views.Message: SubjectKind.MESSAGE,
    views.DeadLetter: SubjectKind.DEAD_LETTER,
    views.Schedule: SubjectKind.SCHEDULE,
    views.Queue: SubjectKind.QUEUE,
    Run: SubjectKind.RUN,
}


class Commands:
    """Commands for one user of a server.

    Raises QStashDevError: there is no such user.
    """

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        tenants = {tenant.user.id: tenant for tenant in server.broker.tenants.all()}
        if user not in tenants:
            raise QStashDevError(f"there is no user {user}: use one of {', '.join(tenants)}")
        self.tenant: Tenant = tenants[user]
        self._broker = server.broker

    @property
    def _now_ms(self) -> int:
        return self.server.clock.now_ms()

    async def advance_to(self, when: Moment, timeout_s: float, abort_after_s: float | None) -> Progress:
        at_ms, now_ms = moment_ms(when), self._now_ms
        if at_ms < now_ms:
            raise QStashDevError(f"time only goes forward: {when} is before {date_time(now_ms).isoformat()}")
        return await self.server.travel.to(at_ms, timeout_s=timeout_s, abort_after_s=abort_after_s)

    async def wait_for(self, message_id: str, state: str, timeout_s: float) -> views.Message:
        """Wait until the event log has this state of the message; returns the message."""
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
        waits, now_ms = self._broker.waits, self._now_ms
        if run_id is None:
            return len(waits.resume(*waits.waiting(self.tenant, event_id, data, now_ms), now_ms))
        run = self.tenant.runs.live(run_id)
        if run is None:
            going_on = [one.id for one in self.tenant.runs.newest_first() if one.alive]
            raise QStashDevError(
                f"there is no run {run_id} that has not ended; there are: {', '.join(going_on[:_SHOWN]) or 'none'}"
            )
        return int(waits.notify_run(run, event_id, data, now_ms) is not None)

    async def replay(self, message_id: str, body: bytes | None, headers: Mapping[str, str]) -> str:
        return self._broker.dlq.replay(self.message(message_id), body, headers.items(), self._now_ms).id

    async def trigger(self, schedule_id: str) -> list[str]:
        schedule = self.tenant.schedules.get(schedule_id)
        if schedule is None:
            known = ", ".join(self.tenant.schedules) or "none"
            raise QStashDevError(f"there is no schedule {schedule_id}; there are: {known}")
        return [message.id for message in self._broker.schedules.trigger(self.tenant, schedule, self._now_ms)]

    async def deliver_now(self, message_id: str) -> None:
        message = self.message(message_id)
        if not self._broker.admission.deliver_now(message, self._now_ms):
            raise QStashDevError(f"{message_id} does not wait for a time: it is {message.state}")

    async def abort(self, message_id: str) -> None:
        message = self.message(message_id)
        if not self.server.travel.calls.abort([message]):
            raise QStashDevError(f"{message_id} is not in flight: it is {message.state}")

    async def cancel(self, message_id: str, abort: bool) -> None:
        message, bulk, calls = self.message(message_id), self._broker.bulk_cancel, self.server.travel.calls
        if not cancel_message(bulk, calls, message, self._now_ms, abort=abort):
            raise QStashDevError(f"{message_id} cannot be cancelled: it is {message.state}")

    async def cancel_run(self, run_id: str, abort: bool) -> None:
        run = self.tenant.runs.get(run_id)
        if run is None:
            raise QStashDevError(f"there is no run {run_id}")
        bulk, calls = self._broker.bulk_cancel, self.server.travel.calls
        if not cancel_run(bulk, calls, run, self._now_ms, abort=abort):
            raise QStashDevError(f"{run_id} cannot be cancelled: it is {run.state}")

    async def fault(self, fields: dict[str, Any]) -> Fault:
        chosen = {name: value for name, value in fields.items() if value is not None or name == "times"}
        return self.server.faults.add(**parse_fault(chosen))

    def message(self, id: str) -> Message:
        """A message of the user.

        Raises QStashDevError: there is none with this id.
        """
        message = self.tenant.messages.get(id)
        if message is None:
            raise QStashDevError(f"there is no message {id}: was it published by {self.tenant.user.id}, and kept?")
        return message

    def events(self, message_id: str | None) -> list[views.Event]:
        log = self.tenant.log
        if message_id is None:
            return [views.event_view(entry) for entry in log.walk(latest_first=False) if entry.run_state is None]
        if not (found := log.with_warnings((message_id,))):
            self.message(message_id)
        self.saw_deaths_of({message_id})
        return [views.event_view(entry) for entry in found]

    def pending(self) -> str:
        tenants = self._broker.tenants.all()
        lines = [f"  {entry}" for entry in islice(self.server.travel.pending(), _SHOWN)]
        if (more := pending.count(tenants) - _SHOWN) > 0:
            lines.append(f"  and {more} more")
        if pending.count(tenants) > pending.busy_count(tenants) and self.server.clock.paused:
            lines.append("the clock is stopped: advance() and run_all() move it to what is due later")
        return "\n".join(["still pending:", *lines]) if lines else "nothing is pending"

    def why(self, what: Explained, kind: str | None) -> Verdict:
        id = what if isinstance(what, str) else what.name if isinstance(what, views.Queue) else what.id
        kinds = list(SubjectKind) if isinstance(what, str) else [_KINDS[type(what)]]
        if kind is not None:
            if kind not in list(SubjectKind):
                raise QStashDevError(f"there is no kind {kind}: use one of {', '.join(SubjectKind)}")
            kinds = [SubjectKind(kind)]
        thing = next((one for each in kinds if (one := found(self.tenant, each, id)) is not None), None)
        if thing is None:
            raise QStashDevError(f"there is no {' and no '.join(kinds)} {id} of {self.tenant.user.id}")
        if isinstance(thing, Message | DeadLetter):
            self.saw_deaths_of({thing.id if isinstance(thing, Message) else thing.message.id})
        return why(thing, self.server.travel.calls.moment())

    def verdicts(self) -> list[str]:
        moment, lines = self.server.travel.calls.moment(), []
        for tenant in self._broker.tenants.all():
            alive = islice((run for run in tenant.runs.newest_first() if run.alive), _SHOWN)
            lines += [f"  {run.id}: {run_verdict(run, moment)}" for run in alive]
            for letter in islice(tenant.dead_letters.walk(latest_first=True), _SHOWN):
                told = why(letter, moment)
                lines.append(f"  {told} ({told.todo})")
        return lines

    def saw_deaths_of(self, message_ids: set[str]) -> None:
        """Mark the dead letters of these messages: the test has looked at them."""
        for letter in self._letters():
            letter.seen = letter.seen or letter.message.id in message_ids

    def crashes(self) -> list[str]:
        """The errors that functions in scripts have raised since the last call."""
        found = []
        for inbox in self.server.inboxes.all.values():
            found += [f"a function in the script of inbox {inbox.name} raised {crash!r}" for crash in inbox.crashes]
            inbox.crashes.clear()
        return found

    def deaths(self) -> list[str]:
        """The dead letters that the test has not looked at, each in one call only."""
        unseen = [letter for letter in self._letters() if not letter.seen]
        for letter in unseen:
            letter.seen = True
        return [f"{one.message.id} to {one.message.url} failed: {one.result.error}" for one in unseen]

    def _letters(self) -> Iterator[DeadLetter]:
        return (one for tenant in self._broker.tenants.all() for one in tenant.dead_letters.walk(latest_first=False))
