"""The two readers of requests, the fast path and aiohttp, which must give the same result byte for byte.

The same bytes in the same pieces go to three servers: one with the fast path, one without, and one without that gets
them all at once. They must answer the same, and agree on whether the connection goes on. No socket is involved.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import TracebackType
from typing import Any

from hypothesis import strategies as st

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.receiving import Receiver
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS

TOKEN = USERS[0].token
_NOON_MS = 1_767_268_800_000
_QUIET_PASSES = 8
# They say when it was answered, and by whom, which is no part of the verdict.
_NOT_COMPARED = re.compile(rb"(?:Date|Server): [^\r\n]*\r\n")
_IDS = re.compile(rb"(msg|scd|wfr)_[A-Za-z0-9]+")
# Beyond so many examples the servers start over: what was published is never delivered.
_EXAMPLES_OF_A_LIFE = 200


class Nowhere:
    """A transport on which nothing ever arrives."""

    def start(self, request: OutgoingRequest, done: Callable[[DeliveryResult], None]) -> Callable[[], None]:
        return lambda: None

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        raise AssertionError("nobody sends")

    async def close(self) -> None:
        pass


class Wire(asyncio.Transport):
    """The server's end of a connection; ``sent`` is what it has answered."""

    def __init__(self, protocol: Receiver) -> None:
        super().__init__()
        self.protocol: asyncio.BaseProtocol = protocol
        self.sent = bytearray()
        self.events = 0
        self.closed = False
        self._paused = False
        self._waiting: list[bytes | None] = []
        protocol.connection_made(self)

    def feed(self, data: bytes | None) -> None:
        """Bytes from the client, or ``None`` for its end."""
        self._waiting.append(data)
        self._deliver()

    def _deliver(self) -> None:
        while self._waiting and not self._paused and not self.closed:
            data = self._waiting.pop(0)
            assert isinstance(self.protocol, Receiver)
            if data is not None:
                self.protocol.data_received(data)
            elif not self.protocol.eof_received():
                self.close()

    def write(self, data: Any) -> None:
        self.events += 1
        if not self.closed:
            self.sent += data

    def writelines(self, list_of_data: Any) -> None:
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.events += 1
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self.events += 1
            asyncio.get_running_loop().call_soon(self._deliver)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default

    def get_write_buffer_size(self) -> int:
        return 0

    async def quiet(self) -> None:
        """Until nothing has happened for some passes of the loop."""
        seen, passes = self.events, 0
        while passes < _QUIET_PASSES:
            passed = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(passed.set_result, None)
            await passed
            passes = passes + 1 if self.events == seen else 0
            seen = self.events


class Readers:
    """Three servers that nobody can reach."""

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._examples = 0

    async def __aenter__(self) -> Readers:
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def check(self, data: bytes, splits: Sequence[int], *, ends: bool = False) -> bytes:
        """The answers that all of them give.

        ``splits`` are positions at which the data are cut; with ``ends`` the client sends no more after them.

        Raises:
            AssertionError: they differ.
        """
        self._examples += 1
        if self._examples % _EXAMPLES_OF_A_LIFE == 0:
            await self._stop()
            await self._start()
        cuts = sorted({split % (len(data) + 1) for split in splits} | {0, len(data)})
        pieces = [data[start:end] for start, end in pairwise(cuts)]
        gate, aiohttp, whole = self._servers
        expected = await self._verdict(whole, [data], ends)
        for name, server in (("with the gate", gate), ("without it", aiohttp)):
            got = await self._verdict(server, pieces, ends)
            assert got == expected, f"{name}, in the pieces {pieces}: {got}, but at once: {expected}"
        return expected[0]

    async def _verdict(self, server: Server, pieces: list[bytes], ends: bool) -> tuple[bytes, bool]:
        assert server.acceptor is not None
        wire = Wire(server.acceptor.connect())
        for piece in pieces:
            if piece:
                wire.feed(piece)
                await wire.quiet()
        if ends:
            wire.feed(None)
            await wire.quiet()
        closed = wire.closed
        wire.close()
        await wire.quiet()
        assert server.incoming.bytes == 0, "what was counted of a request is still counted"
        assert len(server.incoming.deadlines) == 0, "a connection that is gone is still watched"
        assert len(server.clients) == 0, "a connection that is gone is still known"
        return _IDS.sub(rb"\1_", _NOT_COMPARED.sub(b"", bytes(wire.sent))), closed

    async def _start(self) -> None:
        for gate in (True, False, False):
            config = Config(port=0, gate=gate, shutdown_grace_s=0)
            self._servers.append(Server(config, clock=FrozenClock(_NOON_MS), transport=Nowhere()))
            await self._servers[-1].start()

    async def _stop(self) -> None:
        for server in self._servers:
            await server.stop()
        self._servers.clear()


