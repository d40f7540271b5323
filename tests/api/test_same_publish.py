"""Fast publish and the full one: for the same bytes the same answer, the same history, the same deliveries."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from qstash_dev.api.v2.event_page import EventPage
from qstash_dev.clock import FrozenClock
from qstash_dev.config import FREE, Config
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.server import Server
from qstash_dev.slices import AT_ONCE
from tests.api.support import HOUR_MS, TOKEN, Reply, exchange
from tests.conftest import NOON_MS

URL = "http://127.0.0.1:1/api"
SHOWN = ("/v2/logs", "/v2/dlq", "/v2/queues", "/v2/schedules", "/v2/flowControl", "/_dev/messages")
MONTH_MS = 31 * 24 * HOUR_MS
QUOTA = replace(FREE, max_message_bytes=1_000, max_retries=5, max_delay_s=86_400, max_queues=1)
_IDS = re.compile(rb"(?:msg|scd|wfr|ntf)_[A-Za-z0-9]+")


class Recorder:
    """A transport to destinations that accept what comes, unless its path says another status."""

    def __init__(self) -> None:
        self.requests: list[OutgoingRequest] = []

    def start(self, request: OutgoingRequest, done: Callable[[DeliveryResult], None]) -> Callable[[], None]:
        self.requests.append(request)
        status = 404 if request.url.endswith("/404") else 200
        handle = asyncio.get_running_loop().call_soon(done, Responded(status, (("X-Answer", "yes"),), b"answer", 5))
        return handle.cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        raise AssertionError("only deliveries are expected")

    async def close(self) -> None:
        pass


@dataclass(frozen=True)
class Case:
    """Requests one after the other, each on a connection of its own; ``fast`` tells which take the fast way."""

    requests: tuple[bytes, ...]
    statuses: tuple[int, ...]
    fast: bool = True
    later_ms: int = 0


def publish(*lines: str, to: str = URL, body: bytes = b'{"a":1}', token: str = TOKEN, path: str = "publish") -> bytes:
    head = [
        f"POST /v2/{path}/{to} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(body)}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def one(status: int, *lines: str, fast: bool = True, **how: Any) -> Case:
    return Case((publish(*lines, **how),), (status,), fast)


def many(statuses: tuple[int, ...], *lines: str, fast: bool = True, later_ms: int = 0, **how: Any) -> Case:
    return Case((publish(*lines, **how),) * len(statuses), statuses, fast, later_ms)


CASES = {
    "plain": one(201, "Content-Type: application/json"),
    "no body": one(201, body=b""),
    "a body of bytes": one(201, body=bytes(range(256))),
    "many options": one(
        201,
        "Upstash-Method: PUT",
        "Upstash-Retries: 2",
        "Upstash-Retry-Delay: 1000",
        "Upstash-Timeout: 10s",
        "Upstash-Label: a,b",
        "Upstash-Redact-Fields: body,header[Authorization]",
        "Upstash-Forward-Authorization: Bearer secret",
        "Upstash-Forward-X: 1",
        "Upstash-Forward-X: 2",
    ),
    "a delay": one(201, "Upstash-Delay: 10s"),
    "a time": one(201, f"Upstash-Not-Before: {NOON_MS // 1_000 + 60}"),
    "callbacks": one(201, f"Upstash-Callback: {URL}/done", f"Upstash-Failure-Callback: {URL}/failed"),
    "a failure and its callback": one(201, f"Upstash-Failure-Callback: {URL}/failed", to=f"{URL}/404"),
    "the dead letter queue": one(201, "Upstash-Retries: 0", to=f"{URL}/404"),
    "hidden headers": one(201, "Upstash-Hide-Headers: true"),
    "a flow control key": many(
        (201, 201), "Upstash-Flow-Control-Key: k", "Upstash-Flow-Control-Value: parallelism=1"
    ),
    "a queue": many((201, 201), "Upstash-Queue-Name: line"),
    "a query of its own": one(201, to=f"{URL}?b=2&a=1%20&&a"),
    "options in the query": one(201, "Upstash-Label: header", to=f"{URL}?upstash-retries=1&upstash-label=query&x=1"),
    "a token in the query": one(201, to=f"{URL}?qstash_token={TOKEN}&x=1"),
    "a token to be forwarded": one(201, f"Upstash-Forward-Authorization: Bearer {TOKEN}"),
    "a token where an option was": one(201, f"Upstash-Forward-X: {TOKEN}", to=f"{URL}?upstash-forward-x=kept"),
    "a long way to this machine": one(201, to="http://[::1]:1/a"),
    "a duplicate by id": many((201, 202, 202), "Upstash-Deduplication-Id: once"),
    "a duplicate by content": many((201, 202), "Upstash-Content-Based-Deduplication: true"),
    "a warning of an encoded destination": one(201, to="http%3A%2F%2F127.0.0.1%3A1%2Fapi"),
    "a warning of a delay in a queue": one(201, "Upstash-Queue-Name: line", "Upstash-Delay: 10s"),
    "what is old is forgotten": many((201, 201), later_ms=MONTH_MS),
    "what has died long ago is forgotten": many((201, 201), "Upstash-Retries: 0", to=f"{URL}/404", later_ms=MONTH_MS),
    "too large": one(412, body=b"x" * 1_001, fast=False),
    "more retries than the plan has": one(412, "Upstash-Retries: 6"),
    "more retries of a callback": one(412, f"Upstash-Callback: {URL}", "Upstash-Callback-Retries: 6"),
    "a longer delay than the plan has": one(412, "Upstash-Delay: 2d"),
    "a queue too many": Case(
        (publish("Upstash-Queue-Name: first"), publish("Upstash-Queue-Name: second")), (201, 412)
    ),
    "no room": many((201, 412), "Upstash-Delay: 1h", body=b"x" * 900),
    "no scheme": one(400, to="127.0.0.1:1/api", fast=False),
    "no host": one(400, to="http://", fast=False),
    "another scheme": one(400, to="ftp://127.0.0.1/api", fast=False),
    "an address of the API": one(400, to="/v2/publish/http://127.0.0.1:1", fast=False),
    "no destination": one(400, to="", fast=False),
    "a URL group that is unknown": one(404, to="nobody", fast=False),
    "a URL group": one(201, "Upstash-Label: own", to="group", fast=False),
    "duplicates in a URL group": many((201, 202), "Upstash-Deduplication-Id: once", to="group", fast=False),
    "a wrong option": one(400, "Upstash-Retries: many", fast=False),
    "two wrong options": one(400, "Upstash-Delay: soon", "Upstash-Retries: many", fast=False),
    "a wrong option of what is too large": one(400, "Upstash-Delay: soon", body=b"x" * 1_001, fast=False),
    "a wrong token": one(401, token="nobody", fast=False),
    "a schedule": one(201, "Upstash-Cron: 0 0 * * *", fast=False),
    "a schedule that is none": one(400, "Upstash-Cron: often", fast=False),
    "a workflow run": one(201, "Upstash-Workflow-RunId: wfr_1", "Upstash-Workflow-Init: true", fast=False),
    "a queue in the path": one(201, path="enqueue/line", fast=False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_both_ways_come_to_the_same(case: Case) -> None:
    fast, full = await told(case, gate=True), await told(case, gate=False)
    assert [reply.status for reply in fast.replies] == list(case.statuses)
    assert [answered_fast(reply) for reply in fast.replies] == [case.fast] * len(case.statuses)
    assert not any(map(answered_fast, full.replies))
    assert masked([reply.body for reply in fast.replies]) == masked([reply.body for reply in full.replies])
    assert masked(fast.history) == masked(full.history)
    assert masked(fast.deliveries) == masked(full.deliveries)


@dataclass(frozen=True)
class Told:
    """What came of a case: answers, then what the server keeps and shows, and what it has sent out."""

    replies: list[Reply]
    history: list[bytes]
    deliveries: list[bytes]


async def told(case: Case, *, gate: bool) -> Told:
    clock, recorder = FrozenClock(NOON_MS), Recorder()
    config = Config(port=0, shutdown_grace_s=0, gate=gate, quota=QUOTA, max_pending_bytes=4_500)
    server = Server(config, clock=clock, transport=recorder)
    await server.start()
    try:
        await exchange(server.port, group())
        replies = []
        for number, request in enumerate(case.requests):
            if number:
                clock.move_to(clock.now_ms() + case.later_ms)
            replies.append(await exchange(server.port, request))
            await server.idle()
        # Before anything else is asked, which would forget what is old.
        history = [encoded(entry) for tenant in server.broker.tenants.all() for entry in kept(tenant)]
        history += [(await exchange(server.port, get(path))).body for path in SHOWN]
    finally:
        await server.stop()
    return Told(replies, history, [encoded(shown(request)) for request in recorder.requests])


def group() -> bytes:
    body = msgspec.json.encode({"endpoints": [{"url": f"{URL}/one"}, {"url": f"{URL}/two", "name": "two"}]})
    return publish("Connection: close", path="topics", to="group/endpoints", body=body)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


def kept(tenant: Any) -> list[Any]:
    events = EventPage()
    entries = [
        (events.event(entry), entry.warning and entry.warning.shown())
        for entry in tenant.log.walk(latest_first=False)
    ]
    return [*entries, {"dead": [letter.message.id for letter in tenant.dead_letters.walk(latest_first=False)]}]


def shown(request: OutgoingRequest) -> dict[str, Any]:
    headers = [pair for pair in request.headers if pair[0] != "Upstash-Signature"]
    return {"url": request.url, "method": request.method, "headers": headers, "body": request.body.decode("latin-1")}


def encoded(payload: Any) -> bytes:
    return msgspec.json.encode(payload)


def masked(texts: list[bytes]) -> list[bytes]:
    """The texts with each id replaced by the number of its first appearance."""
    numbers: dict[bytes, bytes] = {}
    return [_IDS.sub(lambda found: numbers.setdefault(found[0], b"id-%d" % len(numbers)), text) for text in texts]


def answered_fast(reply: Reply) -> bool:
    """Only aiohttp names itself."""
    return "server" not in reply.headers


async def test_much_that_is_old_is_forgotten_in_portions(server: Server, clock: FrozenClock) -> None:
    tenant = server.broker.tenants.all()[0]
    delayed = Publication(URL, b"", DeliveryOptions(delay_ms=12 * MONTH_MS))
    for _ in range(AT_ONCE + 100):
        server.broker.publisher.publish(tenant, delayed, clock.now_ms())
    clock.move_to(clock.now_ms() + MONTH_MS)
    left = []
    for _ in range(2):
        assert answered_fast(await exchange(server.port, publish("Upstash-Delay: 1h")))
        left.append(len(list(tenant.log.walk(latest_first=True))))
    assert left == [101, 2]
