"""The cost of a message from its publish to the answer of its destination, beside the relay."""

from __future__ import annotations

from functools import partial
from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.server import ours, relay
from tests.bench.load.side import Window, side
from tests.bench.load.turns import by_turns, with_warming_up
from tests.bench.table import Row

TURNS = 15
# The system tells CPU time of another process in steps of some milliseconds: a window has to be long beside them.
WINDOW = 2_000


def rows(turns: int = TURNS, window: int = WINDOW) -> list[Row]:
    """Two rows, in deliveries per CPU-second of the server and per second."""
    of_ours, of_relay = drive(_measure(turns, window))
    cpu = [1e6 / median(one.cpu_us for one in taken) for taken in (of_ours, of_relay)]
    wall = [1e6 / median(one.wall_us for one in taken) for taken in (of_ours, of_relay)]
    return [
        Row("delivered per CPU-second", "/cpu-s", *cpu, at_least=1.4, moonshot=3),
        Row("delivered per second, on one core", "/s", *wall),
    ]


async def _measure(turns: int, window: int) -> list[list[Window]]:
    size = with_warming_up(turns) * window
    async with side(ours, size) as our, side(relay, size) as their:
        taken = await by_turns([partial(our.deliver, window), partial(their.deliver, window)], turns)
        for one in (our, their):
            await one.ledger.settled()
        return taken
