"""The reader of answers with any bytes in any pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from qstash_dev.delivery.connection import BLOCK_BYTES, MAX_HEADERS, Answer, Connection, Outcome, ProtocolError

MAX_BODY_BYTES = 10_000
# What may come without an outcome: a block of head, and blocks of which at least a thirty-second is body.
_MOST_BYTES = BLOCK_BYTES * 2 + 32 * (MAX_BODY_BYTES + BLOCK_BYTES)

_PIECES = (
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 099 Odd\r\n"),
    *(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/2 200\r\n"),
    *(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"HTTP/1.1 304\r\n"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 99999999999\r\n", b"content-length:0\r\n", b"HTTP/1.1 9"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Content-Length: \xb2\r\n"),
    *(b"Transfer-Encoding: gzip, Chunked \r\n", b"Transfer-Encoding: xchunked\r\n", b"X:  \t y \r\n", b" folded\r\n"),
    *(b"Connection: close\r\n", b"Keep-Alive: timeout=5\r\n", b"Keep-Alive: timeout=99999999999999\r\n", b"a:\r\n"),
    *(b"X: y\r\n", b"X-\xff: \xff\r\n", b"no colon\r\n", b"X: \x00\r\n", b"\xff" * 9, b"OK ", b"-1\r\n"),
    *(b"\r\n", b"\n", b"\r", b"", b"hello", b"5\r\nhello\r\n", b"1;x=y\r\na\r\n", b"0\r\n\r\n", b"0\r\n", b"0000"),
    *(b"ffffffff", b";", b"a", b": ", b"\x00", b"1\r\na\r\n"),
)
_TIMES = st.sampled_from([1, 1, 1, 2, 3, 7, 300, 20_000])
_PARTS = st.tuples(st.sampled_from(_PIECES) | st.binary(max_size=20), _TIMES)
_STARTS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ]
)


class Case(NamedTuple):
    """What comes on a connection, where it is parted, and whether the connection ends then."""

    data: bytes
    cuts: tuple[float, ...]
    bodiless: bool
    ends: bool


INPUTS = st.builds(
    Case,
    st.builds(
        lambda start, parts: (start + b"".join(piece * times for piece, times in parts))[: 12 * BLOCK_BYTES],
        _STARTS,
        st.lists(_PARTS, max_size=8),
    ),
    st.lists(st.floats(0, 1), max_size=6).map(tuple),
    st.booleans(),
    st.booleans(),
)


class _Wire(asyncio.Transport):
    """Stands for an open connection."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


def check(case: Case) -> None:
    """The outcome is the same however the bytes are parted, and nothing is kept beyond the limits.

    Raises:
        AssertionError: it is not.
    """
    whole = outcome_of(case, [case.data])
    _check_kept(whole)
    places = sorted({0, len(case.data), *(int(cut * len(case.data)) for cut in case.cuts)})
    parted = outcome_of(case, [case.data[start:end] for start, end in pairwise(places)])
    assert _shown(parted) == _shown(whole), f"{_shown(parted)} when parted at {places}, {_shown(whole)} when not"
    if len(case.data) <= 300:
        single = outcome_of(case, [case.data[at : at + 1] for at in range(len(case.data))])
        assert _shown(single) == _shown(whole), f"{_shown(single)} byte by byte, {_shown(whole)} at once"
    assert whole is not None or len(case.data) <= _MOST_BYTES, "it reads on and on"


def outcome_of(case: Case, pieces: Iterable[bytes]) -> Outcome | None:
    """What comes of these pieces; ``None`` if more might follow."""
    outcomes: list[Outcome] = []
    connection, wire = Connection(MAX_BODY_BYTES, memoryview(b"")), _Wire()
    connection.connection_made(wire)
    connection.exchange(b"", b"", outcomes.append, bodiless=case.bodiless)
    for piece in _until_closed(pieces, wire):
        connection.data_received(piece)
    if case.ends and not wire.closed:
        connection.eof_received()
    outcome = outcomes[0] if outcomes else None
    connection.connection_lost(None)
    assert len(outcomes) == 1, f"{len(outcomes)} outcomes"
    return outcome


def _until_closed(pieces: Iterable[bytes], wire: _Wire) -> Iterator[bytes]:
    for piece in pieces:
        if wire.closed:
            return
        yield piece


def _shown(outcome: Outcome | None) -> object:
    if isinstance(outcome, Answer):
        return outcome.status, outcome.headers, outcome.body, outcome.too_large
    return type(outcome), str(outcome)


def _check_kept(outcome: Outcome | None) -> None:
    if isinstance(outcome, ProtocolError):
        assert 0 < len(str(outcome)) < 500
    if isinstance(outcome, Answer):
        assert len(outcome.body) <= MAX_BODY_BYTES
        assert len(outcome.headers) <= MAX_HEADERS
        assert sum(len(name) + len(value) for name, value in outcome.headers) <= BLOCK_BYTES
