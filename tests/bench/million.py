"""A million messages in one run: a tenth fails, half of that is retried, some are cancelled. All must be accounted
for, and memory must not grow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from qstash_dev.config import MEGABYTE
from tests.bench.load.asker import Asker
from tests.bench.load.cores import drive
from tests.bench.load.errors import Unreliable
from tests.bench.load.ledger import Ledger
from tests.bench.load.server import ours
from tests.bench.load.side import Side, side
from tests.bench.load.sink import sink
from tests.bench.load.wire import publish_head
from tests.bench.table import Row

MESSAGES = 1_000_000
PIECE = 25_000
_FAILS, _FAILS_TWICE, _CANCELLED = 10, 20, 100


@dataclass
class Account:
    """What became of the messages: ``delivered`` by the destination's word, the others by the server's."""

    delivered: int = 0
    dead: int = 0
    cancelled: int = 0


def rows(messages: int = MESSAGES, piece: int = PIECE) -> list[Row]:
    """Three rows: messages unaccounted for, megabytes at the end and half-way, and messages per second."""
    account, halfway, end, took_s = drive(_measure(messages, piece))
    missing = messages - account.delivered - account.dead - account.cancelled
    what = f"{messages:,} messages, {account.dead:,} dead and {account.cancelled:,} cancelled"
    return [
        Row(f"{what}: unaccounted for", "", abs(missing), at_most=0),
        Row(
            f"memory after {messages:,} / after {messages // 2:,}",
            "MB",
            end / MEGABYTE,
            halfway / MEGABYTE,
            at_most=1.03,
            moonshot=1.01,
        ),
        Row("and all of them, per second", "/s", messages / took_s),
    ]


async def _measure(messages: int, piece: int) -> tuple[Account, int, int, float]:
    account, rss_bytes, failed = Account(), [], Ledger(messages)
    started_s = asyncio.get_running_loop().time()
    async with side(ours, messages) as our, sink(failed, status=500) as failing, Asker.of(our.server) as asker:
        for _ in range(messages // piece):
            await _publish(our, failed, failing, piece)
            await asker.ask("POST", "/_dev/idle")
            account.cancelled += (await asker.ask("DELETE", "/v2/messages"))["cancelled"]
            account.dead += await _deleted(asker)
            rss_bytes.append(our.server.rss_bytes())
        account.delivered = our.ledger.arrived
        _check(our.ledger, failed)
    took_s = asyncio.get_running_loop().time() - started_s
    return account, rss_bytes[len(rss_bytes) // 2 - 1], rss_bytes[-1], took_s


async def _publish(our: Side, failed: Ledger, failing: str, piece: int) -> None:
    """A piece of all kinds of messages; returns when every attempt has been made."""
    kinds = {
        "good": our.head,
        "later": publish_head(our.server, our.url, delay="1h"),
        "fails": publish_head(our.server, failing, retries="0"),
        "fails twice": publish_head(our.server, failing, retries="1", retry_delay="10"),
    }
    numbers = our.ledger.take(piece)
    failed.take(piece)
    await our.publisher.flat_out(numbers, lambda number: kinds[_kind(number)])
    so_far = numbers.stop
    await our.ledger.all_arrived(so_far - _each(so_far, _FAILS) - _each(so_far, _CANCELLED))
    await failed.all_arrived(_each(so_far, _FAILS) + _each(so_far, _FAILS_TWICE))


def _kind(number: int) -> str:
    if number % _FAILS == 0:
        return "fails" if number % _FAILS_TWICE else "fails twice"
    return "good" if number % _CANCELLED != 1 else "later"


def _each(count: int, every: int) -> int:
    """How many of the first ``count`` messages are of a kind that comes once in ``every``."""
    return -(-count // every)


async def _deleted(asker: Asker) -> int:
    """How many dead letters there were: they are deleted, since the server keeps no more than 10,000."""
    deleted = 0
    while count := (await asker.ask("DELETE", "/v2/dlq?count=100"))["deleted"]:
        deleted += count
    return deleted


def _check(delivered: Ledger, failed: Ledger) -> None:
    """See that each message was tried at its destination exactly as often as it should be.

    Raises:
        Unreliable: one was not, or was refused.
    """
    kinds = [_kind(number) for number in range(delivered.published)]
    attempts = {"fails": 1, "fails twice": 2}
    as_they_should = delivered.arrivals == bytes(kind == "good" for kind in kinds)
    as_they_should &= failed.arrivals == bytes(attempts.get(kind, 0) for kind in kinds)
    if not as_they_should or delivered.refused or delivered.strays or failed.strays:
        raise Unreliable(f"some were refused or not tried as they should be: {delivered.wrong()}, {failed.wrong()}")
