"""A server in a thread of its own with an event loop of its own, so that tests of any kind can block or await."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from qstash_dev.clock import Clock, monotonic_s
from qstash_dev.config import Config
from qstash_dev.listening import AddressInUse
from qstash_dev.protocol.errors import Rejection
from qstash_dev.server import Server
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.travel import Runaway, StillBusy

Result = TypeVar("Result")
_START_TIMEOUT_S = 10.0
# What a coroutine may take beyond its own deadline before the thread itself is suspected.
_GRACE_S = 2.0


class _Loop(asyncio.SelectorEventLoop):
    """Keeps real time, whatever a test does to the ``time`` module."""

    def time(self) -> float:
        return monotonic_s()


class ServerThread:
    """Starts with the constructor's return and ends with :meth:`stop`."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.server = Server(config, clock=clock)
        self._loop = _Loop()
        self._stopping = asyncio.Event()
        self._failure: BaseException | None = None
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._main, name="qstash-dev", daemon=True)
        self._thread.start()
        try:
            self._started.result(_START_TIMEOUT_S)
        except AddressInUse as error:
            raise QStashDevError(f"{error}: leave the port out, and the system chooses a free one") from None
        except OSError as error:
            raise QStashDevError(f"cannot listen on {config.host}: {error.strerror or error}") from None

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float) -> Result:
        """Run a coroutine in the server's loop and return its result.

        Raises:
            QStashDevTimeout: it took longer than it may.
            QStashDevError: it was refused, or the server is not there any more.
        """
        future = self.submit(work)
        try:
            return future.result(timeout_s + _GRACE_S)
        except TimeoutError:
            future.cancel()
            raise QStashDevTimeout(f"the server's thread did not answer within {timeout_s:g} s") from None
        except BaseException as error:
            raise translated(error) from None

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Start a coroutine in the server's loop.

        Raises:
            QStashDevError: the server is not there any more, or this is its own thread.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise QStashDevError("this was called from the server's own thread, where it would wait for itself")
        if not self._thread.is_alive() or self._loop.is_closed():
            work.close()
            reason = f": {self._failure!r}" if self._failure else ""
            raise QStashDevError(f"the server is not running any more{reason}; start a new QStashDev")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Stop the server and wait for the thread to end."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_START_TIMEOUT_S)
        if self._thread.is_alive():
            raise QStashDevTimeout(f"the server's thread did not end within {_START_TIMEOUT_S:g} s")

    def _main(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
            if not self._started.done():
                self._started.set_exception(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _serve(self) -> None:
        await self.server.start()
        self._started.set_result(None)
        try:
            await self._stopping.wait()
        finally:
            await self.server.stop()


def translated(error: BaseException) -> BaseException:
    """An error of the server as one of the test kit."""
    if isinstance(error, StillBusy | Runaway):
        return QStashDevTimeout(str(error))
    if isinstance(error, Rejection):
        return QStashDevError(error.text)
    if isinstance(error, ValueError):
        return QStashDevError(str(error))
    return error
