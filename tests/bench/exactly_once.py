"""Delivery at full speed: every message that is published arrives once."""

from __future__ import annotations

from contextlib import suppress

from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.server import ours
from tests.bench.load.side import side
from tests.bench.load.waiting import within
from tests.bench.table import Row

MESSAGES = 20_000
_ROOM_FOR_DOUBLES_S = 0.5


def rows(messages: int = MESSAGES) -> list[Row]:
    """One row: how many messages there is something wrong with."""
    wrong = sum(drive(_wrong(messages)).values())
    return [Row(f"of {messages:,} messages lost, doubled, refused or changed", "", wrong, at_most=0)]


async def _wrong(messages: int) -> dict[str, int]:
    async with side(ours, messages) as our:
        await our.publisher.flat_out(our.ledger.take(messages), our.head)
        with suppress(Unreliable):
            await our.ledger.all_arrived()
        await within(_ROOM_FOR_DOUBLES_S)
        return our.ledger.wrong()
