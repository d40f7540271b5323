"""Mistakes, and how they are played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from qstash_dev.config import Config
from tests.mistakes.node import Node
from tests.mistakes.scene import Scene, scene, told
from tests.mistakes.told import Party, Place, Sentence, Told

Make = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Mistake:
    """``said`` is what the user did, in the user's words; ``reason`` is that of the sentence that tells of it."""

    said: str
    make: Make
    fault: Party
    place: Place
    reason: str
    config: Config
    with_node: bool = False
    #: It needs another program.
    programs: bool = False
    #: Nothing is printed: what the user asked for is done, or comes later.
    says_nothing: bool = False

    async def play(self, node: Node | None = None) -> tuple[Told, dict[int, int]]:
        """Make the mistake: what is told, and the ports that the page shows."""
        async with scene(self.config, node) as (stage, terminal):
            await self.make(stage)
            return await told(stage, terminal), stage.ports

    def main(self, found: Told) -> Sentence | None:
        """The sentence that tells of the mistake."""
        return next((one for one in found.dev if (one.place, one.reason) == (self.place, self.reason)), None)


@dataclass(frozen=True)
class Section:
    """A table of the page. ``about`` stands above it."""

    title: str
    about: str = ""
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, said: str, fault: Party, place: Place, reason: str, make: Make, **options: object) -> None:
        """Add a mistake."""
        config = options.pop("config", None) or Config(port=0, shutdown_grace_s=0)
        assert isinstance(config, Config)
        self.mistakes.append(Mistake(said, make, fault, place, reason, config, **options))  # type: ignore[arg-type]

    def mistake(
        self, said: str, fault: Party, place: Place, reason: str, **options: object
    ) -> Callable[[Make], Make]:
        """Add the decorated function as a mistake."""

        def add(make: Make) -> Make:
            self.add(said, fault, place, reason, make, **options)
            return make

        return add
