"""A burst of messages due in the same second, and how late the last of them arrive."""

from __future__ import annotations

import time
from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.figures import early, percentile
from tests.bench.load.server import ours
from tests.bench.load.side import Side, side
from tests.bench.load.wire import publish_head
from tests.bench.table import Row

MESSAGES = 1_000
ROUNDS = 7
_TIME_TO_PUBLISH_S = 3


def rows(messages: int = MESSAGES, rounds: int = ROUNDS, ahead_s: int = _TIME_TO_PUBLISH_S) -> list[Row]:
    """Two rows: lateness in milliseconds, the median of rounds, and how many came before their second."""
    taken = drive(_measure(messages, rounds, ahead_s))
    what = f"{messages:,} due in one second"
    return [
        Row(f"{what}, p99 lateness", "ms", median(percentile(late, 99) for late in taken), at_most=120, moonshot=80),
        Row(f"{what}, early ones", "", sum(map(early, taken)), at_most=0),
    ]


async def _measure(messages: int, rounds: int, ahead_s: int) -> list[list[float]]:
    async with side(ours, messages * (rounds + 1)) as our:
        await our.deliver(messages)
        taken = [await _lateness_ms(our, messages, ahead_s) for _ in range(rounds)]
        await our.ledger.settled()
        return taken


async def _lateness_ms(our: Side, messages: int, ahead_s: int) -> list[float]:
    due_s = int(time.time()) + ahead_s
    numbers = our.ledger.take(messages)
    await our.publisher.flat_out(numbers, publish_head(our.server, our.url, not_before=str(due_s)))
    if time.time() >= due_s:
        raise Unreliable(f"publishing {messages:,} messages took until they were due")
    await our.ledger.all_arrived()
    # Arrivals are on the loop's clock.
    due_s -= time.time() - time.monotonic()
    return [(our.ledger.arrived_s[number] - due_s) * 1_000 for number in numbers]
