"""Queues: creating, changing, reading, pausing and deleting them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, done, error, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

LIMIT = "quota {name} exceeded, current limit: {limit}"


async def upsert(client: Client, name: str, **fields: Any) -> dict[str, Any]:
    await done(client, "POST", "/v2/queues", json={"queueName": name} | fields)
    queue: dict[str, Any] = await client.get(f"/v2/queues/{name}")
    return queue


async def enqueue(client: Client, target: str, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/v2/enqueue/{target}"
    if "Upstash-Delay" in named:
        # Enqueue takes no delay, but a publish that names a queue does.
        queue, _, url = target.partition("/")
        path, named = f"/v2/publish/{url}", named | {"Upstash-Queue-Name": queue}
    status, answer = await client.call("POST", path, headers=named)
    assert status == 201, answer
    return str(answer["messageId"])


async def lag(client: Client, name: str = "q") -> int:
    return int((await client.get(f"/v2/queues/{name}"))["lag"])


async def test_there_are_none_at_first(client: Client) -> None:
    assert await client.get("/v2/queues") == []


@pytest.mark.parametrize("path", ["/v2/queues", "/v2/queues/"])
async def test_a_queue_shows_all_six_fields(client: Client, path: str) -> None:
    await done(client, "POST", path, json={"queueName": "my-queue", "parallelism": 2, "paused": False})
    queue = {
        "name": "my-queue",
        "parallelism": 2,
        "createdAt": NOON_MS,
        "updatedAt": NOON_MS,
        "lag": 0,
        "paused": False,
    }
    assert await client.get("/v2/queues/my-queue") == queue
    assert await client.get(path) == [queue]


async def test_a_new_queue_has_parallelism_one_and_is_not_paused(client: Client) -> None:
    queue = await upsert(client, "q")
    assert (queue["parallelism"], queue["paused"]) == (1, False)


@pytest.mark.parametrize(
    ("fields", "parallelism", "paused"),
    [
        ({}, 3, True),
        ({"parallelism": 5}, 5, True),
        ({"paused": False}, 3, False),
        ({"parallelism": None, "paused": None}, 3, True),
        # What all SDKs send, whatever their caller gave.
        ({"parallelism": 1, "paused": False}, 1, False),
    ],
)
async def test_an_update_keeps_what_it_does_not_name(
    server: Server, client: Client, fields: dict[str, Any], parallelism: int, paused: bool
) -> None:
    await upsert(client, "q", parallelism=3, paused=True)
    await server.advance(5_000)
    queue = await upsert(client, "q", **fields)
    assert (queue["parallelism"], queue["paused"]) == (parallelism, paused)
    assert (queue["createdAt"], queue["updatedAt"]) == (NOON_MS, NOON_MS + 5_000)
    assert len(await client.get("/v2/queues")) == 1


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "-x", "_x", "x" * 256])
async def test_a_name_of_letters_digits_and_a_few_signs_is_accepted(client: Client, name: str) -> None:
    assert (await upsert(client, name))["name"] == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ü", "x" * 257, "a\n", None, 1, ["a"]])
async def test_any_other_name_is_refused(client: Client, name: Any) -> None:
    status, text = await error(client, "POST", "/v2/queues", json={"queueName": name})
    assert (status, "queueName" in text) == (400, True)
    assert await client.get("/v2/queues") == []


@pytest.mark.parametrize("path", ["", "/pause", "/resume"])
@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "%C3%BC", "x" * 257])
async def test_a_name_that_no_queue_can_have_is_refused_everywhere(client: Client, name: str, path: str) -> None:
    for method in ("POST",) if path else ("GET", "DELETE"):
        status, text = await error(client, method, f"/v2/queues/{name}{path}")
        assert (status, text.startswith("invalid queue name")) == (400, True)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"parallelism": 0}, "parallelism"),
        ({"parallelism": -1}, "parallelism"),
        ({"parallelism": "2"}, "parallelism"),
        ({"parallelism": 1.5}, "parallelism"),
        ({"parallelism": True}, "parallelism"),
        ({"paused": "true"}, "paused"),
        ({"paused": 1}, "paused"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_changes_nothing(
    client: Client, fields: dict[str, Any], named: str
) -> None:
    before = await upsert(client, "q", parallelism=2)
    status, text = await error(client, "POST", "/v2/queues", json={"queueName": "q"} | fields)
    assert (status, named in text) == (400, True)
    assert await client.get("/v2/queues") == [before]


@pytest.mark.parametrize("body", [b"", b"[]", b'"q"', b"{", b"null"])
async def test_anything_but_an_object_is_refused(client: Client, body: bytes) -> None:
    status, text = await error(client, "POST", "/v2/queues", data=body)
    assert (status, text.startswith("invalid request body")) == (400, True)


async def test_an_unknown_queue_is_not_found(client: Client) -> None:
    for method, path in (("GET", ""), ("POST", "/pause"), ("POST", "/resume")):
        assert await error(client, method, f"/v2/queues/none{path}") == (404, "queue none not found")


async def test_a_paused_queue_holds_what_comes_and_lets_it_go_when_resumed(
    server: Server, client: Client, destination: Destination
) -> None:
    await upsert(client, "q", paused=True)
    first, second = [await enqueue(client, f"q/{destination.url}/{number}") for number in (1, 2)]
    await server.idle()
    assert (destination.requests, await lag(client)) == ([], 2)
    for _ in range(2):
        await done(client, "POST", "/v2/queues/q/resume")
    await server.idle()
    assert destination.paths() == ["/1", "/2"]
    assert await client.states(first) == await client.states(second) == ["CREATED", "ACTIVE", "DELIVERED"]
    for _ in range(2):
        await done(client, "POST", "/v2/queues/q/pause")
    assert await client.get("/v2/queues") == [(await client.get("/v2/queues/q")) | {"paused": True, "lag": 0}]


async def test_an_update_lets_go_what_it_makes_room_for(
    server: Server, client: Client, destination: Destination
) -> None:
    await upsert(client, "q", paused=True)
    await enqueue(client, f"q/{destination.url}")
    await upsert(client, "q", paused=False)
    await server.idle()
    assert len(destination.requests) == 1


async def test_a_delayed_message_stands_in_line_when_it_is_due(
    server: Server, client: Client, destination: Destination
) -> None:
    await upsert(client, "q", paused=True)
    await enqueue(client, f"q/{destination.url}/late", Upstash_Delay="1h")
    await enqueue(client, f"q/{destination.url}/now")
    assert await lag(client) == 1
    await server.advance(HOUR_MS)
    assert await lag(client) == 2
    await done(client, "POST", "/v2/queues/q/resume")
    await server.idle()
    assert destination.paths() == ["/now", "/late"]


async def test_a_url_group_stands_in_line_endpoint_by_endpoint(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/a")
    await make_group(client, "group", f"{destination.url}/a", f"{destination.url}/b")
    await client.call("POST", "/v2/enqueue/q/group", headers={"Upstash-Retry-Delay": "1000"})
    await server.idle()
    assert (destination.paths(), await lag(client)) == (["/a"], 2)
    await server.advance(1_000)
    assert destination.paths() == ["/a", "/a", "/b"]


async def test_deleting_a_queue_drops_what_waits_and_nothing_makes_it_again(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    retrying = await enqueue(client, f"q/{destination.url}/retrying", Upstash_Retry_Delay="1000")
    waiting = await enqueue(client, f"q/{destination.url}/waiting")
    delayed = await enqueue(client, f"q/{destination.url}/delayed", Upstash_Delay="1h")
    await server.idle()
    await done(client, "DELETE", "/v2/queues/q")
    assert await client.get("/v2/queues") == []
    await server.advance(2 * HOUR_MS)
    assert await client.get("/v2/queues") == []
    assert destination.paths() == ["/retrying"]
    for id in (retrying, waiting, delayed):
        assert (await client.states(id))[-1] == "CANCELED"


async def test_deleting_a_queue_that_does_not_exist_succeeds(client: Client) -> None:
    await done(client, "DELETE", "/v2/queues/none")


async def test_a_plan_allows_a_hundred_queues(client: Client) -> None:
    for number in range(100):
        await upsert(client, f"q{number}")
    refusal = (412, LIMIT.format(name="maxQueues", limit=100))
    assert await error(client, "POST", "/v2/queues", json={"queueName": "one-more"}) == refusal
    assert await error(client, "POST", f"/v2/enqueue/one-more/{NOWHERE}") == refusal
    item = {"destination": NOWHERE, "queue": "one-more"}
    assert await error(client, "POST", "/v2/batch", json=[item]) == refusal
    assert (await upsert(client, "q7", parallelism=2))["parallelism"] == 2
    await enqueue(client, f"q8/{NOWHERE}", Upstash_Delay="1h")
    await done(client, "DELETE", "/v2/queues/q0")
    await upsert(client, "one-more")


async def test_a_plan_allows_parallelism_ten(client: Client) -> None:
    assert (await upsert(client, "q", parallelism=10))["parallelism"] == 10
    answer = await error(client, "POST", "/v2/queues", json={"queueName": "q", "parallelism": 11})
    assert answer == (412, LIMIT.format(name="maxParallelism", limit=10))
