"""A client for the HTTP API over one kept-alive connection, with little cost of its own."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Api:
    """Calls the server one request at a time."""

    def __init__(self, url: str, token: str) -> None:
        self._host = url.removeprefix("http://")
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """The body of an answer that says that all went well; ``Upstash_Delay`` stands for the header."""
        reader, writer = await self._connected()
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n{named}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        payload = await reader.readexactly(_length(answer))
        assert answer[9:11] == b"20", (answer, payload[:500])
        return payload

    async def json(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        """The same, read."""
        return json.loads(await self.call(method, path, body, **headers))

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            host, _, port = self._host.rpartition(":")
            self._streams = await asyncio.open_connection(host, int(port), limit=64 * 1024 * 1024)
        return self._streams


def _length(head: bytes) -> int:
    [length] = [line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return int(length)
