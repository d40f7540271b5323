"""The memory of the process: after its start, and whether it grows with deliveries."""

from __future__ import annotations

from qstash_dev.config import MEGABYTE
from tests.bench.load.asker import Asker
from tests.bench.load.cores import drive
from tests.bench.load.server import ours
from tests.bench.load.side import side
from tests.bench.table import Row

DELIVERED = 100_000


def rows(delivered: int = DELIVERED) -> list[Row]:
    """Two rows, in megabytes."""
    start, once, twice = (taken / MEGABYTE for taken in drive(_measure(delivered)))
    return [
        Row("memory at start", "MB", start, at_most=45, moonshot=42),
        Row(
            f"memory after {2 * delivered:,} delivered / after {delivered:,}",
            "MB",
            twice,
            once,
            at_most=1.03,
            moonshot=1.01,
        ),
    ]


async def _measure(delivered: int) -> list[int]:
    async with side(ours, 2 * delivered) as our, Asker.of(our.server) as asker:
        await asker.ask("GET", "/v2/keys")
        taken = [our.server.rss_bytes()]
        for _ in range(2):
            await our.deliver(delivered)
            taken.append(our.server.rss_bytes())
        await our.ledger.settled()
        return taken
