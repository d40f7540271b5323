"""A reader of server-sent events that can read slowly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.api.support import request
from tests.openapi.contract import check_event

# For a machine that is busy with other things: nothing takes as long that works.
LIMIT_S = 50.0


@dataclass(frozen=True)
class Event:
    """One event; ``name`` is ``message`` unless the server says otherwise."""

    name: str
    id: str
    data: Any


class Stream:
    """Reads only when it is asked to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.headers: dict[str, str] = {}
        self.comments: list[str] = []
        self._lines: list[str] = []
        self._rest = b""

    async def begin(self) -> int:
        """The status of the answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.strip().split("\r\n")
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return int(status.split(" ")[1])

    async def next(self) -> Event | None:
        """The next event, ``None`` at the orderly end of the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(LIMIT_S):
            while True:
                line = await self._line()
                if line is None:
                    return None
                if line.startswith(":"):
                    self.comments.append(line)
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    data = json.loads(fields["data"])
                    check_event("/_dev/events", data)
                    return Event(fields.get("event", "message"), fields.get("id", ""), data)

    async def events(self, count: int) -> list[Event]:
        """So many events; fewer only if the stream ends."""
        found = [await self.next() for _ in range(count)]
        return [event for event in found if event is not None]

    async def _line(self) -> str | None:
        """One line out of the chunks, which may end anywhere."""
        while not self._lines:
            size = int((await self._reader.readline()).strip() or b"0", 16)
            chunk = await self._reader.readexactly(size + 2)
            if size == 0:
                return None
            *lines, self._rest = (self._rest + chunk[:-2]).split(b"\n")
            self._lines = [line.decode() for line in lines]
        return self._lines.pop(0)


@asynccontextmanager
async def streaming(port: int, query: str = "", *lines: str) -> AsyncIterator[Stream]:
    """An open stream that has told that it is connected."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stream = Stream(reader, writer)
    try:
        writer.write(request(f"/_dev/events{query}", "GET", *lines))
        assert await stream.begin() == 200
        yield stream
    finally:
        writer.transport.abort()
        # An aborted transport closes its socket in the next pass of the loop.
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())], timeout=1)
