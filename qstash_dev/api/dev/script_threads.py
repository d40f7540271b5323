"""Threads for functions of a test that make answers of an inbox."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any


class Crashed(Exception):
    """The function raised something that is no ``Exception``, as ``pytest.fail()`` and ``sys.exit()`` do."""


async def in_daemon_thread(function: Callable[[Any], Any], argument: Any) -> Any:
    """What the function returns or raises. A function that never ends does not keep the process alive, as it would in
    an executor.

    Raises Crashed: instead of exceptions that would end the loop.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((result, error))

    def call() -> None:
        result, error = None, None
        try:
            result = function(argument)
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):
            # The loop may be closed by now.
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=call, name="qstash-dev-script", daemon=True).start()
    result, error = await outcome
    if error is None:
        return result
    raise error if isinstance(error, Exception) else Crashed(f"{type(error).__name__}: {error}") from error
