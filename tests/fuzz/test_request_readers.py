"""A few hundred streams of requests; ``make fuzz`` tries more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.request_readers import SPLITS, TOKEN, Readers, streams


@pytest.fixture(scope="module")
def readers() -> Iterator[tuple[asyncio.Runner, Readers]]:
    with asyncio.Runner() as runner:
        readers = Readers()
        runner.run(readers.__aenter__())
        yield runner, readers
        runner.run(readers.__aexit__(None, None, None))


@settings(max_examples=300, deadline=None)
@given(data=streams(), splits=SPLITS, ends=st.booleans())
def test_both_readers_give_the_same_verdict_at_any_split(
    readers: tuple[asyncio.Runner, Readers], data: bytes, splits: Sequence[int], ends: bool
) -> None:
    runner, pair = readers
    runner.run(pair.check(data, splits, ends=ends))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"POST /v2/publish/http://localhost:1/ HTTP/1.1\r\nX:" + b" " * 8_000 + b"\x01\r\n\r\n", b"400"),
        (b"POST /v2/publish/http://localhost:1/ HTTP/1.1\nHost: localhost\n\n", b"400"),
        (b"POST /v2/publish/http://localhost:1/ HTTP/1.1\r\nHost: localhost\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
)
def test_what_is_no_request_is_answered(readers: tuple[asyncio.Runner, Readers], data: bytes, answer: bytes) -> None:
    runner, pair = readers
    assert runner.run(pair.check(data, range(0, len(data), 997))).split(b" ")[1] == answer


@pytest.mark.parametrize("length", ["\u00b2", "\u0663", "+3", "0x3", "3,3", "3 3", "-3", "", "9" * 30])
@pytest.mark.parametrize("target", ["/v2/publish/http://localhost:1/", "/v2/queues"])
def test_a_length_that_is_no_number_is_refused(
    readers: tuple[asyncio.Runner, Readers], length: str, target: str
) -> None:
    runner, pair = readers
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    answer = runner.run(pair.check(f"{head}Content-Length: {length}\r\n\r\nabc".encode(), [10]))
    assert answer.startswith(b"HTTP/1.0 400")
    assert b"Content-Length" in answer.partition(b"\r\n\r\n")[2]
