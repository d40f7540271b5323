"""The driver finds messages that are lost, doubled, refused or changed, and stops its servers."""

from __future__ import annotations

import os
from functools import partial

import pytest

from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.figures import early, percentile
from tests.bench.load.ledger import Ledger
from tests.bench.load.server import ours, relay
from tests.bench.load.side import side
from tests.bench.load.wire import BODY_BYTES, body, number_in, whole


def test_a_body_tells_its_number_unless_it_was_changed() -> None:
    sent = body(1_234)
    assert len(sent) == BODY_BYTES
    assert number_in(sent) == 1_234
    assert number_in(sent.replace(b"x", b"y", 1)) is None
    assert number_in(sent[:-1]) is None
    assert number_in(b"") is None


def test_a_message_is_whole_when_all_of_its_body_has_come() -> None:
    first = b"POST / HTTP/1.1\r\ncontent-LENGTH: 5\r\nHost: a\r\n\r\n12345"
    second = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:0\r\n\r\n"
    assert whole(first) == (len(first) - 5, len(first))
    assert whole(first + second, len(first)) == (len(first + second),) * 2
    for length in range(len(first)):
        assert whole(first[:length]) is None


def book(*arrivals: int | None, published: int = 2, refused: int = 0) -> Ledger:
    books = Ledger(published, deadline_s=0.01)
    books.take(published)
    books.refused = refused
    for number in arrivals:
        books.arrive(number, 1.0)
    return books


async def test_books_are_settled_when_everything_came_once() -> None:
    await book(1, 0).settled()
    await book(0, refused=0, published=1).settled()


@pytest.mark.parametrize(
    ("books", "told"),
    [
        (partial(book, 0, 1, 1), "of 2 messages: 1 doubled"),
        (partial(book, 0, 0), "of 2 messages: 1 lost, 1 doubled"),
        (partial(book, 0, refused=1), "of 2 messages: 1 refused"),
        (partial(book, 0, 1, None), "of 2 messages: 1 never sent like this"),
        (partial(book, 0, 1, 2), "of 2 messages: 1 never sent like this"),
        (partial(book, 0), "1 of 2 did not arrive in 0.01 s"),
    ],
)
async def test_books_that_do_not_balance_give_no_figure(books: partial[Ledger], told: str) -> None:
    with pytest.raises(Unreliable, match=told):
        await books().settled()


def test_a_refused_publish_is_noticed() -> None:
    async def publish_to_nowhere() -> None:
        async with side(relay, 1) as one:
            await one.publisher.flat_out(one.ledger.take(1), one.head.replace(b"/publish/", b"/nowhere/"))
            await one.ledger.settled()

    with pytest.raises(Unreliable, match="of 1 messages: 1 refused"):
        drive(publish_to_nowhere())


def test_a_server_that_does_not_start_is_told_with_what_it_printed() -> None:
    async def start() -> None:
        async with ours("--no-such-option"):
            raise AssertionError("it started")

    with pytest.raises(Unreliable, match=r"(?s)the server did not start: .*--no-such-option"):
        drive(start())


def test_a_server_is_ended_whatever_happens_to_the_measurement() -> None:
    pids = []

    async def start_and_fail() -> None:
        async with relay() as server:
            assert server.cpu_s() > 0
            assert server.rss_bytes() > 1_000_000
            pids.append(server.pid)
            raise KeyError

    with pytest.raises(KeyError):
        drive(start_and_fail())
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_figures() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(list(range(1, 101)), 99) == 100
    assert percentile([1], 99) == 1
    # The clock of a server is good to a millisecond.
    assert early([-0.9, 0, 5, -1.1]) == 1
