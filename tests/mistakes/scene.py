"""A server with a terminal, and everything around it that mistakes are made with."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from io import StringIO
from typing import Any

import aiohttp
from qstash import AsyncQStash
from qstash.errors import QStashError
from yarl import URL

from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.cli.output import Output, OutputLimits, left_out
from qstash_dev.cli.serve import subscribe
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, User
from tests.asgi import served
from tests.conftest import NOON_MS, PATIENCE_S
from tests.delivery.rogue import Behaviour, Rogue
from tests.destination import Answer, Destination
from tests.mistakes.node import Node
from tests.mistakes.told import Reader, Told

_STAMP = re.compile(r"^\d\d:\d\d:\d\d ")
_AT_ONCE = OutputLimits(gathering_s=0.0)


class Terminal:
    """What ``qstash-dev dev`` prints."""

    def __init__(self, server: Server) -> None:
        self._stream = StringIO()
        self._output = Output(self._stream, left_out, _AT_ONCE)
        lines = LineLimiter(self._output, server.clock.monotonic_s, asyncio.get_running_loop().call_later)
        subscribe(server, lines, every_event=False, as_json=False, colour=False)

    def lines(self) -> list[str]:
        """The lines so far, without their times. No more are written."""
        self._output.close()
        return [_STAMP.sub("", line) for line in self._stream.getvalue().splitlines()]


class Scene:
    """One server, and one user who makes a mistake. Time stands still."""

    def __init__(self, server: Server, session: aiohttp.ClientSession, stack: AsyncExitStack, node: Node | None):
        self.server, self._session, self._stack = server, session, stack
        self.node = node
        self.dev = Reader(session, server.url)
        self.told: list[Any] = []
        self.ports = {server.port: 8080}

    def sdk(self, token: str = USERS[0].token, base_url: str = "") -> AsyncQStash:
        """The client of the Python SDK."""
        client = AsyncQStash(token, base_url=base_url or self.server.url, retry=False)
        self._stack.push_async_callback(client.http._client.aclose)
        return client

    async def publish(self, url: str, body: str | bytes = "x", token: str = USERS[0].token, **options: Any) -> str:
        """Publish as most apps do, which swallow errors: the id of the message, if there is one."""
        with suppress(QStashError):
            answer: Any = await self.sdk(token).message.publish(url=url, body=body, **options)
            return str(answer.message_id)
        return ""

    async def call(
        self, method: str, path: str, body: str | bytes = b"", token: str | None = USERS[0].token, **headers: str
    ) -> Any:
        """Call without an SDK. ``Upstash_Delay`` stands for the header with dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named.setdefault("Authorization", f"Bearer {token}")
        url = URL(self.server.url + path, encoded=True)
        async with self._session.request(method, url, data=body, headers=named) as answer:
            return await answer.json(content_type=None)

    async def control(self, method: str, path: str, **fields: Any) -> Any:
        """Call a route under ``/_dev/``."""
        async with self._session.request(method, f"{self.server.url}/_dev/{path}", json=fields) as answer:
            return await answer.json()

    async def rest(self) -> None:
        """Wait until nothing is on the wire."""
        await self.server.idle(PATIENCE_S)

    async def app(self, *answers: int | Answer) -> str:
        """The URL of an app that answers like this."""
        app = Destination()
        app.answers(*answers)
        await app.start()
        self._stack.push_async_callback(app.stop)
        return self.named(app.url)

    async def asgi(self, app: Any) -> str:
        """The URL of an ASGI application."""
        return self.named(await self._stack.enter_async_context(served(app)))

    async def rogue(self, *script: Behaviour, **options: Any) -> Rogue:
        """An app that breaks rules."""
        rogue = await self._stack.enter_async_context(Rogue(*script, **options))
        self.ports[rogue.port] = 3000
        return rogue

    async def listening(self, address: str) -> int:
        """The port of a web server that listens on this address only."""

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(serve, address, 0)
        await self._stack.enter_async_context(server)
        port: int = server.sockets[0].getsockname()[1]
        self.ports[port] = 3000
        return port

    def named(self, url: str) -> str:
        """The same URL, whose port is 3000 on the page."""
        self.ports[int(URL(url).port or 0)] = 3000
        return url

    def finally_(self, call: Callable[[], Any]) -> None:
        """Call something at the end."""
        self._stack.callback(call)


@asynccontextmanager
async def scene(config: Config, node: Node | None = None) -> AsyncIterator[tuple[Scene, Terminal]]:
    """A new server for one mistake."""
    server = Server(config, clock=FrozenClock(NOON_MS))
    await server.start()
    try:
        async with (
            aiohttp.ClientSession(skip_auto_headers=["User-Agent", "Accept"]) as session,
            AsyncExitStack() as stack,
        ):
            yield Scene(server, session, stack, node), Terminal(server)
    finally:
        await server.stop()


async def told(scene: Scene, terminal: Terminal) -> Told:
    """What is said at this moment."""
    # Lines wait for the events that follow at once.
    await asyncio.sleep(0)
    sentences = [*scene.told, *await scene.dev.sentences()]
    return Told(terminal.lines(), sentences)


def without_certificates() -> None:
    """Each client of the SDK reads all certificates that it finds, and needs none here."""
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = os.devnull


def keys(user: User) -> dict[str, str]:
    """The environment of an app of this user."""
    return {
        "QSTASH_CURRENT_SIGNING_KEY": user.current_signing_key,
        "QSTASH_NEXT_SIGNING_KEY": user.next_signing_key,
    }
