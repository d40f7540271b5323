"""The event log: the events that a query selects, their order, and pages."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.population import BAD_FILTERS, FILTERS, PLACE_FILTERS, filled, names, populate
from tests.api.support import NOWHERE, error
from tests.conftest import Client, within
from tests.destination import Destination

CHOICES = FILTERS | PLACE_FILTERS
HELD = {"Upstash-Delay": "1h"}
ROUTES = ["/v2/events", "/v2/logs"]


async def events(client: Client, query: str) -> list[dict[str, Any]]:
    page: list[dict[str, Any]] = (await client.get(f"/v2/events?{query}"))["events"]
    return page


async def hold(client: Client, count: int) -> list[str]:
    """Messages that wait, each with one event; their ids, oldest first."""
    items = [{"destination": NOWHERE, "headers": HELD}] * count
    _, answers = await client.call("POST", "/v2/batch", json=items)
    return [answer["messageId"] for answer in answers]


async def pages(client: Client, query: str, key: str = "messageId") -> list[list[str]]:
    """One field of each event, page by page."""
    found, cursor = [], ""
    while True:
        page = await client.get(f"/v2/events?{query}{cursor}")
        found.append([one[key] for one in page.get("events", page.get("messages", ()))])
        if "cursor" not in page:
            return found
        assert isinstance(page["cursor"], str)
        cursor = f"&cursor={page['cursor']}"


async def test_a_filter_shows_what_it_means_and_nothing_else(
    server: Server, client: Client, destination: Destination
) -> None:
    await populate(server, client, destination, {})
    for query, meant in CHOICES.items():
        found = await events(client, f"state=CREATED&{filled(query, destination)}")
        assert names(found) == sorted(meant), query


async def test_an_id_means_all_events_of_its_message(
    server: Server, client: Client, destination: Destination
) -> None:
    first, second, third = [await client.publish(destination.url) for _ in range(3)]
    await server.idle()
    for query, meant in {
        f"messageId={first}": {first},
        f"messageIds={first}": {first},
        f"messageIds={first},{third}": {first, third},
        f"messageIds={third}&messageIds={first}": {first, third},
        f"messageIds={second}&messageIds={second}": {second},
        f"messageIds=msg_none&messageIds={second}": {second},
        "messageId=msg_none": set(),
    }.items():
        found = await events(client, query)
        assert {event["messageId"] for event in found} == meant, query
        assert len(found) == 3 * len(meant), query
        assert [event["time"] for event in found] == sorted((event["time"] for event in found), reverse=True)


async def test_ids_make_every_other_filter_void(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert len(await events(client, f"messageIds={id}&label=none&state=FAILED&fromDate=1&toDate=2")) == 1


async def test_a_single_id_goes_with_other_filters(server: Server, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url)
    await server.idle()
    assert [event["state"] for event in await events(client, f"messageId={id}&state=ACTIVE")] == ["ACTIVE"]
    assert await events(client, f"messageId={id}&label=none") == []


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("state=CREATED", {"CREATED"}),
        ("state=ACTIVE", {"ACTIVE"}),
        ("state=ERROR", {"ERROR"}),
        ("state=RETRY", {"RETRY"}),
        ("state=DELIVERED", {"DELIVERED"}),
        ("state=FAILED", {"FAILED"}),
        ("state=CANCEL_REQUESTED", {"CANCEL_REQUESTED"}),
        ("state=CANCELED", {"CANCELED"}),
        ("state=CANCELLED", {"CANCELED"}),
        ("state=IN_PROGRESS", {"ACTIVE", "RETRY", "ERROR"}),
        ("state=delivered", {"DELIVERED"}),
        ("state=DELIVERED,FAILED", {"DELIVERED", "FAILED"}),
        ("state=DELIVERED&state=CREATED", {"DELIVERED", "CREATED"}),
    ],
)
async def test_a_state_means_the_events_that_brought_it_about(
    server: Server, client: Client, destination: Destination, query: str, states: set[str]
) -> None:
    destination.answers(500, 200, path="/retried").answers(500, path="/failed")
    await client.publish(f"{destination.url}/retried", Upstash_Retry_Delay="1")
    await client.publish(f"{destination.url}/failed", Upstash_Retries="0")
    cancelled = await client.publish(destination.url, Upstash_Delay="1h")
    await client.call("DELETE", f"/v2/messages/{cancelled}")
    await server.advance(1)
    found = await events(client, query)
    assert {event["state"] for event in found} == states
    assert len(found) == sum(event["state"] in states for event in await events(client, ""))


async def test_dates_are_those_of_the_events(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Delay="10s")
    await server.advance(20_000)
    created, active, delivered = await events(client, "order=earliestFirst")
    assert active["time"] == created["time"] + 10_000
    assert await events(client, f"toDate={active['time'] - 1}") == [created]
    assert await events(client, f"fromDate={active['time']}") == [delivered, active]


@pytest.mark.parametrize("query", sorted(BAD_FILTERS))
@pytest.mark.parametrize("route", ROUTES)
async def test_a_date_that_is_none_is_refused(client: Client, route: str, query: str) -> None:
    status, text = await error(client, "GET", f"{route}?{query}")
    assert (status, BAD_FILTERS[query] in text) == (400, True)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("state=DONE", "IN_PROGRESS"),
        ("order=newest", "earliestFirst"),
        ("count=0", "count"),
        ("count=ten", "count"),
        ("cursor=abc", "cursor"),
        ("cursor=1-", "cursor"),
        ("trimBody=-2", "trimBody"),
        ("trimBody=all", "trimBody"),
        ("groupBy=url", "messageId"),
    ],
)
async def test_a_value_that_means_nothing_is_refused(client: Client, query: str, named: str) -> None:
    status, text = await error(client, "GET", f"/v2/events?{query}")
    assert (status, named in text) == (400, True), text


async def test_unknown_parameters_are_ignored(client: Client) -> None:
    [id] = await hold(client, 1)
    assert [event["messageId"] for event in await events(client, "labeel=x&api=llm&foo")] == [id]


async def test_the_latest_come_first_unless_asked_otherwise(client: Client) -> None:
    ids = await hold(client, 3)
    for query, order in (("", ids[::-1]), ("order=latestFirst", ids[::-1]), ("order=earliestFirst", ids)):
        assert [event["messageId"] for event in await events(client, query)] == order


@pytest.mark.parametrize("order", ["latestFirst", "earliestFirst"])
@pytest.mark.parametrize("choice", ["", "&label=", "&host=127.0.0.1", "&messageIds={ids}"])
async def test_pages_hold_everything_once_and_end_without_a_cursor(client: Client, order: str, choice: str) -> None:
    ids = await hold(client, 7)
    query = choice.format(ids=",".join(ids))
    expected = ids if order == "earliestFirst" else ids[::-1]
    for size in (1, 2, 3, 6, 7, 8):
        found = await pages(client, f"order={order}&count={size}{query}")
        assert [id for page in found for id in page] == expected
        assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
        assert len(found) == -(-7 // size)


async def test_an_empty_page_has_no_cursor(client: Client) -> None:
    assert await client.get("/v2/events?count=1") == {"events": []}
    assert await client.get("/v2/logs?count=1") == {"logs": [], "events": []}


async def test_what_happens_between_two_pages_moves_nothing(client: Client) -> None:
    ids = await hold(client, 4)
    page = await client.get("/v2/events?count=2")
    await hold(client, 3)
    rest = await client.get(f"/v2/events?cursor={page['cursor']}")
    assert [event["messageId"] for event in rest["events"]] == [ids[1], ids[0]]


async def test_a_page_holds_a_thousand_events(client: Client) -> None:
    await hold(client, 1_001)
    for query in ("", "?count=5000"):
        page = await client.get(f"/v2/events{query}")
        assert (len(page["events"]), "cursor" in page) == (1_000, True)


@within(page_bytes=2_500)
async def test_a_page_of_large_bodies_holds_fewer_events(client: Client) -> None:
    ids = [await client.publish(NOWHERE, b"x" * size, Upstash_Delay="1h") for size in (1_000, 1_000, 1_000, 5_000)]
    for query in ("order=earliestFirst", "order=earliestFirst&groupBy=messageId"):
        assert await pages(client, query) == [ids[:2], ids[2:3], ids[3:]]
        assert await pages(client, f"{query}&trimBody=-1") == [ids]


async def test_grouped_by_message_all_events_of_one_stay_together(
    server: Server, client: Client, destination: Destination
) -> None:
    first, second = [await client.publish(destination.url, Upstash_Delay="1s") for _ in range(2)]
    await server.advance(1_000)
    grouped = (await client.get("/v2/events?groupBy=messageId"))["messages"]
    assert {group["messageId"] for group in grouped} == {first, second}
    for group in grouped:
        assert [event["state"] for event in group["events"]] == ["DELIVERED", "ACTIVE", "CREATED"]
        assert {event["messageId"] for event in group["events"]} == {group["messageId"]}
    filtered = (await client.get("/v2/events?groupBy=messageId&state=CREATED"))["messages"]
    assert [(group["messageId"], len(group["events"])) for group in filtered] == [(second, 1), (first, 1)]


@pytest.mark.parametrize("order", ["latestFirst", "earliestFirst"])
async def test_a_page_of_groups_holds_ten_messages(client: Client, order: str) -> None:
    ids = await hold(client, 23)
    expected = ids if order == "earliestFirst" else ids[::-1]
    query = f"groupBy=messageId&order={order}"
    for count in ("", "&count=10", "&count=1000"):
        assert await pages(client, query + count) == [expected[:10], expected[10:20], expected[20:]]
    assert await pages(client, f"{query}&count=12&messageIds={','.join(ids[:11])}") == (
        [ids[:10], ids[10:11]] if order == "earliestFirst" else [ids[10:0:-1], ids[:1]]
    )
