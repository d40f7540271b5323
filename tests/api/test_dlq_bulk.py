"""The dead letter queue: the entries that ids and filters select, and deleting or retrying all of them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.population import BAD_FILTERS, EVERYONE, FILTERS, filled, names, populate
from tests.api.support import NOWHERE, error, give_up
from tests.conftest import Client
from tests.destination import Destination

# Dates are those of the failures, which here are at the same time as the publishes.
CHOICES: dict[str, frozenset[str]] = FILTERS | {
    "responseStatus=500": EVERYONE,
    "responseStatus=404,500": EVERYONE,
    "responseStatus=404&responseStatus=999": frozenset(),
    "responseStatus=0": frozenset(),
    "messageId=msg_none": frozenset(),
    "source=workflow": frozenset(),
    "api=llm": EVERYONE,
}
CALLS = [("GET", "/v2/dlq"), ("DELETE", "/v2/dlq"), ("POST", "/v2/dlq/retry")]
FORMS = ["repeated", "comma", "body", "bare array", "both"]


async def fail_all(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    await populate(server, client, destination, {"Upstash-Retries": "0"})


async def left(client: Client) -> list[str]:
    return names((await client.get("/v2/dlq"))["messages"])


def ask(ids: list[str], form: str) -> tuple[str, dict[str, Any]]:
    """The query and the options of a request that names the ids in one of the accepted ways."""
    if form == "repeated":
        return "?" + "&".join(f"dlqIds={id}" for id in ids), {}
    if form == "comma":
        return "?dlqIds=" + ",".join(ids), {}
    if form == "both":
        return f"?dlqIds={ids[0]}", {"json": {"dlqIds": ids[1:]}}
    return "", {"json": {"dlqIds": ids} if form == "body" else ids}


async def test_a_filter_lists_what_it_means_and_nothing_else(
    server: Server, client: Client, destination: Destination
) -> None:
    await fail_all(server, client, destination)
    for query, meant in CHOICES.items():
        page = await client.get(f"/v2/dlq?{filled(query, destination)}")
        assert names(page["messages"]) == sorted(meant), query


@pytest.mark.parametrize("query", CHOICES)
async def test_a_filter_deletes_what_it_means_and_nothing_else(
    server: Server, client: Client, destination: Destination, query: str
) -> None:
    await fail_all(server, client, destination)
    answer = await client.call("DELETE", f"/v2/dlq?{filled(query, destination)}")
    assert answer == (200, {"deleted": len(CHOICES[query])})
    assert await left(client) == sorted(EVERYONE - CHOICES[query])


@pytest.mark.parametrize("query", CHOICES)
async def test_a_filter_retries_what_it_means_and_nothing_else(
    server: Server, client: Client, destination: Destination, query: str
) -> None:
    await fail_all(server, client, destination)
    destination.answers(200)
    before = len(destination.requests)
    status, answer = await client.call("POST", f"/v2/dlq/retry?{filled(query, destination)}")
    await server.idle()
    assert (status, answer["cursor"], len(answer["responses"])) == (201, "", len(CHOICES[query]))
    assert sorted(path[1:] for path in destination.paths()[before:]) == sorted(CHOICES[query])
    assert await left(client) == sorted(EVERYONE - CHOICES[query])


async def test_entries_are_found_by_their_message(server: Server, client: Client, destination: Destination) -> None:
    first, second, _ = await give_up(server, client, destination, "/a", "/b", "/c")
    query = f"messageId={first['messageId']},{second['messageId']}"
    assert (await client.get(f"/v2/dlq?{query}"))["messages"] == [first, second]
    assert await client.call("DELETE", f"/v2/dlq?{query}") == (200, {"deleted": 2})


async def test_ids_make_every_other_filter_void(server: Server, client: Client, destination: Destination) -> None:
    letter, _ = await give_up(server, client, destination, "/a", "/b")
    query = f"dlqIds={letter['dlqId']}&label=none&responseStatus=999&toDate=0&count=1"
    assert (await client.get(f"/v2/dlq?{query}"))["messages"] == [letter]
    assert await client.call("DELETE", f"/v2/dlq?{query}") == (200, {"deleted": 1})


@pytest.mark.parametrize("form", FORMS)
async def test_ids_delete_exactly_these_and_answer_with_numbers_only(
    server: Server, client: Client, destination: Destination, form: str
) -> None:
    first, second, third = await give_up(server, client, destination, "/a", "/b", "/c")
    ids = [first["dlqId"], third["dlqId"], "1-1", first["dlqId"]]
    query, options = ask(ids, form)
    assert await client.call("DELETE", f"/v2/dlq{query}", **options) == (200, {"deleted": 2})
    assert (await client.get("/v2/dlq"))["messages"] == [second]
    assert await client.call("DELETE", f"/v2/dlq{query}", **options) == (200, {"deleted": 0})


@pytest.mark.parametrize("form", FORMS)
async def test_ids_retry_exactly_these_in_their_order(
    server: Server, client: Client, destination: Destination, form: str
) -> None:
    first, second, third = await give_up(server, client, destination, "/a", "/b", "/c")
    destination.answers(200)
    query, options = ask([third["dlqId"], first["dlqId"], third["dlqId"]], form)
    status, answer = await client.call("POST", f"/v2/dlq/retry{query}", **options)
    await server.idle()
    assert (status, answer["cursor"]) == (201, "")
    messages = [await client.get(f"/v2/messages/{item['messageId']}") for item in answer["responses"]]
    assert names(messages) == ["a", "c"]
    assert messages[0]["url"].endswith("/c")
    assert (await client.get("/v2/dlq"))["messages"] == [second]


async def test_an_id_that_is_not_there_is_named_and_nothing_is_retried(
    server: Server, client: Client, destination: Destination
) -> None:
    every = await give_up(server, client, destination, "/a", "/b")
    for form in FORMS:
        query, options = ask([every[0]["dlqId"], "1-1", "2-2"], form)
        answer = await error(client, "POST", f"/v2/dlq/retry{query}", **options)
        assert answer == (404, "dlq message 1-1, 2-2 not found")
    assert (await client.get("/v2/dlq"))["messages"] == every


@pytest.mark.parametrize(("query", "body"), [("", {"dlqIds": []}), ("", []), ("?dlqIds=", None)])
async def test_an_empty_list_of_ids_does_not_mean_everything(
    server: Server, client: Client, destination: Destination, query: str, body: Any
) -> None:
    every = await give_up(server, client, destination, "/a")
    assert await client.call("DELETE", f"/v2/dlq{query}", json=body) == (200, {"deleted": 0})
    retried = await client.call("POST", f"/v2/dlq/retry{query}", json=body)
    assert retried == (201, {"responses": [], "cursor": ""})
    assert (await client.get("/v2/dlq"))["messages"] == every


@pytest.mark.parametrize("body", ['{"dlqIds": ""}', '{"dlqIds": [1]}', '{"dlqids": ["1-1"]}', '"1-1"', "7", "["])
async def test_a_body_of_the_wrong_shape_changes_nothing(
    server: Server, client: Client, destination: Destination, body: str
) -> None:
    every = await give_up(server, client, destination, "/a")
    for method, path in CALLS[1:]:
        assert (await error(client, method, path, data=body.encode()))[0] == 400
    assert (await client.get("/v2/dlq"))["messages"] == every


@pytest.mark.parametrize(
    ("query", "named"),
    [
        *BAD_FILTERS.items(),
        ("responseStatus=4xx", "responseStatus"),
        ("order=newest", "order"),
        ("cursor=abc", "cursor"),
        ("count=0", "count"),
        ("source=everything", "source"),
    ],
)
async def test_a_filter_that_is_wrong_is_refused_and_changes_nothing(
    server: Server, client: Client, destination: Destination, query: str, named: str
) -> None:
    every = await give_up(server, client, destination, "/a")
    for method, path in CALLS:
        status, text = await error(client, method, f"{path}?{query}")
        assert (status, named in text) == (400, True), text
    assert (await client.get("/v2/dlq"))["messages"] == every


@pytest.mark.parametrize(
    "query", ["labeel=x", "urlGroup=x", "Label=x", "state=FAILED", "messageIds=msg_x", "host=example.com", "path=/x"]
)
async def test_a_filter_that_is_not_known_is_refused_where_it_would_destroy_something(
    server: Server, client: Client, destination: Destination, query: str
) -> None:
    every = await give_up(server, client, destination, "/a")
    for method, path in CALLS[1:]:
        status, text = await error(client, method, f"{path}?{query}")
        assert (status, query.partition("=")[0] in text) == (400, True), text
    assert (await client.call("GET", f"/v2/dlq?{query}"))[0] == 200
    assert (await client.get("/v2/dlq"))["messages"] == every


async def test_the_count_limits_one_call_and_the_cursor_leads_on(
    server: Server, client: Client, destination: Destination
) -> None:
    every = await give_up(server, client, destination, *["/a", "/b", "/c", "/d", "/e"])
    destination.answers(200)
    status, answer = await client.call("DELETE", "/v2/dlq?count=1")
    assert (status, answer) == (200, {"deleted": 1, "cursor": every[0]["dlqId"]})
    status, answer = await client.call("POST", f"/v2/dlq/retry?count=2&cursor={answer['cursor']}")
    assert (status, len(answer["responses"]), answer["cursor"]) == (201, 2, every[2]["dlqId"])
    answer = await client.call("DELETE", f"/v2/dlq?cursor={answer['cursor']}")
    assert answer == (200, {"deleted": 2})
    assert await left(client) == []


@pytest.mark.parametrize("method", ["DELETE", "POST"])
async def test_without_any_filter_up_to_a_hundred_are_meant(server: Server, client: Client, method: str) -> None:
    item = {"destination": NOWHERE, "headers": {"Upstash-Retries": "0"}}
    await client.call("POST", "/v2/batch", json=[item] * 101)
    await server.idle()
    path = "/v2/dlq" if method == "DELETE" else "/v2/dlq/retry?upstash-delay=1h"
    _, answer = await client.call(method, path)
    assert answer.get("deleted", len(answer.get("responses", []))) == 100
    assert answer["cursor"]
    assert len((await client.get("/v2/dlq"))["messages"]) == 1


@pytest.mark.parametrize("query", ["label=none", "fromDate=4070908800000", "toDate=946684800000", "flowControlKey=x"])
async def test_a_filter_that_means_nothing_is_no_error(client: Client, query: str) -> None:
    assert await client.call("DELETE", f"/v2/dlq?{query}") == (200, {"deleted": 0})
    assert await client.call("POST", f"/v2/dlq/retry?{query}") == (201, {"responses": [], "cursor": ""})
