"""The bridge from a test to the event loop of the server's thread, with a time limit for each call."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.testing.arguments import above_zero
from qstash_dev.testing.commands import Commands
from qstash_dev.testing.thread import ServerThread

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Verb = Callable[[float], Coroutine[Any, Any, Result]]
"""A function from a time limit, in seconds of real time, to the coroutine that runs in the server's loop."""


class Bridge:
    """A running server and one of its users.

    Raises QStashDevError: there is no such user, ``timeout`` is not above 0, or the server cannot start.
    """

    def __init__(self, config: Config, clock: Clock, user: str, timeout: float) -> None:
        self.timeout = above_zero("timeout", timeout, "seconds above zero")
        self.thread = ServerThread(config, clock)
        self.server = self.thread.server
        self.commands = Commands(self.server, user)
        self.thread.start()

    def read(self, look: Callable[[], Result]) -> Result:
        """Call a function in the server's loop and return its result; nothing else runs there meanwhile."""

        async def in_the_loop() -> Result:
            return look()

        return self.thread.run(in_the_loop(), self.timeout)

    def block(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        """Run a coroutine in the server's loop and block until it has ended, at most ``timeout`` seconds."""
        limit_s = self._limit_s(timeout)
        return self.thread.run(verb(limit_s), limit_s)

    async def wait(self, verb: Verb[Result], timeout: float | None = None) -> Result:
        """Like :meth:`block`, for a coroutine, whose own event loop runs on meanwhile."""
        limit_s = self._limit_s(timeout)
        return await self.thread.wait(verb(limit_s), limit_s)

    def _limit_s(self, timeout: float | None) -> float:
        return self.timeout if timeout is None else above_zero("timeout", timeout, "seconds above zero")


def awaited(
    method: Callable[Concatenate[Any, Arguments], Result],
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Result]]:
    """A method of a class for coroutines, from that of the blocking class.

    It returns what ``self._run`` returns: a result in the blocking class, a coroutine in the other one.
    """
    return cast(Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, Result]], method)
