"""Carries what a test asks for into the loop of the server's thread, with a deadline on everything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.testing.arguments import seconds
from qstash_dev.testing.commands import Commands
from qstash_dev.testing.thread import ServerThread

Result = TypeVar("Result")
Verb = Callable[[float], Coroutine[Any, Any, Result]]
"""Given the seconds of real time that it may take."""


class Bridge:
    """A running server and one of its users.

    Raises:
        QStashDevError: there is no such user, ``timeout`` is none, or the server cannot start.
    """

    def __init__(self, config: Config, clock: Clock, user: str, timeout: float) -> None:
        self.timeout = seconds(timeout)
        self.thread = ServerThread(config, clock)
        self.server = self.thread.server
        self.commands = Commands(self.server, user)
        self.thread.start()

    def read(self, look: Callable[[], Result]) -> Result:
        """Call something in the server's loop, between two things that happen there."""

        async def in_the_loop() -> Result:
            return look()

        return self.thread.run(in_the_loop(), self.timeout)

    def block(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        """Block until it is done; at most ``timeout`` seconds, the server's own unless given."""
        limit_s = self._limit_s(timeout)
        return self.thread.run(verb(limit_s), limit_s)

    async def wait(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        """Wait until it is done, while the caller's own loop runs on."""
        limit_s = self._limit_s(timeout)
        return await self.thread.wait(verb(limit_s), limit_s)

    def _limit_s(self, timeout: float | None) -> float:
        return self.timeout if timeout is None else seconds(timeout)
