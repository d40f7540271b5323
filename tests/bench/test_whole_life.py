"""Memory of a server that runs for long: neither its state nor anything else in its process grows."""

from __future__ import annotations

from qstash_dev.config import Retention
from tests.bench.life.whole_life import kept

ROUNDS = 10


async def test_nothing_grows_once_as_much_of_the_past_is_kept_as_may_be() -> None:
    retention = Retention(events=60, finished_messages=30, dead_letters=5, runs=4)
    *_, before, after = await kept(retention, warm_up=ROUNDS, rounds=ROUNDS, times=4)
    # One object that each round leaves behind would be ten.
    assert after.objects - before.objects < ROUNDS / 2
    assert after.own_blocks - before.own_blocks < ROUNDS / 2
