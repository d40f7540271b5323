"""Fixtures: servers with a configuration of the test, and the state of a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from qstash_dev.clock import Clock, FrozenClock
from qstash_dev.config import Config
from qstash_dev.delivery.transport import HttpTransport, Transport
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client, PatientServer

Serve = Callable[..., Awaitable[tuple[Server, Client]]]


@pytest.fixture
async def serve(clock: FrozenClock) -> AsyncIterator[Serve]:
    """``await serve(verify_tls=False)`` starts a server with these fields of Config."""
    async with AsyncExitStack() as stack:

        async def start(**fields: Any) -> tuple[Server, Client]:
            server = PatientServer(Config(port=0, shutdown_grace_s=0, **fields), clock=clock)
            await server.start()
            stack.push_async_callback(server.stop)
            session = aiohttp.ClientSession(skip_auto_headers=["Content-Type", "User-Agent", "Accept"])
            await stack.enter_async_context(session)
            return server, Client(session, server.url, USERS[0].token)

        yield start


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """The way to the destinations on its own, for requests that the API does not let through."""
    transport = HttpTransport(Clock(), 1_000_000)
    yield transport
    await transport.close()


async def order(client: Client, path: str, payload: Any) -> None:
    """Make a request whose answer has no body."""
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(client.url + path, json=payload, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def events(client: Client, message_id: str, state: str) -> list[dict[str, Any]]:
    """The events of a message in one state, oldest first."""
    page = await client.get(f"/v2/events?messageId={message_id}&state={state}&order=earliestFirst")
    return list(page["events"])


async def failure(server: Server, client: Client, url: str, body: bytes = b"x", **headers: str) -> dict[str, Any]:
    """Publish without retries to a destination that fails: the ERROR event.

    The message must be given up into the dead letter queue, with the server still answering.
    """
    # A stream, because aiohttp's own client warns of large bytes.
    id = await client.publish(url, BytesIO(body), Upstash_Retries="0", **headers)
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    [error] = await events(client, id, "ERROR")
    [letter] = (await client.get(f"/v2/dlq?messageId={id}"))["messages"]
    assert letter["responseStatus"] == error.get("responseStatus", 0)
    return error


async def settle() -> None:
    """Let everything happen that can."""
    for _ in range(5):
        passed = asyncio.Event()
        asyncio.get_running_loop().call_soon(passed.set)
        await passed.wait()
