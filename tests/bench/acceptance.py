"""Publishes accepted per second while nothing is due for an hour, beside the relay, which drops them."""

from __future__ import annotations

from functools import partial
from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.server import ours, relay
from tests.bench.load.side import Window, side
from tests.bench.load.turns import by_turns, with_warming_up
from tests.bench.table import Row

TURNS = 40
WINDOW = 500


def rows(turns: int = TURNS, window: int = WINDOW) -> list[Row]:
    """One row, in publishes per second over 16 connections."""
    rates = [1e6 / median(one.wall_us for one in taken) for taken in drive(_measure(turns, window))]
    return [Row("accepted per second, due in an hour", "/s", *rates, at_least=0.95, moonshot=3)]


async def _measure(turns: int, window: int) -> list[list[Window]]:
    size = with_warming_up(turns) * window
    async with side(ours, size) as our, side(relay, size) as their:
        taken = await by_turns([partial(our.accept, window), partial(their.accept, window)], turns)
        for one in (our, their):
            one.nothing_arrived()
        return taken
