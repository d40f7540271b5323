"""Fixtures: a server and a destination in their own event loop, and both clients of the Python SDK for each test."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar, cast

import pytest
from qstash import AsyncQStash, QStash
from qstash.dlq import DlqMessage
from qstash.errors import QStashError
from qstash.log import Log

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.mapping import Mapping
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, PatientServer
from tests.destination import Answer, Destination

Result = TypeVar("Result")

# For a machine that is busy with other things: nothing takes as long that works.
TIMEOUT_S = 50
SECOND_MS = 1_000
HOUR_MS = 3_600_000
# What the SDK's own tests publish to; delivered to the destination here.
INTERNET = ("https://mock.httpstatus.io", "https://api.openai.com")


class Local:
    """The server under test and its destination, out of the way of clients that block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.destination = Destination()
        self.call(self.destination.start())
        mappings = tuple(Mapping(f"{origin}/*", self.destination.url) for origin in INTERNET)
        # Time stands still until a test lets it pass.
        self.server = PatientServer(Config(port=0, shutdown_grace_s=0, mappings=mappings), clock=FrozenClock(NOON_MS))
        self.call(self.server.start())

    def close(self) -> None:
        self.call(self.server.stop())
        self.call(self.destination.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_S)
        self._loop.close()

    async def start_over(self) -> None:
        await self.server.start_over()
        self.destination.start_over()

    def call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the server's loop and block until it is done."""
        return self._submit(coroutine).result(TIMEOUT_S)

    async def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the server's loop without blocking the test's own."""
        async with asyncio.timeout(TIMEOUT_S):
            return await asyncio.wrap_future(self._submit(coroutine))

    async def idle(self) -> None:
        """Wait until nothing is in flight and nothing is due."""
        await self.run(self.server.idle())

    async def advance(self, by_ms: int) -> None:
        """Let time pass; retries that are due on the way happen."""
        await self.run(self.server.advance(by_ms))

    async def received(self, count: int) -> None:
        """Wait until the destination has been called so often."""
        await self.run(self.destination.received(count))

    def hold(self, status: int = 200) -> Answer:
        """An answer that the destination keeps back until :meth:`release`."""
        return Answer(status=status, hold=asyncio.Event())

    async def release(self, answer: Answer) -> None:
        assert answer.hold is not None
        self._loop.call_soon_threadsafe(answer.hold.set)
        await self.idle()

    def url(self, path: str = "/hook") -> str:
        return self.destination.url + path

    def _submit(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


class Unblocked:
    """The blocking client, or one of its parts, with each call awaitable: it blocks a thread of its own."""

    def __init__(self, blocking: Any) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._blocking, name)
        return functools.partial(asyncio.to_thread, found) if callable(found) else Unblocked(found)


@pytest.fixture(scope="module")
def shared_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    local = Local()
    with pytest.MonkeyPatch.context() as patch:
        # Each client of the SDK reads all certificates that it finds, and needs none here.
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
        yield local
    local.close()


@pytest.fixture
def local(shared_local: Local) -> Iterator[Local]:
    """The server of a file, which remembers nothing of the test before."""
    yield shared_local
    shared_local.call(shared_local.start_over())


OpenClient = Callable[[str], AsyncQStash]


@pytest.fixture(params=["sync", "async"])
async def open_client(request: pytest.FixtureRequest, local: Local) -> AsyncIterator[OpenClient]:
    """Makes clients for tokens: blocking ones, then those of asyncio; all are to be awaited."""
    blocking: list[QStash] = []
    awaitable: list[AsyncQStash] = []

    def open_client(token: str) -> AsyncQStash:
        if request.param == "sync":
            blocking.append(QStash(token, base_url=local.server.url, retry=False))
            return cast(AsyncQStash, Unblocked(blocking[-1]))
        awaitable.append(AsyncQStash(token, base_url=local.server.url, retry=False))
        return awaitable[-1]

    yield open_client
    # The SDK offers no way to close its connections.
    for client in blocking:
        client.http._client.close()
    for client in awaitable:
        await client.http._client.aclose()


@pytest.fixture
def qstash(open_client: OpenClient) -> AsyncQStash:
    """The client of the first user."""
    return open_client(USERS[0].token)


async def history(qstash: AsyncQStash, message_id: str) -> list[Log]:
    """The log entries of a message in the order in which they were made."""
    return (await qstash.log.list(filter={"message_id": message_id})).logs[::-1]


async def states(qstash: AsyncQStash, message_id: str) -> list[str]:
    """The states that a message went through."""
    return [entry.state.value for entry in await history(qstash, message_id)]


async def publish_in_vain(qstash: AsyncQStash, local: Local, **options: Any) -> DlqMessage:
    """Publish to a destination that fails, and return the entry in the dead letter queue."""
    local.destination.answers(Answer(404, b"404 Not Found"), path="/vain")
    answer = await qstash.message.publish(**{"url": local.url("/vain"), "retries": 0} | options)
    await local.idle()
    [letter] = (await qstash.dlq.list(filter={"message_id": cast(Any, answer).message_id})).messages
    return letter


class Refusal:
    """``with refused(404, "not found"):`` asserts an ordinary error of the SDK with this status and text."""

    def __init__(self, status: int, text: str) -> None:
        self._status = status
        self._text = text
        self._raises = pytest.raises(QStashError)

    def __enter__(self) -> None:
        self._caught = self._raises.__enter__()

    def __exit__(self, *exit: Any) -> bool:
        suppressed = bool(self._raises.__exit__(*exit))
        if suppressed:
            # Subclasses stand for rate limits and signatures, which no refusal of the API is.
            assert self._caught.type is QStashError
            found = re.fullmatch(r"Request failed with status: (\d+), body: (.*)", str(self._caught.value), re.DOTALL)
            assert found is not None, str(self._caught.value)
            error = json.loads(found[2])
            assert list(error) == ["error"]
            assert int(found[1]) == self._status, error
            assert self._text.lower() in error["error"].lower()
        return suppressed


def refused(status: int, text: str = "") -> Refusal:
    return Refusal(status, text)
