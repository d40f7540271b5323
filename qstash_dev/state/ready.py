"""Messages that nothing holds back any more, and which of them is called next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from qstash_dev.state.line import Line
from qstash_dev.state.message import Message


class Ready:
    """One line for each origin, served in turn, so that a destination that is slow keeps nobody else waiting.

    At most ``most`` calls are on the wire at once, and those to one origin never take more than they leave free: a
    destination that never answers ends up with half of them, the next one like it with a quarter, and so on.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: dict[str, Line] = {}
        self._turns: deque[str] = deque()
        self._on_the_wire: dict[str, int] = {}
        self._total = 0
        self._needed = 0

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[Message]:
        return chain.from_iterable(self._lines.values())

    @property
    def waiting(self) -> bool:
        """Whether anybody waits to be called."""
        return bool(self._turns)

    def join(self, message: Message) -> None:
        """Stand at the end of the line of its origin."""
        origin = origin_of(message.url)
        line = self._lines.get(origin)
        if line is None:
            self._lines[origin] = line = Line()
            self._turns.append(origin)
            self._eligible_from(self._on_the_wire.get(origin, 0))
        line.join(message)

    def call(self) -> Message | None:
        """The message to be called now, which counts as on the wire; ``None`` if there is none or no room."""
        free = self._most - self._total
        if free < self._needed:
            return None
        fewest = self._most
        for _ in range(len(self._turns)):
            origin = self._turns[0]
            if (on_the_wire := self._on_the_wire.get(origin, 0)) >= free:
                fewest = min(fewest, on_the_wire)
                self._turns.rotate(-1)
                continue
            line = self._lines[origin]
            message = line.call()
            if line:
                self._turns.rotate(-1)
            else:
                del self._lines[origin]
                self._turns.popleft()
            if message is None:
                continue
            self._on_the_wire[origin] = on_the_wire + 1
            self._total += 1
            return message
        self._needed = fewest + 1 if self._turns else 0
        return None

    def landed(self, message: Message) -> None:
        """The call of a message is over."""
        origin = origin_of(message.url)
        left = self._on_the_wire[origin] - 1
        self._total -= 1
        if left:
            self._on_the_wire[origin] = left
        else:
            del self._on_the_wire[origin]
        if origin in self._lines:
            self._eligible_from(left)

    def _eligible_from(self, on_the_wire: int) -> None:
        """An origin with so many calls on the wire may have its turn as soon as one more than that is free. While
        fewer are, nobody needs to be looked at."""
        self._needed = min(self._needed, on_the_wire + 1)


@lru_cache(maxsize=4_096)
def origin_of(url: str) -> str:
    """Scheme and host of a URL, which is all that a connection depends on."""
    scheme, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return f"{scheme}://{rest[:end]}".lower()
