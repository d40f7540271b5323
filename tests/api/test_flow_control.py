"""Flow control keys as a resource: reading, finding, pausing, pinning and resetting them."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, done, error
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

FRESH: dict[str, Any] = {
    "flowControlKey": "key",
    "waitListSize": 0,
    "parallelismMax": 0,
    "parallelismCount": 0,
    "rateMax": 0,
    "rateCount": 0,
    "ratePeriod": 1,
    "ratePeriodStart": 0,
    "isPaused": False,
    "isPinnedParallelism": False,
    "isPinnedRate": False,
}
VERBS = ("pause", "resume", "pin?rate=1", "unpin?rate=true", "resetRate", "reset")


async def publish(client: Client, url: str, value: str, key: str = "key", **headers: str) -> str:
    flow = {"Upstash_Flow_Control_Key": key, "Upstash_Flow_Control_Value": value}
    return await client.publish(url, **flow, **headers)


async def info(client: Client, key: str = "key") -> dict[str, Any]:
    found: dict[str, Any] = await client.get(f"/v2/flowControl/{key}")
    return found


async def verb(client: Client, what: str, key: str = "key") -> None:
    await done(client, "POST", f"/v2/flowControl/{key}/{what}")


async def test_there_are_no_keys_at_first(client: Client) -> None:
    assert await client.get("/v2/flowControl") == []
    assert await error(client, "GET", "/v2/flowControl/none") == (404, "flow control key none not found")


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        ("parallelism=5", {"parallelismMax": 5}),
        ("rate=7", {"rateMax": 7}),
        ("rate=7,period=1d", {"rateMax": 7, "ratePeriod": 86_400}),
        ("parallelism=5, rate=7, period=1m", {"parallelismMax": 5, "rateMax": 7, "ratePeriod": 60}),
    ],
)
async def test_a_key_can_be_read_as_soon_as_a_message_brings_it(
    client: Client, value: str, changes: dict[str, Any]
) -> None:
    await publish(client, "https://example.com", value, Upstash_Delay="1h")
    assert await info(client) == FRESH | changes
    assert await client.get("/v2/flowControl") == [FRESH | changes]


async def test_a_key_counts_calls_and_whoever_waits(server: Server, client: Client, destination: Destination) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held))
    for _ in range(5):
        await publish(client, destination.url, "parallelism=2,rate=9,period=60s")
    await destination.received(2)
    counts = {"parallelismMax": 2, "rateMax": 9, "ratePeriod": 60, "ratePeriodStart": NOON_MS // 1_000}
    assert await info(client) == FRESH | counts | {"waitListSize": 3, "parallelismCount": 2, "rateCount": 2}
    held.set()
    await server.idle()
    assert await info(client) == FRESH | counts | {"rateCount": 5}
    await server.advance(60_000)
    assert await info(client) == FRESH | counts


@pytest.mark.parametrize("key", ["a-b", "a_b.c", "A1", ".", "x" * 2_000])
async def test_a_key_is_a_plain_name(client: Client, key: str) -> None:
    options = f"upstash-delay=1h&upstash-flow-control-key={key}&upstash-flow-control-value=rate%3D1"
    await client.publish(f"https://example.com?{options}")
    encoded = quote(key, safe="").replace(".", "%2E")
    assert (await info(client, encoded))["flowControlKey"] == key
    for what in VERBS:
        await verb(client, what, encoded)
    assert len(await client.get("/v2/flowControl")) == 1


ODD_KEYS = ["a/b", "a/pause", "50%", "a b", "ü💩", "a?b#c", "a%2Fb", "/a/", "a:b", "a,b", "a;b=c"]


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_any_other_key_is_refused_where_it_would_come_to_be(client: Client, key: str) -> None:
    encoded = quote(key, safe="")
    for path in (
        f"/v2/publish/{NOWHERE}?upstash-flow-control-key={encoded}&upstash-flow-control-value=rate%3D1",
        f"/v2/flowControl/{encoded}/pause",
        f"/v2/flowControl/{encoded}/pin?rate=1",
    ):
        status, text = await error(client, "POST", path)
        assert status == 400
        assert text.startswith("flowControlKey must be alphanumeric, hyphen, underscore, or period")
    assert await client.get("/v2/flowControl") == []


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_any_key_may_be_asked_for(client: Client, key: str) -> None:
    encoded = quote(key, safe="")
    assert (await error(client, "GET", f"/v2/flowControl/{encoded}"))[0] == 404
    for what in ("resume", "unpin?rate=true", "resetRate", "reset"):
        await verb(client, what, encoded)
    assert await client.get(f"/v2/flowControl?search={encoded}") == []
    assert await client.get(f"/v2/events?flowControlKey={encoded}") == {"events": []}


async def test_a_key_of_more_than_four_kilobytes_is_refused(client: Client) -> None:
    status, text = await error(client, "POST", f"/v2/flowControl/{'x' * 4_097}/pause")
    assert (status, "use at most 4096 bytes" in text) == (400, True)


async def test_keys_are_found_by_a_part_of_them(client: Client) -> None:
    for key in ("user-1", "user-2", "User-3", "order"):
        await publish(client, "https://example.com", "rate=1", key, Upstash_Delay="1h")
    for search, found in {
        "user": ["user-1", "user-2"],
        "ser-": ["user-1", "user-2", "User-3"],
        "order": ["order"],
        "none": [],
        "": ["user-1", "user-2", "User-3", "order"],
    }.items():
        answer = await client.get(f"/v2/flowControl?search={search}")
        assert [entry["flowControlKey"] for entry in answer] == found


@pytest.mark.parametrize("what", VERBS)
async def test_a_verb_without_a_key_is_refused(client: Client, what: str) -> None:
    status, text = await error(client, "POST", f"/v2/flowControl//{what}")
    assert (status, "key is missing" in text) == (400, True)
    assert await client.get("/v2/flowControl") == []


async def test_a_paused_key_holds_what_comes_and_lets_calls_in_flight_finish(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held), 200)
    flying = await publish(client, destination.url, "parallelism=9")
    await destination.received(1)
    for _ in range(2):
        await verb(client, "pause")
    waiting = await publish(client, destination.url, "parallelism=9")
    held.set()
    await server.idle()
    assert await client.states(flying) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert await client.states(waiting) == ["CREATED"]
    assert await info(client) == FRESH | {
        "parallelismMax": 9,
        "isPaused": True,
        "waitListSize": 1,
        "rateCount": 1,
        "ratePeriodStart": NOON_MS // 1_000,
    }
    for _ in range(2):
        await verb(client, "resume")
    await server.idle()
    assert await client.states(waiting) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_key_may_be_paused_or_pinned_before_its_first_message(
    server: Server, client: Client, destination: Destination
) -> None:
    await verb(client, "pause")
    await verb(client, "pin?parallelism=1")
    await publish(client, destination.url, "parallelism=5")
    await server.idle()
    assert destination.requests == []
    found = await info(client)
    assert (found["isPaused"], found["parallelismMax"], found["waitListSize"]) == (True, 1, 1)


@pytest.mark.parametrize("what", ["resume", "unpin?rate=true&parallelism=true", "resetRate", "reset"])
async def test_a_key_that_is_not_in_use_needs_nothing(client: Client, what: str) -> None:
    await verb(client, what)
    assert await client.get("/v2/flowControl") == []


async def test_pausing_does_not_stop_the_period(server: Server, client: Client, destination: Destination) -> None:
    await publish(client, destination.url, "rate=1,period=60s")
    await server.idle()
    await verb(client, "pause")
    await publish(client, destination.url, "rate=1,period=60s")
    await server.advance(30_000)
    assert (await info(client))["rateCount"] == 1
    await server.advance(30_000)
    assert (await info(client))["rateCount"] == 0
    assert len(destination.requests) == 1
    await verb(client, "resume")
    await server.idle()
    assert len(destination.requests) == 2


async def test_pinned_limits_ignore_what_messages_bring(client: Client) -> None:
    await verb(client, "pin?parallelism=3&rate=20&period=120")
    pinned = {"parallelismMax": 3, "rateMax": 20, "ratePeriod": 120}
    await publish(client, "https://example.com", "parallelism=9,rate=9,period=9s", Upstash_Delay="1h")
    assert await info(client) == FRESH | pinned | {
        "isPinnedParallelism": True,
        "isPinnedRate": True,
        "ratePeriodStart": NOON_MS // 1_000,
    }
    await verb(client, "unpin?parallelism=true")
    found = await info(client)
    assert (found["isPinnedParallelism"], found["isPinnedRate"], found["parallelismMax"]) == (False, True, 3)
    await publish(client, "https://example.com", "parallelism=9,rate=9,period=9s", Upstash_Delay="1h")
    found = await info(client)
    assert (found["parallelismMax"], found["rateMax"], found["ratePeriod"]) == (9, 20, 120)
    await verb(client, "unpin?rate=TRUE")
    assert (await info(client))["rateMax"] == 20
    await publish(client, "https://example.com", "rate=9,period=9s", Upstash_Delay="1h")
    found = await info(client)
    assert (found["parallelismMax"], found["rateMax"], found["ratePeriod"]) == (0, 9, 9)


@pytest.mark.parametrize("query", ["", "?parallelism=false&rate=false", "?rate=false"])
async def test_unpin_changes_nothing_unless_asked(client: Client, query: str) -> None:
    await verb(client, "pin?parallelism=3&rate=20")
    before = await info(client)
    await verb(client, f"unpin{query}")
    assert await info(client) == before


@pytest.mark.parametrize("query", ["parallelism=5", "rate=5", "rate=5&period=60"])
async def test_pinning_starts_a_new_period_and_lets_go_what_may_go(
    server: Server, client: Client, destination: Destination, query: str
) -> None:
    for _ in range(3):
        await publish(client, destination.url, "parallelism=1,rate=1,period=1d")
    await server.advance(5_000)
    assert len(destination.requests) == 1
    await verb(client, f"pin?{query}")
    await server.idle()
    assert (await info(client))["ratePeriodStart"] == NOON_MS // 1_000 + 5
    assert len(destination.requests) == (3 if "rate" in query else 2)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "parallelism"),
        ("period=60", "parallelism"),
        ("parallelism=0", "parallelism"),
        ("parallelism=-1", "parallelism"),
        ("parallelism=many", "parallelism"),
        ("parallelism=99999999999", "parallelism"),
        ("rate=0", "rate"),
        ("rate=1.5", "rate"),
        ("parallelism=1&rate=x", "rate"),
        ("rate=1&period=0", "period"),
        ("rate=1&period=1m", "period"),
        ("rate=1&period=604801", "period"),
    ],
)
async def test_a_pin_that_means_nothing_is_refused(client: Client, query: str, named: str) -> None:
    status, text = await error(client, "POST", f"/v2/flowControl/key/pin?{query}")
    assert (status, named in text) == (400, True)
    assert await client.get("/v2/flowControl") == []


@pytest.mark.parametrize("query", ["parallelism=yes", "rate=1"])
async def test_an_unpin_that_means_nothing_is_refused(client: Client, query: str) -> None:
    await verb(client, "pin?parallelism=3&rate=20")
    before = await info(client)
    assert (await error(client, "POST", f"/v2/flowControl/key/unpin?{query}"))[0] == 400
    assert await info(client) == before


@pytest.mark.parametrize("what", ["resetRate", "reset"])
async def test_resetting_the_rate_lets_waiting_messages_go(
    server: Server, client: Client, destination: Destination, what: str
) -> None:
    for _ in range(3):
        await publish(client, destination.url, "rate=1,period=1h")
    await server.advance(5_000)
    await verb(client, "pause")
    await verb(client, what)
    found = await info(client)
    assert (found["rateCount"], found["ratePeriodStart"]) == (0, NOON_MS // 1_000 + 5)
    await verb(client, "resume")
    await server.advance(HOUR_MS - 1)
    assert len(destination.requests) == 2
    await server.advance(1)
    assert len(destination.requests) == 3


async def test_a_reset_counts_no_call_that_is_still_in_flight(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held))
    await publish(client, destination.url, "parallelism=1,rate=5,period=1d")
    await destination.received(1)
    await verb(client, "resetRate")
    found = await info(client)
    assert (found["rateCount"], found["parallelismCount"]) == (0, 1)
    held.set()
    await server.idle()


async def test_global_parallelism_counts_what_is_on_the_wire(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held))
    assert await client.get("/v2/globalParallelism") == {"parallelismMax": 1_000, "parallelismCount": 0}
    for _ in range(3):
        await client.publish(destination.url)
    await client.publish(destination.url, Upstash_Delay="1h")
    await destination.received(3)
    assert await client.get("/v2/globalParallelism") == {"parallelismMax": 1_000, "parallelismCount": 3}
    held.set()
    await server.idle()
    assert (await client.get("/v2/globalParallelism"))["parallelismCount"] == 0
