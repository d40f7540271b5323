"""The connection pool: how many connections are opened at once, and which message gets one."""

from __future__ import annotations

import asyncio

from qstash_dev.clock import Clock
from qstash_dev.config import Limits
from qstash_dev.delivery.connection import Connection
from qstash_dev.delivery.pool import Pool
from qstash_dev.protocol.target import Origin
from tests.delivery.conftest import settle
from tests.test_receiving import ours, uncollected

HERE, THERE = Origin(False, "here.test", 80), Origin(False, "there.test", 80)


class Wire(asyncio.Transport):
    """Stands for an open connection."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


class Opening(Pool):
    """A pool whose connections open when the test says so."""

    def __init__(self, at_once: int = 16) -> None:
        super().__init__(Clock(), 1_000, limits=Limits(opening_connections=at_once))
        self.asked: list[tuple[Origin, asyncio.Future[Connection]]] = []
        self.given_up = 0

    async def _connect(self, origin: Origin) -> Connection:
        opened: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self.asked.append((origin, opened))
        try:
            return await opened
        except asyncio.CancelledError:
            # As a socket that is given up takes a moment to close.
            await settle()
            self.given_up += 1
            raise

    def under_way(self, origin: Origin) -> list[asyncio.Future[Connection]]:
        return [opened for asked, opened in self.asked if asked == origin and not opened.done()]


class Client:
    """Waits for a connection and remembers what it was given."""

    def __init__(self, pool: Pool, origin: Origin = HERE) -> None:
        self.given: list[Connection | Exception] = []
        self._pool, self._origin = pool, origin
        pool.wait(origin, self.take)

    def take(self, given: Connection | Exception) -> None:
        self.given.append(given)

    def leave(self) -> None:
        self._pool.leave(self._origin, self.take)


def connection() -> Connection:
    opened = Connection(1_000, memoryview(b""))
    opened.connection_made(Wire())
    return opened


async def test_only_so_many_connections_to_an_origin_are_opened_at_once() -> None:
    pool = Opening(at_once=2)
    clients = [Client(pool) for _ in range(5)]
    elsewhere = Client(pool, THERE)
    await settle()
    assert (len(pool.under_way(HERE)), len(pool.under_way(THERE))) == (2, 1)
    for opened in pool.under_way(HERE):
        opened.set_result(connection())
    await settle()
    assert [len(client.given) for client in clients] == [1, 1, 0, 0, 0]
    assert len(pool.under_way(HERE)) == 2
    assert elsewhere.given == []
    await pool.close()


async def test_a_connection_that_becomes_free_goes_to_whoever_has_waited_longest_and_has_none_coming() -> None:
    pool = Opening(at_once=2)
    first, second, third = (Client(pool) for _ in range(3))
    await settle()
    used = connection()
    pool.put_back(HERE, used, 0.0)
    assert (first.given, second.given, third.given) == ([used], [], [])
    # The others have one coming each, which nobody should see opened for nothing.
    pool.put_back(HERE, used, 0.0)
    assert (second.given, third.given) == ([], [])
    assert pool.idle(HERE, 0.0) is used
    opened = pool.under_way(HERE)
    for one in opened:
        one.set_result(connection())
    await settle()
    assert second.given + third.given == [one.result() for one in opened]
    await pool.close()


async def test_each_failure_is_told_to_one_and_the_next_gets_a_try_of_its_own() -> None:
    pool = Opening(at_once=2)
    clients = [Client(pool) for _ in range(4)]
    for failed in range(4):
        await settle()
        pool.under_way(HERE)[0].set_exception(ConnectionRefusedError(failed))
    await settle()
    assert [[str(error) for error in client.given] for client in clients] == [["0"], ["1"], ["2"], ["3"]]
    assert len(pool.asked) == 4
    await pool.close()


async def test_whoever_leaves_is_given_nothing_and_nothing_is_opened_for_nobody() -> None:
    pool = Opening(at_once=2)
    first, second, third = (Client(pool) for _ in range(3))
    await settle()
    first.leave()
    await settle()
    assert len(pool.under_way(HERE)) == 2
    second.leave()
    await settle()
    [opened] = pool.under_way(HERE)
    opened.set_result(connection())
    await settle()
    assert [len(client.given) for client in (first, second, third)] == [0, 0, 1]
    third.leave()
    await pool.close()


async def test_a_connection_that_was_closed_is_handed_on_to_nobody() -> None:
    pool = Opening()
    client = Client(pool)
    used = connection()
    used.close()
    pool.put_back(HERE, used, 0.0)
    assert client.given == []
    assert pool.idle(HERE, 0.0) is None
    client.leave()
    await settle()
    assert pool.under_way(HERE) == []
    await pool.close()


async def test_closing_waits_for_what_was_being_opened_also_for_nobody_any_more() -> None:
    pool = Opening()
    clients = [Client(pool) for _ in range(3)]
    await settle()
    clients[0].leave()
    await pool.close()
    assert (len(pool.asked), pool.given_up) == (3, 3)


async def test_nothing_of_an_attempt_to_connect_that_is_given_up_is_left_to_the_garbage_collector() -> None:
    pool = Opening()
    with uncollected() as left:
        client = Client(pool)
        await settle()
        client.leave()
        while not pool.given_up:
            await settle()
        await settle()
    assert ours(left, "peername", set()) == {}
