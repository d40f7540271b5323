"""URL groups: their endpoints, their default headers, and publishing to all of them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, done, error, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

A, B, C = ({"url": f"https://{letter}.example"} for letter in "abc")
ENDPOINTS = "/v2/topics/group/endpoints"


async def upsert(client: Client, *endpoints: dict[str, Any]) -> None:
    await done(client, "POST", ENDPOINTS, json={"endpoints": endpoints})


async def remove(client: Client, *endpoints: dict[str, Any]) -> None:
    await done(client, "DELETE", ENDPOINTS, json={"endpoints": endpoints})


async def endpoints(client: Client) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await client.get("/v2/topics/group"))["endpoints"]
    return found


async def test_there_are_none_at_first(client: Client) -> None:
    assert await client.get("/v2/topics") == []


async def test_the_first_endpoint_makes_the_group(client: Client) -> None:
    await upsert(client, A | {"name": "First endpoint"}, B)
    group = {
        "name": "group",
        "createdAt": NOON_MS,
        "updatedAt": NOON_MS,
        "endpoints": [A | {"name": "First endpoint"}, B],
    }
    assert await client.get("/v2/topics/group") == group
    assert await client.get("/v2/topics") == [group]


@pytest.mark.parametrize(
    ("known", "given", "after"),
    [
        ([A], [B], [A, B]),
        ([A, B], [A], [A, B]),
        ([A], [A, A], [A]),
        ([A], [A | {"name": "n"}], [A | {"name": "n"}]),
        ([A | {"name": "n"}], [A], [A | {"name": "n"}]),
        ([A | {"name": "n"}, C], [B | {"name": "n"}], [B | {"name": "n"}, C]),
        ([A | {"name": "n"}], [A | {"name": "m"}], [A | {"name": "n"}, A | {"name": "m"}]),
        ([A], [B | {"name": ""}], [A, B]),
        ([A], [B | {"name": None}], [A, B]),
    ],
)
async def test_an_endpoint_replaces_the_one_of_its_name_or_else_of_its_url(
    client: Client, known: list[dict[str, str]], given: list[dict[str, Any]], after: list[dict[str, str]]
) -> None:
    await upsert(client, *known)
    await upsert(client, *given)
    assert await endpoints(client) == after


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ([A], [B | {"name": "b"}, C]),
        ([{"name": "b"}], [A, C]),
        ([{"name": "b", "url": ""}], [A, C]),
        ([{"name": "", "url": C["url"]}], [A, B | {"name": "b"}]),
        ([A, {"name": "b"}], [C]),
        ([{"name": "none"}, {"url": "https://none.example"}], [A, B | {"name": "b"}, C]),
        ([B], [A, C]),
    ],
)
async def test_endpoints_are_removed_by_name_or_by_url(
    client: Client, given: list[dict[str, str]], after: list[dict[str, str]]
) -> None:
    await upsert(client, A, B | {"name": "b"}, C)
    await remove(client, *given)
    assert await endpoints(client) == after


async def test_the_group_goes_with_its_last_endpoint(client: Client) -> None:
    await upsert(client, A, B)
    await remove(client, A, B)
    assert await client.get("/v2/topics") == []
    assert await error(client, "GET", "/v2/topics/group") == (404, "topic group not found")
    assert await error(client, "POST", "/v2/publish/group") == (404, "topic group not found")


async def test_every_change_shows_in_the_time_of_the_last(server: Server, client: Client) -> None:
    await upsert(client, A, B)
    calls = [("POST", ENDPOINTS, {"endpoints": [C]}), ("DELETE", ENDPOINTS, {"endpoints": [C]})]
    calls.append(("PATCH", "/v2/topics/group", {"headers": {"Upstash-Retries": "1"}}))
    for number, (method, path, body) in enumerate(calls, start=1):
        await server.advance(1_000)
        await done(client, method, path, json=body)
        group = await client.get("/v2/topics/group")
        assert (group["createdAt"], group["updatedAt"]) == (NOON_MS, NOON_MS + number * 1_000)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "endpoints"),
        ({"endpoints": None}, "endpoints"),
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": {}}, "endpoints"),
        ({"endpoints": ["https://a.example"]}, "endpoints"),
        ({"endpoints": [{"name": "a"}]}, "url"),
        ({"endpoints": [{"url": ""}]}, "url"),
        ({"endpoints": [{"url": 1}]}, "url"),
        ({"endpoints": [A | {"name": 1}]}, "name"),
        ({"endpoints": [A, {"url": "example.com"}]}, "example.com"),
        ({"endpoints": [A, {"url": "ftp://example.com"}]}, "ftp://example.com"),
        ({"endpoints": [A, {"url": "https://"}]}, "https://"),
    ],
)
async def test_a_bad_endpoint_is_named_and_no_group_is_made(client: Client, body: Any, named: str) -> None:
    status, text = await error(client, "POST", ENDPOINTS, json=body)
    assert (status, named in text) == (400, True), text
    assert await client.get("/v2/topics") == []


@pytest.mark.parametrize(
    "body", [{}, {"endpoints": []}, {"endpoints": [{}]}, {"endpoints": [{"name": "", "url": ""}]}]
)
async def test_a_removal_that_names_nothing_is_refused(client: Client, body: Any) -> None:
    await upsert(client, A)
    status, text = await error(client, "DELETE", ENDPOINTS, json=body)
    assert (status, "endpoints" in text) == (400, True)
    assert await endpoints(client) == [A]


@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "%C3%BC", "x" * 257])
async def test_a_name_that_no_group_can_have_is_refused_everywhere(client: Client, name: str) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("POST", f"/v2/topics/{name}/endpoints", {"endpoints": [A]}),
        ("DELETE", f"/v2/topics/{name}/endpoints", {"endpoints": [A]}),
        ("PATCH", f"/v2/topics/{name}", {"headers": {}}),
        ("GET", f"/v2/topics/{name}", None),
        ("DELETE", f"/v2/topics/{name}", None),
    ]
    for method, path, body in calls:
        status, text = await error(client, method, path, json=body)
        assert (status, text.startswith("invalid URL group name")) == (400, True)


async def test_an_unknown_group_is_not_found_but_may_be_deleted(client: Client) -> None:
    not_found = (404, "topic group not found")
    assert await error(client, "GET", "/v2/topics/group") == not_found
    assert await error(client, "PATCH", "/v2/topics/group", json={"headers": {}}) == not_found
    assert await error(client, "DELETE", ENDPOINTS, json={"endpoints": [A]}) == not_found
    await done(client, "DELETE", "/v2/topics/group")


async def test_a_deleted_group_leaves_its_messages(server: Server, client: Client, destination: Destination) -> None:
    await make_group(client, "group", destination.url)
    await client.call("POST", "/v2/publish/group", headers={"Upstash-Delay": "1h"})
    await done(client, "DELETE", "/v2/topics/group")
    assert await client.get("/v2/topics") == []
    await server.advance(HOUR_MS)
    assert len(destination.requests) == 1


async def test_each_endpoint_gets_a_message_of_its_own(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/a")
    await upsert(client, *({"url": f"{destination.url}/{letter}"} for letter in "abc"))
    status, answer = await client.call(
        "POST", "/v2/publish/group", data=b"x", headers={"Upstash-Retry-Delay": "1000"}
    )
    assert (status, [item["url"][-1] for item in answer]) == (201, ["a", "b", "c"])
    assert len({item["messageId"] for item in answer}) == 3
    await server.idle()
    assert sorted(destination.paths()) == ["/a", "/b", "/c"]
    await server.advance(1_000)
    assert destination.paths()[3:] == ["/a"]
    assert {request.headers["Upstash-Topic-Name"] for request in destination.requests} == {"group"}
    assert {request.body for request in destination.requests} == {b"x"}


async def test_default_headers_apply_to_every_way_of_publishing(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", destination.url)
    headers = {"Upstash-Header-Forward": ["true"], "Upstash-Retries": "1", "Upstash-Forward-A": ["1", "2"]}
    await done(client, "PATCH", "/v2/topics/group", json={"headers": headers})
    sent = {"X-Webhook": "push"}
    _, [published] = await client.call("POST", "/v2/publish/group", headers=sent)
    _, [enqueued] = await client.call("POST", "/v2/enqueue/q/group", headers=sent)
    _, [[batched]] = await client.call("POST", "/v2/batch", json=[{"destination": "group", "headers": sent}])
    cron = {"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "s"}
    await client.call("POST", "/v2/schedules/group", headers=sent | cron)
    await server.advance(60_000)
    [scheduled] = (await client.get("/v2/schedules/s"))["lastScheduleStates"]
    for id in (published["messageId"], enqueued["messageId"], batched["messageId"], scheduled):
        message = await client.get(f"/v2/messages/{id}")
        assert message["maxRetries"] == 1
        assert (message["header"]["A"], message["header"]["X-Webhook"]) == (["1", "2"], ["push"])


async def test_a_publish_overrides_the_default_headers(client: Client) -> None:
    await upsert(client, A)
    await done(client, "PATCH", "/v2/topics/group", json={"headers": {"Upstash-Retries": "1", "Upstash-Delay": "1h"}})
    for target, headers in (("group", {"upstash-retries": "2"}), ("group?upstash-retries=2", {})):
        _, [answer] = await client.call("POST", f"/v2/publish/{target}", headers=headers)
        message = await client.get(f"/v2/messages/{answer['messageId']}")
        assert (message["maxRetries"], message["notBefore"]) == (2, NOON_MS + HOUR_MS)


async def test_new_default_headers_replace_the_old_ones_and_stay_when_endpoints_change(client: Client) -> None:
    await upsert(client, A)
    for headers in ({"Upstash-Retries": "1"}, {"Upstash-Delay": "1h"}):
        await done(client, "PATCH", "/v2/topics/group", json={"headers": headers})
    await upsert(client, B)
    await remove(client, A)
    _, [answer] = await client.call("POST", "/v2/publish/group")
    message = await client.get(f"/v2/messages/{answer['messageId']}")
    assert (message["maxRetries"], message["notBefore"]) == (3, NOON_MS + HOUR_MS)


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"Upstash-Retries": 3}, "Upstash-Retries"),
        ({"Upstash-Retries": "many"}, "Upstash-Retries"),
        ({"Upstash-Delay": ["soon"]}, "Upstash-Delay"),
        (["Upstash-Retries"], "headers"),
        ("Upstash-Retries: 3", "headers"),
    ],
)
async def test_default_headers_that_no_publish_could_have_are_refused(
    client: Client, headers: Any, named: str
) -> None:
    await upsert(client, A)
    status, text = await error(client, "PATCH", "/v2/topics/group", json={"headers": headers})
    assert (status, named in text) == (400, True)


async def test_a_plan_allows_a_hundred_groups_of_a_hundred_endpoints(client: Client) -> None:
    many = [f"{NOWHERE}/{number}" for number in range(101)]
    refusal = (412, "quota maxEndpointsPerTopic exceeded, current limit: 100")
    assert await error(client, "POST", ENDPOINTS, json={"endpoints": [{"url": url} for url in many]}) == refusal
    await make_group(client, "group", *many[:100])
    assert await error(client, "POST", ENDPOINTS, json={"endpoints": [{"url": many[100]}]}) == refusal
    assert len(await endpoints(client)) == 100
    for number in range(99):
        await make_group(client, f"group{number}", NOWHERE)
    answer = await error(client, "POST", "/v2/topics/one-more/endpoints", json={"endpoints": [A]})
    assert answer == (412, "quota maxTopics exceeded, current limit: 100")
    await make_group(client, "group0", f"{NOWHERE}/more")
