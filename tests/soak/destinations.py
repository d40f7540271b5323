"""Destinations that do to a server what they should not: one listener for each way, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.bench.load.waiting import within

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_PIECE = b"x" * 16_384
_DRIP_S = 0.3
# Kept with each event: small enough that what is kept is soon full.
_HUGE = 200_000


async def _request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))


def _for_ever(start: bytes, again: bytes, end: bytes = b"") -> Peer:
    """Answers, and never comes to an end."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(start)
        while not writer.is_closing():
            writer.write(again + end)
            await writer.drain()

    return peer


def _answer(*parts: bytes) -> Peer:
    """Answers so, and closes."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(b"".join(parts))
        await writer.drain()

    return peer


async def _hung(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


async def _deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Not even reads."""
    while not writer.is_closing():
        await within(_DRIP_S)


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    cut_off(writer)


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _request(reader)
    for byte in _HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 5_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await within(_DRIP_S)


async def _chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers well, and goes on talking when nobody has asked."""
    await _request(reader)
    writer.write((_HEAD + b"Content-Length: 2\r\n\r\nok") * 3)
    await reader.read(1)


async def _flaky(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Well-behaved, but for an error now and then."""
    for status in (b"500 No", b"200 OK", b"200 OK", b"503 Later", b"200 OK") * 20:
        await _request(reader)
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: 2\r\n\r\nok" % status)
        await writer.drain()


KINDS: dict[str, Peer] = {
    "flaky": _flaky,
    "hung": _hung,
    "deaf": _deaf,
    "reset": _reset,
    "drip": _drip,
    "chatty": _chatty,
    "endless body": _for_ever(_CHUNKED, b"4000\r\n" + _PIECE, b"\r\n"),
    "endless body to the end of the connection": _for_ever(_HEAD + b"\r\n", _PIECE),
    "endless chunk extension": _for_ever(_CHUNKED + b"1;", _PIECE),
    "endless trailers": _for_ever(_CHUNKED + b"0\r\n", b"X-Trailer: again\r\n" * 500),
    "one endless trailer": _for_ever(_CHUNKED + b"0\r\nX-Trailer: ", _PIECE),
    "endless headers": _for_ever(_HEAD, b"X-Header: again\r\n" * 500),
    "one endless header": _for_ever(_HEAD + b"X-Header: ", _PIECE),
    "one endless status line": _for_ever(b"HTTP/1.1 200 ", _PIECE),
    "100 for ever": _for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "103 for ever": _for_ever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 300),
    "huge answer": _answer(_HEAD, b"Content-Length: %d\r\n\r\n" % _HUGE, b"x" * _HUGE),
    "large headers": _answer(
        _HEAD, *(b"X-%d: %b\r\n" % (n, b"x" * 900) for n in range(50)), b"Content-Length: 0\r\n\r\n"
    ),
    "half an answer": _answer(_HEAD, b"Content-Length: 100\r\n\r\nhalf"),
    "half a chunk": _answer(_CHUNKED, b"100\r\nhalf"),
    "two lengths": _answer(_HEAD, b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokay"),
    "a negative length": _answer(_HEAD, b"Content-Length: -2\r\n\r\nok"),
    "a length in another script": _answer(_HEAD, "Content-Length: ٣\r\n\r\nok".encode()),
    "a chunk that is no number": _answer(_CHUNKED, b"zz\r\nok\r\n0\r\n\r\n"),
    "no HTTP": _answer(b"220 smtp.example.com ESMTP\r\n"),
    "garbage": _answer(bytes(range(256)) * 20),
    "closed": _answer(),
}
HEAVY = {"endless body", "endless body to the end of the connection"}
"""Answers of which megabytes are kept."""

# Nobody listens there.
REFUSED = "refused"


def cut_off(writer: asyncio.StreamWriter) -> None:
    """Drop the connection with a RST."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def listen(alive: set[asyncio.Task[None]]) -> dict[str, str]:
    """Start them all; the URL of each. ``alive`` holds what is going on."""
    urls = {}
    for kind, peer in KINDS.items():
        server = await asyncio.start_server(_handler(peer, alive), "127.0.0.1", 0, backlog=1_024)
        urls[kind] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{kind.replace(' ', '-')}"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        urls[REFUSED] = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    return urls


def _handler(peer: Peer, alive: set[asyncio.Task[None]]) -> Peer:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        alive.add(task)
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
                await peer(reader, writer)
        finally:
            alive.discard(task)
            writer.transport.abort() if writer.is_closing() else writer.close()

    return handle
