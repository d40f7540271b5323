"""The memory of a server that does everything again and again: it stops growing when its history is full."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import re
import tracemalloc
from contextvars import Context
from dataclasses import dataclass
from itertools import count

from qstash_dev.config import Retention
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.server import Server
from tests.bench.life import sdk
from tests.bench.life.world import FAILING, FINE, HOUR_MS, World, by_host, world
from tests.bench.table import Row
from tests.broker.flow import ACCEPTED, WORKFLOW

STEPS = 3
_OWN = re.compile(r"qstash_dev.(state|broker|delivery)\W")
_JSON = {"Content_Type": "application/json"}


@dataclass(frozen=True)
class Kept:
    """``objects`` are all that the garbage collector knows of but for cancelled timers. ``own`` blocks are those that
    were taken in the rooms of the server where something may stay: what regular expressions leave behind elsewhere
    comes and goes."""

    objects: int
    own_blocks: int
    own_bytes: int


class WholeLife:
    """Rounds of it in one world. Nothing of it is kept here."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._api = world.api
        self._rounds = count()
        self._steps: dict[str, int] = {}
        world.transport.answers = self._answer

    async def prepare(self) -> None:
        """What is there for good: a queue, a URL group, a schedule."""
        endpoints = [{"url": FINE, "name": "one"}, {"url": FINE + "/two"}]
        await self._api.call("POST", "/v2/queues", b'{"queueName":"queue","parallelism":2}', **_JSON)
        await self._api.call("POST", "/v2/topics/group/endpoints", json.dumps({"endpoints": endpoints}).encode())
        await self._api.call("POST", f"/v2/schedules/{FINE}", b"tick", Upstash_Cron="*/10 * * * *")

    async def round(self) -> None:
        """Once everything, and an hour passes."""
        number = next(self._rounds)
        await self._publish(number)
        await self._work(number)
        await self._world.travel(HOUR_MS)
        await self._look_back()

    async def _publish(self, number: int) -> None:
        call = self._api.call
        await call("POST", f"/v2/publish/{FINE}", b"plain", Upstash_Label="mine")
        await call("POST", f"/v2/publish/{FINE}", b"once", Upstash_Deduplication_Id=f"id-{number}")
        await call("POST", f"/v2/publish/{FINE}", b"told", Upstash_Callback=FINE + "/report")
        await call(
            "POST", f"/v2/publish/{FAILING}", b"fails", Upstash_Retries="2", Upstash_Failure_Callback=FINE + "/failed"
        )
        await call("POST", f"/v2/publish/{FINE}", b"later", Upstash_Delay="30m")
        await call("POST", "/v2/publish/group", b"for all")
        for _ in range(3):
            await call("POST", f"/v2/enqueue/queue/{FINE}", b"in line")
        limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1, period=60s"}
        for _ in range(3):
            await call("POST", f"/v2/publish/{FINE}", b"limited", **limits)
        batch = [{"destination": FINE, "body": "item", "headers": {"X-Number": str(number)}}] * 3
        await call("POST", "/v2/batch", json.dumps(batch).encode(), **_JSON)

    async def _work(self, number: int) -> None:
        await self._api.call("POST", f"/v2/publish/{FINE}", b"never", Upstash_Delay="1d", Upstash_Label="unwanted")
        await self._api.call("DELETE", "/v2/messages?label=unwanted")
        sdk.start(self._world, f"wfr_{number}")
        sdk.start(self._world, f"wfr_waits_{number}")
        sdk.wait(self._world, f"wfr_waits_{number}", 1, "event")
        await self._world.rest()
        await self._api.call("POST", "/v2/notify/event", b"data")
        await self._world.rest()
        await self._api.call("DELETE", f"/v2/workflows/runs/wfr_waits_{number}")

    async def _look_back(self) -> None:
        await self._api.call("GET", "/v2/events?count=20")
        page = await self._api.json("GET", "/v2/dlq?count=10")
        ids = [letter["dlqId"] for letter in page["messages"][:2]]
        await self._api.call("POST", "/v2/dlq/retry", json.dumps({"dlqIds": ids}).encode(), **_JSON)
        await self._world.travel(HOUR_MS)

    def _answer(self, request: OutgoingRequest) -> DeliveryResult:
        if request.url != WORKFLOW:
            return by_host(request)
        run_id = dict(request.headers)["Upstash-Workflow-Runid"]
        done = self._steps.get(run_id, 0)
        if run_id.startswith("wfr_waits"):
            return ACCEPTED
        if done < STEPS:
            self._steps[run_id] = done + 1
            sdk.step(self._world, run_id, done + 1)
        else:
            del self._steps[run_id]
            run = self._world.tenant.runs.live(run_id)
            assert run is not None
            self._world.broker.finisher.finish(run, '"done"', self._world.now_ms)
        return ACCEPTED


async def kept(retention: Retention, warm_up: int, rounds: int, times: int) -> list[Kept]:
    """What is kept after each of so many times ``rounds``."""
    found = []
    # Caches are bounded, but take longer to fill than the past does. What is frozen is not listed any more.
    caches = [known for known in gc.get_objects() if isinstance(known, functools._lru_cache_wrapper | BoundedCache)]
    async with world(retention) as made:
        life = WholeLife(made)
        await life.prepare()
        tracemalloc.start()
        try:
            for _ in range(warm_up):
                await life.round()
            for _ in range(times):
                for _ in range(rounds):
                    await life.round()
                for cache in caches:
                    cache.clear() if isinstance(cache, BoundedCache) else cache.cache_clear()
                found.append(_kept(made.server))
        finally:
            tracemalloc.stop()
    return found


def rows(rounds: int = 100, warm_up: int = 100) -> list[Row]:
    """Two rows: what is kept after twice as many rounds."""
    retention = Retention(events=1_000, finished_messages=500, dead_letters=50, runs=50)
    _, before, _, after = asyncio.run(kept(retention, warm_up, rounds, 4))
    what = f"after {2 * rounds} more rounds of everything"
    return [
        Row(f"memory of what a server keeps, {what}", "bytes", after.own_bytes, before.own_bytes, at_most=1.01),
        Row(f"objects in the process, {what}", "", after.objects, before.objects, at_most=1.01),
    ]


def _kept(server: Server) -> Kept:
    if server.heads is not None:
        server.heads.forget()
    gc.collect()
    objects = sum(not _is_of_a_cancelled_timer(known) for known in gc.get_objects())
    own = [
        one for one in tracemalloc.take_snapshot().statistics("filename") if _OWN.search(one.traceback[0].filename)
    ]
    return Kept(objects, sum(one.count for one in own), sum(one.size for one in own))


def _is_of_a_cancelled_timer(known: object) -> bool:
    """Up to a hundred of them, each with its context, stay with the event loop while an earlier one is to come."""
    return isinstance(known, Context) or (isinstance(known, asyncio.TimerHandle) and known.cancelled())
