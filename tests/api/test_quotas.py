"""Quotas: the limits of each plan, and the error that names a limit and its figure."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from qstash_dev.config import FREE, PAYG, PRO, QUOTAS, Config, Quota
from tests.api.support import done, error, make_group, serving
from tests.conftest import Client

URL = "https://example.com/x"
HELD = {"Upstash-Delay": "1h"}
MEGABYTE = 1024 * 1024
PUBLISHES = {
    "publish": f"/v2/publish/{URL}",
    "enqueue": f"/v2/enqueue/q/{URL}",
    "schedule": f"/v2/schedules/{URL}?upstash-cron=@hourly",
}
WAYS = pytest.mark.parametrize("way", [*PUBLISHES, "batch"])
WAYS_TO_DELAY = pytest.mark.parametrize("way", ["publish", "schedule", "batch"])


def plan(quota: Quota) -> Config:
    return Config(port=0, quota=quota)


def refusal(name: str, limit: int) -> tuple[int, str]:
    return 412, f"quota {name} exceeded, current limit: {limit}"


async def publish(client: Client, way: str, headers: dict[str, str], body: str = "") -> tuple[int, Any]:
    if way == "enqueue":
        # A delay cannot be used with it; a paused queue holds the message as well.
        await done(client, "POST", "/v2/queues", json={"queueName": "q", "paused": True})
        headers = {name: value for name, value in headers.items() if name != "Upstash-Delay"}
    if way == "batch":
        item = {"destination": URL, "headers": headers, "body": body}
        return await client.call("POST", "/v2/batch", json=[item])
    return await client.call("POST", PUBLISHES[way], headers=headers, data=body.encode())


async def nothing_happened(client: Client) -> None:
    assert await client.get("/v2/events") == {"events": []}
    assert await client.get("/v2/schedules") == []
    assert [queue for queue in await client.get("/v2/queues") if queue["name"] != "q"] == []


def test_the_figures_are_those_of_the_pricing_page() -> None:
    day_s, hour_s = 86_400, 3_600
    assert QUOTAS == {"free": FREE, "payg": PAYG, "pro": PRO}
    assert Quota("free", 3, 7 * day_s, 1 * MEGABYTE, 900, 1, 100, 10, 10, 2, 3 * day_s, 3 * day_s) == FREE
    assert (
        Quota("payg", 5, 365 * day_s, 10 * MEGABYTE, 2 * hour_s, 100, 100, 1_000, 100, 10, 7 * day_s, 7 * day_s)
        == PAYG
    )
    assert (
        Quota("pro", 20, None, 50 * MEGABYTE, 6 * hour_s, 1_000, 1_000, 10_000, 1_000, 10, 14 * day_s, 30 * day_s)
        == PRO
    )


@WAYS
@pytest.mark.parametrize("prefix", ["", "Callback-", "Failure-Callback-", "Callback-Failure-Callback-"])
@pytest.mark.parametrize("quota", [PAYG, PRO], ids=lambda quota: str(quota.name))
async def test_retries(way: str, prefix: str, quota: Quota) -> None:
    callbacks = {"Upstash-Callback": URL, "Upstash-Failure-Callback": URL, "Upstash-Callback-Failure-Callback": URL}
    async with serving(plan(quota)) as client:
        too_many = HELD | callbacks | {f"Upstash-{prefix}Retries": str(quota.max_retries + 1)}
        status, answer = await publish(client, way, too_many)
        assert (status, answer["error"]) == refusal("maxRetries", quota.max_retries)
        await nothing_happened(client)
        most = HELD | callbacks | {f"Upstash-{prefix}Retries": str(quota.max_retries)}
        assert (await publish(client, way, most))[0] == 201


@WAYS_TO_DELAY
@pytest.mark.parametrize("header", ["Upstash-Delay", "Upstash-Not-Before"])
async def test_delay(client: Client, way: str, header: str) -> None:
    most = 365 * 86_400
    noon_s = 1_767_268_800
    values = [f"{most}s", f"{most + 1}s"] if header == "Upstash-Delay" else [noon_s + most, noon_s + most + 1]
    status, answer = await publish(client, way, {header: str(values[1])})
    assert (status, answer["error"]) == refusal("maxDelay", most)
    await nothing_happened(client)
    assert (await publish(client, way, {header: str(values[0])}))[0] == 201


@WAYS_TO_DELAY
async def test_pro_has_no_limit_to_the_delay(way: str) -> None:
    async with serving(plan(PRO)) as client:
        assert (await publish(client, way, {"Upstash-Delay": "10000d"}))[0] == 201


@WAYS
async def test_message_size(way: str) -> None:
    async with serving(plan(replace(PAYG, max_message_bytes=1_000))) as client:
        status, answer = await publish(client, way, HELD, "x" * 1_001)
        assert (status, answer["error"]) == refusal("maxMessageSize", 1_000)
        await nothing_happened(client)
        assert (await publish(client, way, HELD, "x" * 1_000))[0] == 201


async def test_message_size_is_counted_in_bytes() -> None:
    async with serving(plan(replace(PAYG, max_message_bytes=1_000))) as client:
        assert (await publish(client, "batch", HELD, "ü" * 501))[0] == 412
        assert (await publish(client, "batch", HELD, "ü" * 500))[0] == 201


async def test_batch_size() -> None:
    async with serving(Config(port=0, max_batch_bytes=1_000)) as client:
        items = [{"destination": URL, "headers": HELD, "body": "x" * 200}]
        answer = await error(client, "POST", "/v2/batch", json=items * 5)
        assert answer == (413, "request body is larger than 1000 bytes")
        await nothing_happened(client)
        assert (await client.call("POST", "/v2/batch", json=items))[0] == 201


async def test_schedules() -> None:
    async with serving(plan(replace(PAYG, max_schedules=2))) as client:
        for id in ("a", "b", "a"):
            headers = {"Upstash-Cron": "@hourly", "Upstash-Schedule-Id": id}
            status, _ = await client.call("POST", f"/v2/schedules/{URL}", headers=headers)
            assert status == 201
        for path in (f"/v2/schedules/{URL}", f"/v2/publish/{URL}"):
            answer = await error(client, "POST", path, headers={"Upstash-Cron": "@hourly"})
            assert answer == refusal("maxSchedules", 2)
        await done(client, "DELETE", "/v2/schedules/a")
        assert (await publish(client, "schedule", {}))[0] == 201


async def test_queues() -> None:
    async with serving(plan(replace(PAYG, max_queues=2, max_queue_parallelism=3))) as client:
        answer = await error(client, "POST", "/v2/queues", json={"queueName": "a", "parallelism": 4})
        assert answer == refusal("maxParallelism", 3)
        assert await client.get("/v2/queues") == []
        items = [{"destination": URL, "queue": name, "headers": HELD} for name in "abc"]
        assert await error(client, "POST", "/v2/batch", json=items) == refusal("maxQueues", 2)
        await nothing_happened(client)
        assert (await client.call("POST", "/v2/batch", json=items[:2]))[0] == 201
        for path in (f"/v2/enqueue/c/{URL}", f"/v2/publish/{URL}?upstash-queue-name=c"):
            assert await error(client, "POST", path) == refusal("maxQueues", 2)


async def test_url_groups() -> None:
    async with serving(plan(replace(PAYG, max_url_groups=1, max_endpoints_per_group=2))) as client:
        many = {"endpoints": [{"url": f"{URL}/{number}"} for number in range(3)]}
        path = "/v2/topics/{}/endpoints"
        assert await error(client, "POST", path.format("a"), json=many) == refusal("maxEndpointsPerTopic", 2)
        assert await client.get("/v2/topics") == []
        await make_group(client, "a", URL)
        assert await error(client, "POST", path.format("a"), json=many) == refusal("maxEndpointsPerTopic", 2)
        assert (await client.get("/v2/topics/a"))["endpoints"] == [{"url": URL}]
        one = {"endpoints": [{"url": URL}]}
        assert await error(client, "POST", path.format("b"), json=one) == refusal("maxTopics", 1)


async def test_what_waits_may_not_fill_the_memory() -> None:
    async with serving(Config(port=0, max_pending_bytes=5_000)) as client:
        for _ in range(2):
            assert (await publish(client, "publish", HELD, "x" * 1_000))[0] == 201
        status, answer = await publish(client, "publish", HELD, "x" * 1_000)
        assert (status, answer["error"]) == refusal("maxPendingBytes", 5_000)
        assert await client.call("DELETE", "/v2/messages") == (200, {"cancelled": 2})
        assert (await publish(client, "publish", HELD, "x" * 1_000))[0] == 201


async def test_schedules_and_whole_groups_count_towards_what_waits() -> None:
    async with serving(Config(port=0, max_pending_bytes=10_000)) as client:
        id = {"Upstash-Schedule-Id": "s"}
        for _ in range(3):
            assert (await publish(client, "schedule", id, "x" * 3_000))[0] == 201
        assert (await publish(client, "publish", HELD, "x" * 5_000))[0] == 412
        await done(client, "DELETE", "/v2/schedules/s")
        assert (await publish(client, "publish", HELD, "x" * 5_000))[0] == 201
        await client.call("DELETE", "/v2/messages")
        assert (await publish(client, "publish", HELD, "x" * 3_000))[0] == 201
        await make_group(client, "group", *(f"{URL}/{number}" for number in range(5)))
        answer = await error(client, "POST", "/v2/publish/group", headers=HELD)
        assert answer == refusal("maxPendingBytes", 10_000)
        await make_group(client, "small", URL)
        assert (await client.call("POST", "/v2/publish/small", headers=HELD))[0] == 201


@WAYS
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({f"Upstash-Forward-{number}": "x" for number in range(200)}, 201),
        ({f"Upstash-Forward-{number}": "x" for number in range(257)}, 400),
        ({f"Upstash-Forward-{number}": "x" * 40_000 for number in range(3)}, 201),
        ({f"Upstash-Forward-{number}": "x" * 60_000 for number in range(3)}, 400),
    ],
    ids=["many", "too many", "large", "too large"],
)
async def test_headers(client: Client, way: str, headers: dict[str, str], status: int) -> None:
    answered, answer = await publish(client, way, HELD | headers)
    assert answered == status
    if status == 400:
        # Over HTTP the number of lines is limited before anybody reads them.
        assert "256" in answer["error"]
        await nothing_happened(client)


async def test_flow_control_keys_have_no_limit_and_their_period_ends_with_a_week(client: Client) -> None:
    for period, status in (("7d", 201), ("604801s", 400)):
        headers = {"Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": f"rate=1,period={period}"}
        assert (await publish(client, "publish", HELD | headers))[0] == status
