"""Messages due one after the other, published in advance with a delay."""

from __future__ import annotations

from tests.bench.load.cores import drive
from tests.bench.load.figures import early, percentile
from tests.bench.load.server import ours
from tests.bench.load.side import side
from tests.bench.load.wire import publish_head
from tests.bench.table import Row

MESSAGES = 10_000
PER_S = 1_000


def rows(messages: int = MESSAGES, per_s: int = PER_S) -> list[Row]:
    """Two rows: lateness in milliseconds, and how many came before their time."""
    late = drive(_lateness_ms(messages, per_s))
    what = f"{messages:,} due over {messages / per_s:g} s"
    return [
        Row(f"{what}, p99 lateness", "ms", percentile(late, 99), at_most=8, moonshot=5),
        Row(f"{what}, early ones", "", early(late), at_most=0),
    ]


async def _lateness_ms(messages: int, per_s: int) -> list[float]:
    delay_s = messages // per_s + 1
    async with side(ours, messages) as our:
        head = publish_head(our.server, our.url, delay=f"{delay_s}s")
        numbers = our.ledger.take(messages)
        await our.publisher.paced(numbers, head, per_s)
        await our.ledger.settled()
        return [latency_ms - delay_s * 1_000 for latency_ms in our.ledger.latencies_ms(numbers)]
