"""The thread of a server, with its own event loop, so that tests can block or await."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from qstash_dev.clock import Clock, monotonic_s
from qstash_dev.config import Config
from qstash_dev.dev.travel_errors import NotIdle, StepLimit
from qstash_dev.protocol.errors import Rejection
from qstash_dev.server import Server
from qstash_dev.sockets import AddressInUse
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout

Result = TypeVar("Result")
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 10.0
# How long after its time limit a call is still waited for: the thread may be busy.
_GRACE_S = 2.0
# Threads that look up names cannot be stopped: how long they are waited for.
_LOOK_UP_GRACE_S = 1.0


class _Loop(asyncio.SelectorEventLoop):
    """A loop with real time, also in tests that freeze the ``time`` module."""

    def time(self) -> float:
        return monotonic_s()


class ServerThread:
    """A server and its thread, which other threads start and stop."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.server = Server(config, clock=clock)
        self._stopping = asyncio.Event()
        self._failure: BaseException | None = None
        self._started: Future[None] = Future()
        self._ended: Future[None] = Future()
        self.is_running = False  #: whether the server accepts calls
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._main, name="qstash-dev", daemon=True)

    def start(self) -> None:
        """Start the thread and return when the server listens.

        Raises QStashDevError: it cannot start, or not within 30 seconds.
        """
        self._loop = _Loop()
        self.is_running = True
        self._thread.start()
        try:
            self._started.result(_START_TIMEOUT_S)
        except AddressInUse as error:
            reason = f"{error}: leave the port out, and the system chooses a free one"
        except TimeoutError:
            self.ask_to_stop()
            raise QStashDevTimeout(f"the server did not start within {_START_TIMEOUT_S:g} s") from None
        except Exception as error:
            reason = f"the server cannot start: {error!r}"
        else:
            return
        self._thread.join(_STOP_TIMEOUT_S)
        raise QStashDevError(reason) from None

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float) -> Result:
        """Run a coroutine in the server's loop and return its result.

        Raises:
            QStashDevTimeout: it did not end within its time limit.
            QStashDevError: the arguments were refused, or the server is not running.
        """
        future = self._submit(work)
        try:
            return future.result(timeout_s + _GRACE_S)
        except Exception as error:
            if not future.done():
                future.cancel()
                raise QStashDevTimeout(f"the server's thread did not answer within {timeout_s:g} s") from None
            raise _translated(error) from None

    async def wait(self, work: Coroutine[Any, Any, Result], timeout_s: float) -> Result:
        """Like :meth:`run`, for a coroutine of asyncio or trio, whose own event loop runs on meanwhile."""
        if _in_trio():
            return await _in_thread_of_trio(lambda: self.run(work, timeout_s))
        try:
            return await asyncio.wrap_future(self._submit(work))
        except Exception as error:
            raise _translated(error) from None

    def stop(self) -> None:
        """Stop the server and wait until the thread has ended; a second call does nothing.

        Raises:
            QStashDevTimeout: the thread did not end within 10 seconds.
            QStashDevError: the server had failed before.
        """
        self.ask_to_stop()
        self._thread.join(_STOP_TIMEOUT_S)
        if self._thread.is_alive():
            raise QStashDevTimeout(f"the server's thread did not end within {_STOP_TIMEOUT_S:g} s")
        if self._failure is not None:
            raise QStashDevError(f"the server failed with {self._failure!r}")

    async def stop_and_wait(self) -> None:
        """Like :meth:`stop`, for a coroutine."""
        if _in_trio():
            await _in_thread_of_trio(self.stop)
            return
        self.ask_to_stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await asyncio.shield(asyncio.wrap_future(self._ended))
        self.stop()

    def _submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        with self._gate:
            accepting = self.is_running and threading.current_thread() is not self._thread
            if accepting:
                return asyncio.run_coroutine_threadsafe(self._watched(work), self._loop)
        work.close()
        if threading.current_thread() is self._thread:
            raise QStashDevError("this was called from the server's own thread, where it would wait for itself")
        raise QStashDevError(self._gone())

    async def _watched(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            result = await work
        except asyncio.CancelledError:
            if self.is_running:
                raise
            # The caller would take it for a cancellation of its own task.
            raise QStashDevError(self._gone()) from None
        if self._stopping.is_set() or not self.is_running:
            # The server is idle only because all deliveries were cut off.
            raise QStashDevError(self._gone())
        return result

    def _gone(self) -> str:
        reason = f", because of {self._failure!r}" if self._failure else ""
        return (
            f"the server is not running any more{reason}: it was closed, or its test is over; start a new QStashDev"
        )

    def ask_to_stop(self) -> None:
        """Stop the server without waiting for it."""
        with self._gate:
            if self.is_running:
                self._loop.call_soon_threadsafe(self._stopping.set)

    def _main(self) -> None:
        look_ups = ThreadPoolExecutor(thread_name_prefix="qstash-dev-look-up")
        self._loop.set_default_executor(look_ups)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            with self._gate:
                self.is_running = False
            if self._failure and self._started.done():
                with contextlib.suppress(Exception):
                    self._loop.run_until_complete(self.server.stop())
            self._loop.run_until_complete(_end_all_tasks())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            _end(look_ups)
            if self._failure and not self._started.done():
                self._started.set_exception(self._failure)
            self._ended.set_result(None)

    async def _serve(self) -> None:
        await self.server.start()
        self._started.set_result(None)
        await self._stopping.wait()
        await self.server.stop()


async def _end_all_tasks() -> None:
    # A call that was submitted last becomes a task only in the next pass of the loop.
    await asyncio.sleep(0)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _end(executor: ThreadPoolExecutor) -> None:
    executor.shutdown(wait=False, cancel_futures=True)
    waiter = threading.Thread(target=executor.shutdown, name="qstash-dev-look-up-end", daemon=True)
    waiter.start()
    waiter.join(_LOOK_UP_GRACE_S)


def _translated(error: Exception) -> Exception:
    """The exception of the test kit for an exception of the server."""
    if isinstance(error, NotIdle):
        return QStashDevTimeout(str(error), error.in_flight, error.waiting)
    if isinstance(error, StepLimit):
        return QStashDevTimeout(str(error))
    if isinstance(error, Rejection):
        return QStashDevError(error.text)
    if isinstance(error, ValueError):
        return QStashDevError(str(error))
    return error


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


async def _in_thread_of_trio(call: Callable[[], Result]) -> Result:
    run_sync: Callable[..., Awaitable[Result]] = sys.modules["trio"].to_thread.run_sync
    return await run_sync(call)
