"""The cost of reading a long event log: a page of the latest events, and all events of one message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.bench.load.asker import Asker
from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.server import ours
from tests.bench.load.side import Side, side
from tests.bench.load.turns import by_turns
from tests.bench.load.wire import body
from tests.bench.table import Row

FEW, SOME, MANY = 1_000, 12_000, 100_000
TURNS = 10
ASKS = 40
_PAGE = 100
_EVENTS_OF_A_MESSAGE = 3
_EVENT = b'"messageId":'
# How often an answer under this name tells each event.
_TOLD = {"events": 1, "logs": 2}


def rows(few: int = FEW, some: int = SOME, many: int = MANY, turns: int = TURNS, asks: int = ASKS) -> list[Row]:
    """Three rows, in milliseconds from request to answer over a kept connection; more events than the server keeps
    by itself are kept for it."""
    page, older_page, of_many, of_few = drive(_measure(few, some, many, turns, asks))
    return [
        Row(f"page of {_PAGE} of {some:,} events", "ms", page, at_most=1, moonshot=0.4),
        Row("the same as /v2/logs, which says everything twice", "ms", older_page),
        Row(f"events of one message of {many:,} / of {few:,}", "ms", of_many, of_few, at_most=1.2),
    ]


@dataclass(frozen=True)
class Log:
    """The log of one server, asked over one connection; ``first_id`` is its oldest message."""

    side: Side
    asker: Asker
    first_id: str

    async def grow_to(self, events: int) -> None:
        """Deliver messages until there are as many events, or one or two more."""
        await self.side.deliver(-(-events // _EVENTS_OF_A_MESSAGE) - self.side.ledger.published)

    async def page_ms(self, asks: int, name: str) -> float:
        """A page of the latest events, under one of its two names."""
        return await self._median_ms(asks, name, f"count={_PAGE}", _PAGE)

    async def one_message_ms(self, asks: int) -> float:
        """All events of the oldest message."""
        return await self._median_ms(asks, "events", f"messageId={self.first_id}", _EVENTS_OF_A_MESSAGE)

    async def _median_ms(self, asks: int, name: str, query: str, events: int) -> float:
        taken = []
        for _ in range(asks):
            page = await self.asker.ask_unread("GET", f"/v2/{name}?{query}")
            taken.append(self.asker.last_ms)
            if (found := page.count(_EVENT)) != events * _TOLD[name]:
                raise Unreliable(f"{query} found {found} events where there are {events * _TOLD[name]}")
        return median(taken)


@asynccontextmanager
async def _log(size: int) -> AsyncIterator[Log]:
    """A server that forgets nothing, with one message delivered."""
    start = partial(ours, "--retain-events", str(_EVENTS_OF_A_MESSAGE * size), "--retain-messages", str(size))
    async with side(start, size) as one, Asker.of(one.server) as asker:
        [number] = one.ledger.take(1)
        answer = await asker.ask("POST", f"/v2/publish/{one.url}", body(number))
        await one.ledger.all_arrived()
        yield Log(one, asker, answer["messageId"])
        await one.ledger.settled()


async def _measure(few: int, some: int, many: int, turns: int, asks: int) -> list[float]:
    async with _log(many) as big, _log(few) as small:
        await small.grow_to(few)
        await big.grow_to(some)
        taken = await by_turns([partial(big.page_ms, asks, name) for name in ("events", "logs")], turns)
        await big.grow_to(many)
        taken += await by_turns([partial(log.one_message_ms, asks) for log in (big, small)], turns)
        return [median(one) for one in taken]
