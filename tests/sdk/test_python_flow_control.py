"""Flow control keys of the Python SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.flow_control_api import FlowControlInfo

from tests.conftest import NOON_MS
from tests.sdk.conftest import Local, refused, states


async def publish(qstash: AsyncQStash, local: Local, **limits: Any) -> str:
    answer: Any = await qstash.message.publish(url=local.url(), flow_control={"key": "k", **limits})
    return str(answer.message_id)


async def test_a_key_shows_all_its_numbers_as_soon_as_it_is_used(qstash: AsyncQStash, local: Local) -> None:
    held = local.hold()
    local.destination.answers(held)
    await publish(qstash, local, parallelism=3, rate=10, period=60)
    await local.received(1)
    info = await qstash.flow_control.get("k")
    # Unix seconds, unlike the other times.
    assert 0 <= info.rate_period_start - NOON_MS // 1_000 < 60
    assert replace(info, rate_period_start=0) == FlowControlInfo(
        key="k",
        wait_list_size=0,
        parallelism_max=3,
        parallelism_count=1,
        rate_max=10,
        rate_count=1,
        rate_period=60,
        rate_period_start=0,
        is_paused=False,
        is_pinned_parallelism=False,
        is_pinned_rate=False,
    )
    await local.release(held)
    assert (await qstash.flow_control.get("k")).parallelism_count == 0


async def test_parallelism_is_how_many_are_delivered_at_once(qstash: AsyncQStash, local: Local) -> None:
    held = local.hold()
    local.destination.answers(held)
    first, second = [await publish(qstash, local, parallelism=1) for _ in range(2)]
    await local.received(1)
    info = await qstash.flow_control.get("k")
    assert (info.wait_list_size, info.parallelism_count, info.rate_max) == (1, 1, 0)
    assert await states(qstash, second) == ["CREATED"]
    await local.release(held)
    assert (await qstash.flow_control.get("k")).wait_list_size == 0
    for id in (first, second):
        assert await states(qstash, id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_reset_rate_begins_a_new_period(qstash: AsyncQStash, local: Local) -> None:
    for _ in range(3):
        await publish(qstash, local, rate=2, period="10m")
    await local.idle()
    await qstash.flow_control.reset_rate("k")
    await local.idle()
    info = await qstash.flow_control.get("k")
    assert (info.wait_list_size, info.rate_count) == (0, 1)
    assert len(local.destination.requests) == 3


async def test_reset_rate_sets_the_count_to_zero_while_a_message_is_in_flight(
    qstash: AsyncQStash, local: Local
) -> None:
    held = local.hold()
    local.destination.answers(held)
    await publish(qstash, local, parallelism=1, rate=5, period=600)
    await local.received(1)
    assert (await qstash.flow_control.get("k")).rate_count == 1
    await qstash.flow_control.reset_rate("k")
    assert (await qstash.flow_control.get("k")).rate_count == 0
    await local.release(held)


async def test_pause_holds_messages_back_and_resume_lets_them_go(qstash: AsyncQStash, local: Local) -> None:
    await publish(qstash, local, parallelism=1)
    await local.idle()
    for _ in range(2):
        await qstash.flow_control.pause("k")
    id = await publish(qstash, local, parallelism=1)
    await local.idle()
    info = await qstash.flow_control.get("k")
    assert (info.is_paused, info.wait_list_size) == (True, 1)
    assert await states(qstash, id) == ["CREATED"]
    for _ in range(2):
        await qstash.flow_control.resume("k")
    await local.idle()
    assert (await qstash.flow_control.get("k")).is_paused is False
    assert await states(qstash, id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_the_latest_message_configures_the_key(qstash: AsyncQStash, local: Local) -> None:
    await publish(qstash, local, parallelism=1, rate=1)
    await publish(qstash, local, parallelism=7, rate=8, period=90)
    info = await qstash.flow_control.get("k")
    assert (info.parallelism_max, info.rate_max, info.rate_period) == (7, 8, 90)
    await local.idle()
    assert len(local.destination.requests) == 2


async def limits(qstash: AsyncQStash) -> tuple[int, int, int, bool, bool]:
    info = await qstash.flow_control.get("k")
    return (
        info.parallelism_max,
        info.rate_max,
        info.rate_period,
        info.is_pinned_parallelism,
        info.is_pinned_rate,
    )


async def test_pin_fixes_the_limits_and_unpin_gives_them_back(qstash: AsyncQStash, local: Local) -> None:
    await publish(qstash, local, parallelism=5, rate=5)
    await qstash.flow_control.pin("k", {"parallelism": 3, "rate": 20, "period": 120})
    await publish(qstash, local, parallelism=9, rate=9)
    assert await limits(qstash) == (3, 20, 120, True, True)
    await qstash.flow_control.unpin("k", {"parallelism": True})
    assert await limits(qstash) == (3, 20, 120, False, True)
    await publish(qstash, local, parallelism=9, rate=9)
    assert await limits(qstash) == (9, 20, 120, False, True)
    await qstash.flow_control.unpin("k", {"parallelism": False, "rate": True})
    await publish(qstash, local, parallelism=9, rate=9)
    assert await limits(qstash) == (9, 9, 1, False, False)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"parallelism": 2}, (2, 5, 60, True, False)),
        ({"rate": 7, "period": 30}, (5, 7, 30, False, True)),
    ],
)
async def test_one_limit_can_be_pinned_alone(
    qstash: AsyncQStash, local: Local, options: Any, expected: tuple[int, int, int, bool, bool]
) -> None:
    await publish(qstash, local, parallelism=5, rate=5, period=60)
    await qstash.flow_control.pin("k", options)
    assert await limits(qstash) == expected


async def test_limits_that_make_no_sense_cannot_be_pinned(qstash: AsyncQStash, local: Local) -> None:
    await publish(qstash, local, parallelism=5)
    wrong: list[Any] = [{"parallelism": -1}, {"rate": "many"}, {"rate": 1, "period": 8 * 86_400}]
    for options in wrong:
        with refused(400, next(reversed(options))):
            await qstash.flow_control.pin("k", options)
    assert await limits(qstash) == (5, 0, 1, False, False)


async def test_a_key_that_was_never_used_is_not_found(qstash: AsyncQStash, local: Local) -> None:
    with refused(404, "flow control key never-used not found"):
        await qstash.flow_control.get("never-used")


async def test_global_parallelism_counts_what_is_being_delivered(qstash: AsyncQStash, local: Local) -> None:
    quiet = await qstash.flow_control.get_global_parallelism()
    assert quiet.parallelism_count == 0
    assert quiet.parallelism_max > 0
    held = local.hold()
    local.destination.answers(held)
    for _ in range(2):
        await qstash.message.publish(url=local.url())
    await local.received(2)
    busy = await qstash.flow_control.get_global_parallelism()
    assert (busy.parallelism_count, busy.parallelism_max) == (2, quiet.parallelism_max)
    await local.release(held)
    assert await qstash.flow_control.get_global_parallelism() == quiet
