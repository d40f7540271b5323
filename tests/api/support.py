"""Helpers that the shared client does not have: empty answers, servers with other plans, raw bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Destination
from tests.openapi.contract import check_answer

TOKEN = USERS[0].token
HOUR_MS = 3_600_000
NOWHERE = "http://127.0.0.1:1"
"""Refuses every connection at once."""


async def send(client: Client, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """The status and the JSON of an answer that may also be empty, which is ``None``."""
    headers = {"Authorization": f"Bearer {client.token}"} | options.pop("headers", {})
    url = URL(client.url + path, encoded=True)
    async with client.session.request(method, url, headers=headers, allow_redirects=False, **options) as response:
        body = await response.read()
        payload = json.loads(body) if body else None
        assert payload is None or response.content_type == "application/json", body
        check_answer(method, path, response.status, payload)
        return response.status, payload


async def done(client: Client, method: str, path: str, **options: Any) -> None:
    """Call something that answers 200 and says nothing."""
    assert await send(client, method, path, **options) == (200, None)


async def error(client: Client, method: str, path: str, **options: Any) -> tuple[int, str]:
    """The status and the text of an error; nothing else may be in its body, except below ``/_dev/``."""
    status, payload = await client.call(method, path, **options)
    assert status >= 400, payload
    assert list(payload) == ["error"] or path.startswith("/_dev/")
    assert isinstance(payload["error"], str)
    return status, payload["error"]


async def make_group(client: Client, name: str, *urls: str) -> None:
    """A URL group of nameless endpoints."""
    await done(client, "POST", f"/v2/topics/{name}/endpoints", json={"endpoints": [{"url": url} for url in urls]})


async def give_up(
    server: Server, client: Client, destination: Destination, *paths: str, status: int = 500, **headers: str
) -> list[dict[str, Any]]:
    """Publish a message to each path, let them fail, and return the dead letter queue, oldest first."""
    destination.answers(status)
    for path in paths:
        await client.publish(destination.url + path, b"payload", **({"Upstash_Retries": "0"} | headers))
        await server.idle()
    letters: list[dict[str, Any]] = (await client.get("/v2/dlq"))["messages"]
    return letters


def warnings(server: Server) -> list[list[str]]:
    """The codes of the warnings of each message, in the order they were made."""
    [tenant, *_] = server.broker.tenants.all()
    return [[warning.code.value for warning in message.warnings] for message in tenant.messages.values()]


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Client]:
    """A server of its own with other settings, as its first user sees it."""
    server = Server(config, clock=FrozenClock(NOON_MS))
    await server.start()
    try:
        async with aiohttp.ClientSession(skip_auto_headers=["Content-Type", "User-Agent", "Accept"]) as session:
            yield Client(session, server.url, TOKEN)
    finally:
        await server.stop()


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; ``headers`` have lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The text of a JSON error."""
        assert self.status >= 400, self
        assert self.headers["content-type"].startswith("application/json"), self
        payload = json.loads(self.body)
        # Below /_dev/ the body also tells the field.
        assert next(iter(payload)) == "error"
        return str(payload["error"])


def request(target: str = "/v2/keys", method: str = "GET", *lines: str, host: str = "127.0.0.1") -> bytes:
    """A request head as a client would write it, which asks to close the connection afterwards."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {TOKEN}", "Connection: close"]
    return "\r\n".join([*head, *lines, "", ""]).encode("latin-1")


async def exchange(port: int, sent: bytes, *, to_the_end: bool = False) -> Reply:
    """Write bytes and read the answer; ``to_the_end`` also waits for the server to close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(10):
            # A server that refuses early may close before everything is written.
            with suppress(ConnectionError):
                writer.write(sent)
                await writer.drain()
            reply = await read_reply(reader, has_body=not sent.startswith(b"HEAD "))
            if to_the_end:
                assert await reader.read() == b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return reply


async def read_reply(reader: asyncio.StreamReader, *, has_body: bool = True) -> Reply:
    """The next answer on a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, *lines = head.strip().split("\r\n")
    assert status_line.startswith("HTTP/1."), head
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0"))) if has_body else b""
    return Reply(int(status_line.split(" ")[1]), headers, body)
