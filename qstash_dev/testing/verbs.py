"""What a test may ask for, as coroutines of the server's own loop; the faces for tests only carry them there."""

from __future__ import annotations

import asyncio
import json as json_module
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from qstash_dev import ids
from qstash_dev.api.dev.faults import parse_fault
from qstash_dev.api.dev.inbox import wait_for as wait_for_requests
from qstash_dev.delivery.request import USER_AGENT, OutgoingRequest
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.mapping import mapped_url, parse_mapping
from qstash_dev.protocol.result import Unreachable
from qstash_dev.protocol.signature import LIFETIME_S, body_hash
from qstash_dev.server import Server
from qstash_dev.state import inbox as inboxes
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message as StateMessage
from qstash_dev.state.message import State
from qstash_dev.state.tenant import Tenant
from qstash_dev.testing import views
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.travel import Progress

Duration = str | timedelta | float
Moment = str | datetime


class Verbs:
    """One user of one server."""

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        tenants = {tenant.user.id: tenant for tenant in server.broker.tenants.all()}
        if user not in tenants:
            raise QStashDevError(f"there is no user {user}: use one of {', '.join(tenants)}")
        self.tenant: Tenant = tenants[user]
        self._control = server.control

    async def advance(self, by: Duration, timeout_s: float) -> Progress:
        return await self._control.travel.by(duration_ms(by), timeout_s=timeout_s)

    async def advance_to(self, when: Moment, timeout_s: float) -> Progress:
        at_ms, now_ms = moment_ms(when), self.server.clock.now_ms()
        if at_ms < now_ms:
            raise QStashDevError(f"time only goes forward: {when} is before {views.moment(now_ms).isoformat()}")
        return await self._control.travel.to(at_ms, timeout_s=timeout_s)

    async def run_all(self, until: Moment | None, max_steps: int, timeout_s: float) -> Progress:
        until_ms = None if until is None else moment_ms(until)
        return await self._control.travel.run_all(until_ms, max_steps=max_steps, timeout_s=timeout_s)

    async def wait_idle(self, timeout_s: float) -> Progress:
        return await self._control.travel.idle(timeout_s)

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
            raise QStashDevTimeout(f"{text}:\n{self.pending()}") from None
        finally:
            log.subscribers.remove(subscriber)
        return views.message_view(message)

    async def wait_for_inbox(self, inbox: inboxes.Inbox, count: int, timeout_s: float) -> None:
        try:
            await wait_for_requests(inbox, count, timeout_s)
        except TimeoutError as error:
            raise QStashDevTimeout(f"{error}\n{self.pending()}") from None

    async def send(
        self,
        url: str,
        body: bytes,
        method: str,
        headers: Mapping[str, str],
        key: str,
        claims: Mapping[str, Any],
        timeout_s: float,
    ) -> views.Response:
        """One signed request, past the queue."""
        import jwt

        issued_s = self.server.clock.wall_s()
        whole = {
            "iss": "Upstash",
            "sub": check_url(url),
            "exp": issued_s + LIFETIME_S,
            "nbf": 0,
            "iat": issued_s,
            "jti": ids.token_id(),
            "body": body_hash(body),
        }
        token = jwt.encode({**whole, **claims}, self._key(key), algorithm="HS256")
        own = {
            "Upstash-Message-Id": ids.message_id(),
            "Upstash-Retried": "0",
            "Upstash-Signature": token,
            "User-Agent": USER_AGENT,
        }
        target = mapped_url(self._control.mappings, url)
        request = OutgoingRequest(method, target, tuple({**own, **headers}.items()), body, timeout_s)
        result = await self.server.dispatcher.send(request)
        if isinstance(result, Unreachable):
            raise QStashDevError(result.error)
        return views.Response(result.status, dict(result.headers), result.body)

    async def replay(self, message_id: str, body: bytes | None, headers: Mapping[str, str]) -> str:
        return self._control.replay(self.message(message_id), body, headers.items()).id

    async def trigger(self, schedule_id: str) -> list[str]:
        schedule = self.tenant.schedules.get(schedule_id)
        if schedule is None:
            known = ", ".join(self.tenant.schedules) or "none"
            raise QStashDevError(f"there is no schedule {schedule_id}; there are: {known}")
        return [message.id for message in self._control.trigger(self.tenant, schedule)]

    async def deliver_now(self, message_id: str) -> None:
        message = self.message(message_id)
        if not self._control.deliver_now(message):
            raise QStashDevError(f"{message_id} does not wait for its time: it is {message.state}")

    async def route(self, pattern: str, to: str) -> None:
        self._control.mappings.insert(0, parse_mapping(f"{pattern}={to}"))

    async def fault(self, fields: dict[str, Any]) -> str:
        if isinstance(latency := fields.get("latency"), timedelta):
            fields["latency"] = latency.total_seconds()
        chosen = {name: value for name, value in fields.items() if value is not None or name == "times"}
        return self._control.faults.add(**parse_fault(chosen)).id

    async def reset(self) -> None:
        await self._control.reset()

    def message(self, id: str) -> StateMessage:
        """One message of the user."""
        message = self.tenant.messages.get(id)
        if message is None:
            raise QStashDevError(f"there is no message {id}: was it published by this user, and kept?")
        return message

    def pending(self) -> str:
        """What has not ended, for people."""
        lines = [f"  {entry}" for entry in self._control.pending()[:10]]
        return "\n".join(["still pending:", *lines]) if lines else "nothing is pending"

    def _key(self, name: str) -> str:
        keys = self.tenant.keys
        chosen = {"current": keys.current, "next": keys.next, "wrong": ids.signing_key()}.get(name)
        if chosen is None:
            raise QStashDevError(f"there is no key {name}: use current, next or wrong")
        return chosen


def duration_ms(by: Duration) -> int:
    """Seconds, a ``timedelta`` or a text such as ``4d``, in milliseconds.

    Raises:
        QStashDevError: it is negative or cannot be read.
    """
    try:
        if isinstance(by, str):
            return parse_duration_ms(by)
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        if seconds < 0:
            raise ValueError("time only goes forward: use a duration above zero")
        return parse_duration_ms(f"{seconds:.3f}")
    except ValueError as error:
        raise QStashDevError(f"{by!r}: {error}") from None


def moment_ms(when: Moment) -> int:
    """A ``datetime`` or an ISO 8601 text as unix milliseconds; without an offset it is UTC.

    Raises:
        QStashDevError: it cannot be read.
    """
    try:
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        raise QStashDevError(f"{when!r} is not a time such as '2026-03-08T06:59:00Z'") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000)


def body_bytes(body: bytes | str | None, json: Any, given: bool) -> bytes | None:
    """The body that a test means, from either form."""
    if given:
        return json_module.dumps(json, separators=(",", ":")).encode()
    return body.encode() if isinstance(body, str) else body
