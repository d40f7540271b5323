"""Messages that nothing holds back any more, and which of them is called next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from qstash_dev.protocol.target import target_of
from qstash_dev.state.message import Message
from qstash_dev.state.wait_list import WaitList

if TYPE_CHECKING:
    from qstash_dev.state.tenant import Tenant


class FairQueue:
    """Users take turns, and the origins that a user calls take turns among themselves.

    At most ``most`` calls are on the wire at once. Those of one user never take more than three quarters of what the
    others leave, and those to one origin never more than they leave free of that: whatever never answers, there is
    room for the next origin, and whatever one user does, there is room for the next user.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._shares: dict[Tenant, _Share] = {}
        self._turns: deque[_Share] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._shares.values()))

    def __iter__(self) -> Iterator[Message]:
        return chain.from_iterable(self._shares.values())

    @property
    def waiting(self) -> bool:
        """Whether anybody waits to be called."""
        return bool(self._turns)

    def join(self, message: Message) -> None:
        """Stand at the end of the line of its user and origin."""
        share = self._shares.get(message.tenant)
        if share is None:
            self._shares[message.tenant] = share = _Share()
        if not share.turns:
            self._turns.append(share)
        share.join(message)

    def call(self) -> Message | None:
        """The message to be called now, which counts as on the wire; ``None`` if there is none or no room."""
        turns = self._turns
        left = len(turns)
        while left:
            share = turns[0]
            message = share.call(self._free)
            if not share.turns:
                turns.popleft()
            elif len(turns) > 1:
                turns.rotate(-1)
            if message is not None:
                self._free -= 1
                return message
            left -= 1
        return None

    def landed(self, message: Message) -> None:
        """The call of a message is over."""
        self._free += 1
        self._shares[message.tenant].landed(message)


class _Share:
    """What one user has in line and on the wire."""

    __slots__ = ("_lines", "_needed", "_on_the_wire", "_total", "turns")

    def __init__(self) -> None:
        self.turns: deque[str] = deque()
        self._lines: dict[str, WaitList] = {}
        self._on_the_wire: dict[str, int] = {}
        self._total = 0
        self._needed = 0

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[Message]:
        return chain.from_iterable(self._lines.values())

    def join(self, message: Message) -> None:
        origin = target_of(message.url).origin_key
        line = self._lines.get(origin)
        if line is None:
            self._lines[origin] = line = WaitList()
            self.turns.append(origin)
            self._eligible_from(self._on_the_wire.get(origin, 0))
        line.join(message)

    def call(self, free: int) -> Message | None:
        """``free`` is how many more calls there may be in all."""
        # So many more that, with them, three quarters of what is not anybody else's are taken.
        room = (3 * free - self._total + 3) // 4
        if room < self._needed:
            return None
        fewest = self._total
        turns = self.turns
        for _ in range(len(turns)):
            origin = turns[0]
            if (on_the_wire := self._on_the_wire.get(origin, 0)) >= room:
                fewest = min(fewest, on_the_wire)
                turns.rotate(-1)
                continue
            line = self._lines[origin]
            message = line.call()
            if not line:
                del self._lines[origin]
                turns.popleft()
            elif len(turns) > 1:
                turns.rotate(-1)
            if message is None:
                continue
            self._on_the_wire[origin] = on_the_wire + 1
            self._total += 1
            return message
        self._needed = fewest + 1 if turns else 0
        return None

    def landed(self, message: Message) -> None:
        origin = target_of(message.url).origin_key
        left = self._on_the_wire[origin] - 1
        self._total -= 1
        if left:
            self._on_the_wire[origin] = left
        else:
            del self._on_the_wire[origin]
        if origin in self._lines:
            self._eligible_from(left)

    def _eligible_from(self, on_the_wire: int) -> None:
        """An origin with so many calls on the wire may have its turn as soon as there is room for one more than that.
        While there is not, nobody needs to be looked at."""
        self._needed = min(self._needed, on_the_wire + 1)