_TARGETS = st.sampled_from(
    [
        *["/v2/publish/http://localhost:1/a"] * 4,
        "/v2/publish/http://localhost:1/a?x=1&qstash_token=x",
        "/v2/publish/group",
        "/v2/publish/",
        "/v2/publish/http://a b",
        "/v2/publish/http://localhost/\u00e9",
        "http://127.0.0.1:8080/v2/publish/http://localhost:1/a",
        "HTTP://evil.example/v2/keys",
        "http://user@127.0.0.1/v2/keys",
        "/v2/keys",
        "/v2/queues",
        "/v2/batch",
        "/unknown",
        "*",
        "",
    ]
)
_NAMES = st.sampled_from(
    ["Content-Type", "Upstash-Retries", "Upstash-Label", "X", "Host", "User-Agent", "Upstash-Forward-A", "Connection"]
)
_VALUES = st.sampled_from(
    [
        "",
        "a",
        "3",
        "\t a  b \t",
        "close",
        "keep-alive",
        "\u00e9",
        "\x01",
        "\x7f",
        "a\rb",
        "a\nb",
        " " * 50 + "\x01",
        '"x"',
        "many",
    ]
)
_LENGTHS = st.sampled_from(
    ["0", "5", "05", "\u00b2", "\u0663", "+5", "0x5", "5,5", "5 5", "-5", "", "9" * 9, "9" * 40, "5.0", "5\t"]
)
_ODD_LINES = st.sampled_from(
    [
        " folded",
        "no colon",
        ": no name",
        "a space : x",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Expect: 100-continue",
        "Expect: a-miracle",
        "Origin: https://evil.example",
        "Upgrade: h2c",
        "Upstash-Workflow-RunId: wfr_1",
        "Upstash-Cron: @daily",
        "\x00",
        "X: " + "x" * 9_000,
        "\r\n".join(f"X-{number}: x" for number in range(260)),
    ]
)
_BODIES = st.sampled_from(
    [b"hello", b"", b"5\r\nhello\r\n0\r\n\r\n", b"[]", b"5\r\nhel", b"zz\r\n", b"5\r\nhello\r\n0\r\nA: b\r\n\r\n"]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request: often a plain publish, often with something odd about it."""
    plain = draw(st.booleans())
    method = (
        "POST" if plain else draw(st.sampled_from(["POST", "GET", "HEAD", "post", "CONNECT", "P\u00d6ST", "M" * 40]))
    )
    version = "HTTP/1.1" if plain else draw(st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1", ""]))
    body = draw(_BODIES)
    length = str(len(body)) if plain else draw(_LENGTHS)
    token = draw(st.sampled_from([TOKEN] * 5 + ["wrong"]))
    host = draw(st.sampled_from(["localhost"] * 5 + ["evil.example", "[::1]:8080", ""]))
    lines = [f"Host: {host}", f"Authorization: Bearer {token}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(_NAMES, _VALUES), max_size=3))]
    if not plain:
        lines = draw(st.permutations([*lines, *draw(st.lists(_ODD_LINES, max_size=2))]))
        lines = lines[draw(st.integers(0, 1)) :]
    ending = draw(st.sampled_from(["\r\n"] * 6 + ["\n", "\r"]))
    head = ending.join([f"{method} {draw(_TARGETS)} {version}", *lines, "", ""])
    return head.encode() + body


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """What a client sends on one connection: some requests, perhaps with a few bytes changed."""
    data = b"".join(draw(st.lists(requests(), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 2))):
        at, kind = draw(st.integers(0, len(data))), draw(st.integers(0, 2))
        data = data[:at] + (b"" if kind == 0 else draw(st.binary(min_size=1, max_size=3))) + data[at + (kind < 2) :]
    return data


SPLITS = st.lists(st.integers(0, 2_000), max_size=6)
