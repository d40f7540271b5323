"""``make soak-hostile``: ordinary messages, first undisturbed and then among enemies, with a verdict at the end.

A real server, 100 messages a second to a destination that behaves, and in a process of its own everybody else. At
first they behave: a user who publishes with retries, callbacks, queues and flow control, clients that follow events
and read pages. Then as many are hostile: destinations that hang, reset, and answer without end or sense, clients that
stop half-way or never read. Loopback only; stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median

from qstash_dev.config import Retention
from tests.bench.load.asker import Asker
from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.figures import percentile
from tests.bench.load.ledger import Ledger
from tests.bench.load.publisher import Publisher
from tests.bench.load.server import Server
from tests.bench.load.sink import sink
from tests.bench.load.waiting import until, within
from tests.bench.load.wire import publish_head
from tests.soak import verdict
from tests.soak.books import Books
from tests.soak.filling import fill_dead_letters
from tests.soak.processes import Enemies, Running, descriptors, enemies, server
from tests.soak.verdict import DISTURBED, UNDISTURBED, Verdict, Window

SETTLING = "settling"
# So many that a server which stands still for a second is offered what is due all the same.
CONNECTIONS = 128
SHARES = {SETTLING: 0.05, UNDISTURBED: 0.2, DISTURBED: 0.75}
_LAG_STEP_S = 0.01
_CALMS_DOWN_WITHIN_S = 60
_TABLE = "{:>7} {:<13} {:>8} {:>5} {:>8} {:>8} {:>7} {:>9} {:>9} {:>6} {:>9} {:>7} {:>8}"
_COLUMNS = ("s", "phase", "RSS MB", "fds", "p50 ms", "p99 ms", "lag ms", "accepted", "delivered", "dead")
_MORE_COLUMNS = ("cancelled", "waiting", "hostile")


@dataclass(frozen=True)
class ParsedHead:
    """How long and how hard. ``without`` names attacks to leave out; ``slack_ms`` is added to what p99 may be.
    ``dead_letters`` are there from the beginning."""

    seconds: float
    window_s: float = 10.0
    per_s: float = 100.0
    enemies_per_s: float = 15.0
    without: tuple[str, ...] = ()
    slack_ms: float = 0.0
    dead_letters: int = 0

    def windows(self, phase: str) -> int:
        """How many windows a phase has."""
        return max(1, round(self.seconds * SHARES[phase] / self.window_s))


class Soak:
    """One run: ``windows`` are what was measured."""

    def __init__(self, plan: ParsedHead, running: Running, ours: Server, foes: Enemies, books: Books) -> None:
        self._plan = plan
        self._running = running
        self._ours = ours
        self._foes = foes
        self._books = books
        self._per_window = max(1, round(plan.per_s * plan.window_s))
        self._ledger = Ledger(self._per_window * sum(map(plan.windows, SHARES)))
        self._lags_ms: list[float] = []
        self.windows: list[Window] = []

    async def run(self) -> list[Verdict]:
        """All phases, and what came of them."""
        failed: list[Verdict] = []
        try:
            await self._phases()
        except Unreliable as error:
            failed = [Verdict("ordinary messages arrive", str(error), False)]
        return [*failed, *await self._end()]

    async def _phases(self) -> None:
        print(_TABLE.format(*_COLUMNS, *_MORE_COLUMNS))
        await fill_dead_letters(self._ours, self._plan.dead_letters)
        async with self._publisher() as (publisher, head):
            for phase in SHARES:
                if phase != SETTLING:
                    others = self._ours.port, self._plan.enemies_per_s, self._plan.without
                    await self._foes.start(*others, hostile=phase == DISTURBED)
                for number in range(self._plan.windows(phase)):
                    self.windows.append(await self._window(phase, publisher, head))
                    per_row = max(1, round(60 / self._plan.window_s))
                    if number + 1 == self._plan.windows(phase) or (number + 1) % per_row == 0:
                        self._print_row(self.windows[-min(per_row, number + 1) :])
            await self._ledger.settled()

    @asynccontextmanager
    async def _publisher(self) -> AsyncIterator[tuple[Publisher, bytes]]:
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(sink(self._ledger))
            publisher = await stack.enter_async_context(Publisher.to(self._ours, self._ledger, CONNECTIONS))
            lags = asyncio.create_task(self._watch_lag())
            stack.callback(lags.cancel)
            yield publisher, publish_head(self._ours, url)

    async def _window(self, phase: str, publisher: Publisher, head: bytes) -> Window:
        self._lags_ms.clear()
        numbers = self._ledger.take(self._per_window)
        await publisher.paced(numbers, head, self._plan.per_s)
        await self._ledger.all_arrived()
        taken = self._ledger.latencies_ms(numbers)
        return Window(
            phase,
            self._ours.rss_bytes() / 1024**2,
            descriptors(self._ours.pid),
            percentile(taken, 50),
            percentile(taken, 99),
            percentile(self._lags_ms or [0.0], 99),
        )

    async def _watch_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _LAG_STEP_S
            await until(due_s)
            self._lags_ms.append((loop.time() - due_s) * 1_000)

    def _print_row(self, windows: Sequence[Window]) -> None:
        counts, last = self._books.counts, windows[-1]
        print(
            _TABLE.format(
                round(len(self.windows) * self._plan.window_s),
                last.phase,
                f"{last.rss_mb:.1f}",
                last.fds,
                f"{median(window.p50_ms for window in windows):.2f}",
                f"{median(window.p99_ms for window in windows):.2f}",
                f"{median(window.lag_ms for window in windows):.1f}",
                *(counts[name] for name in ("accepted", "delivered", "dead", "cancelled")),
                len(self._books.open),
                self._foes.deliveries,
            ),
            flush=True,
        )

    async def _end(self) -> list[Verdict]:
        """Send the enemies away, wait until all has come to an end, and look at what is left."""
        try:
            await self._foes.stop()
            waiting = await self._calm()
            fds = descriptors(self._ours.pid)
        except (Unreliable, OSError, TimeoutError) as error:
            return [Verdict("it answers when the enemies are gone", str(error) or repr(error), False)]
        code = await self._running.stop()
        counts = dict(self._books.counts)
        wrong = {what: count for what, count in self._ledger.wrong().items() if count}
        return [
            verdict.memory(self.windows),
            verdict.latency(self.windows, self._plan.slack_ms),
            verdict.descriptors(self.windows, fds),
            verdict.accounts(self._books.wrong(waiting), f"{counts}, {waiting} waiting"),
            Verdict("ordinary messages arrive once", f"{self._ledger.arrived} arrived, wrong: {wrong}", not wrong),
            Verdict("it stops when it is told to", f"exit code {code}", code == 0),
        ]

    async def _calm(self) -> int:
        """How many messages the server says that wait, when there is nothing left or nothing changes any more."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + _CALMS_DOWN_WITHIN_S
        async with Asker.of(self._ours) as asker:
            while True:
                status = await asker.ask("GET", "/_dev/status")
                waiting = sum(user[field] for user in status["users"] for field in ("inFlight", "due", "later"))
                if not waiting or loop.time() > deadline_s:
                    # What it has printed meanwhile is read by then.
                    await within(1.0)
                    return int(waiting)
                await within(0.5)


