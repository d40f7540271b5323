"""Requests that may take long, such as time travel, waits and streams: a server that stops ends them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

from qstash_dev.protocol import errors

Result = TypeVar("Result")


class Waiting:
    """The tasks of the long requests that go on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether the server stops."""
        return self._over.is_set()

    async def until_stop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of the work.

        Raises Rejection: 503 if the server stops first.
        """
        if self._over.is_set():
            work.close()
            raise errors.STOPPING()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if not self._over.is_set():
                raise
            raise errors.STOPPING() from None
        finally:
            self._tasks.discard(task)
            if self._over.is_set():
                task.uncancel()

    def end(self) -> None:
        """End all of them: each is answered with 503."""
        self._over.set()
        for task in self._tasks:
            task.cancel()


WAITING = web.AppKey("waiting", Waiting)


async def end_all(app: web.Application) -> None:
    """End the long requests when the application shuts down."""
    app[WAITING].end()
