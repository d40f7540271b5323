"""A workflow of a thousand steps. Each call carries the whole history, which is the protocol's own growth: it must be
copied once, hashed for the signature and sent. What the first two cost is measured as well, and taken off."""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import time
from dataclasses import dataclass, field

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult
from tests.bench.life import sdk
from tests.bench.life.growth import MOST
from tests.bench.life.world import World, world
from tests.bench.table import Row
from tests.broker.flow import ACCEPTED

STEPS = 1_000


@dataclass
class Endpoint:
    """Submits the next step at each call, and notes what the call was like: when it came, not counting what is
    measured here, how long it was and what copying and hashing that costs."""

    world: World
    steps: int
    at_us: list[float] = field(default_factory=list)
    sent_bytes: list[float] = field(default_factory=list)
    protocol_us: list[float] = field(default_factory=list)
    _spent_us: float = 0.0

    def answer(self, request: OutgoingRequest) -> DeliveryResult:
        started_us = _cpu_us()
        self.at_us.append(started_us - self._spent_us)
        self.sent_bytes.append(len(request.body))
        hashlib.sha256(bytes(memoryview(request.body))).digest()
        self.protocol_us.append(_cpu_us() - started_us)
        self._spent_us += _cpu_us() - started_us
        number = len(self.at_us)
        if number <= self.steps:
            sdk.step(self.world, "wfr_1", number)
        return ACCEPTED

    def step_us(self) -> list[float]:
        """What each step cost, but for the first call, which began before the clock did."""
        return [later - earlier for earlier, later in zip(self.at_us, self.at_us[1:], strict=False)]

    def own_us(self) -> list[float]:
        """The same without what the protocol asks for."""
        return [step - protocol for step, protocol in zip(self.step_us(), self.protocol_us[1:], strict=True)]


def rows(rounds: int = 9, steps: int = STEPS) -> list[Row]:
    """Three rows: a step near the end against one near the beginning."""
    few = max(1, steps // 10)
    taken = [asyncio.run(_run(steps)) for _ in range(rounds)]
    what = f"step of a workflow of {steps:,}, last {few} / first {few}"
    sent = [one.sent_bytes[1:] for one in taken]
    return [
        Row(f"{what}: history sent", "bytes", *_last_and_first(sent, few)),
        Row(what, "cpu-us", *_last_and_first([one.step_us() for one in taken], few)),
        Row(
            f"{what}, but for copying and hashing the history once",
            "cpu-us",
            *_last_and_first([one.own_us() for one in taken], few),
            at_most=MOST,
        ),
    ]


def _last_and_first(values: list[list[float]], few: int) -> tuple[float, float]:
    return (
        statistics.median(statistics.median(one[-few:]) for one in values),
        statistics.median(statistics.median(one[:few]) for one in values),
    )


async def _run(steps: int) -> Endpoint:
    async with world() as made:
        endpoint = Endpoint(made, steps)
        made.transport.answers = endpoint.answer
        sdk.start(made, "wfr_1")
        await made.rest()
        assert len(endpoint.at_us) == steps + 1
        return endpoint


def _cpu_us() -> float:
    return time.process_time() * 1_000_000