async def soak(plan: ParsedHead) -> list[Verdict]:
    """Everything, from start to end."""
    books = Books()
    async with server(books.line) as running, enemies(books.promised) as foes:
        return await Soak(plan, running, await running.ready(), foes, books).run()


def tell(verdicts: Sequence[Verdict]) -> bool:
    """Print the verdicts; whether all are good."""
    for one in verdicts:
        print(f"{'holds' if one.good else 'FAILS'}: {one.what}: {one.told}")
    return all(one.good for one in verdicts)


def main() -> None:
    """Parse the options and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--window-s", type=float, default=10, help="length of the windows that p99 is told for")
    parser.add_argument("--per-s", type=float, default=100, help="ordinary messages a second")
    parser.add_argument("--enemies-per-s", type=float, default=15, help="messages a second to hostile destinations")
    parser.add_argument("--without", action="append", default=[], help="an attack of clients to leave out")
    parser.add_argument("--slack-ms", type=float, default=0, help="what p99 may be beyond the 20 %%")
    dead_letters = Retention().dead_letters
    parser.add_argument("--dead-letters", type=int, default=dead_letters, help="dead letters from the beginning")
    given = parser.parse_args()
    plan = ParsedHead(
        given.minutes * 60,
        given.window_s,
        given.per_s,
        given.enemies_per_s,
        tuple(given.without),
        given.slack_ms,
        given.dead_letters,
    )
    sys.exit(0 if tell(drive(soak(plan))) else 1)


if __name__ == "__main__":
    main()
