"""What a developer is told of a message that fails, read over the API."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

from qstash_dev.server import Server
from tests.conftest import Client


class Told(NamedTuple):
    """The last attempt of a message under ``/_dev``."""

    reason: str
    error: str
    hint: str
    response: dict[str, Any]


async def told(server: Server, client: Client, url: str, body: bytes = b"x", **headers: str) -> Told:
    """Publish without retries to a destination that fails: what ``/_dev`` tells of the attempt."""
    id = await client.publish(url, BytesIO(body), **({"Upstash_Retries": "0"} | headers))
    await server.idle()
    assert (await client.states(id))[-2:] == ["ERROR", "FAILED"]
    attempt = (await client.get(f"/_dev/messages/{id}"))["attempts"][-1]
    return Told(attempt["failureReason"], attempt["error"], attempt.get("hint", ""), attempt.get("response", {}))
