"""The records of one measurement: when each message was sent and arrived, and errors."""

from __future__ import annotations

import asyncio
from array import array

from tests.bench.load.errors import Unreliable
from tests.bench.load.waiting import within

DEADLINE_S = 120
_ROOM_FOR_DOUBLES_S = 0.15
_MOST_COUNTED = 255


class Ledger:
    """Messages are numbered from 0; times are those of the loop's clock, in seconds."""

    def __init__(self, size: int, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self.sent_s = array("d", bytes(8 * size))
        self.arrived_s = array("d", bytes(8 * size))
        self.arrivals = bytearray(size)
        self.published = self.refused = self.arrived = self.attempts = self.strays = 0
        self.last_arrival_s = 0.0
        self._awaited = 0
        self._reached: asyncio.Future[None] | None = None

    def take(self, count: int) -> range:
        """Numbers for so many more messages."""
        numbers = range(self.published, self.published + count)
        self.published += count
        return numbers

    def arrive(self, number: int | None, at_s: float) -> None:
        """A destination got the message with this number, or something that was never sent."""
        if number is None or number >= self.published:
            self.strays += 1
            return
        self.attempts += 1
        if self.arrivals[number] == 0:
            self.arrived += 1
            self.arrived_s[number] = self.last_arrival_s = at_s
        self.arrivals[number] = min(self.arrivals[number] + 1, _MOST_COUNTED)
        if self._reached is not None and self.attempts >= self._awaited and not self._reached.done():
            self._reached.set_result(None)

    async def all_arrived(self, attempts: int | None = None) -> None:
        """Wait until as many attempts have arrived as messages were accepted, or so many.

        Raises:
            Unreliable: they do not before the deadline.
        """
        self._awaited = self.published - self.refused if attempts is None else attempts
        if self.attempts >= self._awaited:
            return
        self._reached = asyncio.get_running_loop().create_future()
        _, pending = await asyncio.wait([self._reached], timeout=self._deadline_s)
        if pending:
            raise Unreliable(
                f"{self._awaited - self.attempts} of {self._awaited} did not arrive in {self._deadline_s} s"
            )

    async def settled(self) -> None:
        """Wait until everything has arrived, and a little longer for what should not arrive.

        Raises:
            Unreliable: anything was lost, doubled, refused or changed on its way.
        """
        await self.all_arrived()
        await within(_ROOM_FOR_DOUBLES_S)
        if wrong := {what: count for what, count in self.wrong().items() if count}:
            told = ", ".join(f"{count} {what}" for what, count in wrong.items())
            raise Unreliable(f"of {self.published} messages: {told}")

    def wrong(self) -> dict[str, int]:
        """How many messages were lost, doubled, refused or came changed."""
        lost = self.published - self.refused - self.arrived
        doubled = self.attempts - self.arrived
        return {"lost": lost, "doubled": doubled, "refused": self.refused, "never sent like this": self.strays}

    def latencies_ms(self, numbers: range) -> list[float]:
        """From the first byte sent to the arrival."""
        return [(self.arrived_s[number] - self.sent_s[number]) * 1_000 for number in numbers]
