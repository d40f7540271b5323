"""Messages: reading one, cancelling one, cancelling many."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.population import BAD_FILTERS, EVERYONE, FILTERS, PLACE_FILTERS, filled, names, populate
from tests.api.support import NOWHERE, error, give_up
from tests.conftest import Client
from tests.destination import Answer, Destination

CHOICES = FILTERS | PLACE_FILTERS


async def cancelled(client: Client) -> list[str]:
    return names((await client.get("/v2/events?state=CANCELED"))["events"])


async def test_an_unknown_message_is_not_found(client: Client) -> None:
    for method in ("GET", "DELETE"):
        assert await error(client, method, "/v2/messages/msg_x") == (404, "message msg_x not found")


async def test_an_endpoints_name_is_shown(client: Client) -> None:
    endpoints = [{"url": "https://a.example", "name": "First endpoint"}, {"url": "https://b.example"}]
    await client.session.post(
        f"{client.url}/v2/topics/g/endpoints",
        json={"endpoints": endpoints},
        headers={"Authorization": f"Bearer {client.token}"},
    )
    _, answer = await client.call("POST", "/v2/publish/g", headers={"Upstash-Delay": "1h"})
    first, second = [await client.get(f"/v2/messages/{item['messageId']}") for item in answer]
    assert (first["topicName"], first["endpointName"]) == ("g", "First endpoint")
    assert (second["topicName"], "endpointName" in second) == ("g", False)


async def test_a_finished_message_stays_readable_but_cannot_be_cancelled(
    server: Server, client: Client, destination: Destination
) -> None:
    delivered = await client.publish(destination.url, b"x")
    await server.idle()
    [letter] = await give_up(server, client, destination, "/failed")
    for id in (delivered, letter["messageId"]):
        assert (await client.get(f"/v2/messages/{id}"))["messageId"] == id
        assert await error(client, "DELETE", f"/v2/messages/{id}") == (404, f"message {id} not found")


async def test_a_cancelled_message_is_gone_at_once(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert await client.call("DELETE", f"/v2/messages/{id}") == (200, {"cancelled": 1})
    for method in ("GET", "DELETE"):
        assert await error(client, method, f"/v2/messages/{id}") == (404, f"message {id} not found")
    assert await client.states(id) == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]


async def test_a_message_in_flight_may_be_cancelled_too_late(
    server: Server, client: Client, destination: Destination
) -> None:
    released = asyncio.Event()
    destination.answers(Answer(hold=released))
    id = await client.publish(destination.url)
    await destination.received(1)
    assert await client.call("DELETE", f"/v2/messages/{id}") == (200, {"cancelled": 1})
    released.set()
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "DELIVERED"]


@pytest.mark.parametrize("path", ["/v2/messages", "/v2/messages/"])
@pytest.mark.parametrize("body", [None, b"", b"{}", b"null"])
async def test_without_any_filter_everything_that_waits_is_cancelled(
    server: Server, client: Client, destination: Destination, path: str, body: bytes | None
) -> None:
    await client.publish(destination.url)
    await server.idle()
    for _ in range(3):
        await client.publish(destination.url, Upstash_Delay="1h")
    answer = await client.call("DELETE", path, data=body, headers={"Content-Type": "application/json"})
    assert answer == (200, {"cancelled": 3})
    assert await client.call("DELETE", path) == (200, {"cancelled": 0})
    assert len(destination.requests) == 1


@pytest.mark.parametrize("query", CHOICES)
async def test_a_filter_cancels_what_it_means_and_nothing_else(
    server: Server, client: Client, destination: Destination, query: str
) -> None:
    await populate(server, client, destination, {"Upstash-Delay": "1h"})
    answer = await client.call("DELETE", f"/v2/messages?{filled(query, destination)}")
    assert answer == (200, {"cancelled": len(CHOICES[query])})
    assert await cancelled(client) == sorted(CHOICES[query])


@pytest.mark.parametrize("form", ["repeated", "comma", "body", "bare array", "both"])
async def test_ids_cancel_exactly_these_however_they_are_given(client: Client, form: str) -> None:
    ids = [await client.publish(f"{NOWHERE}/{number}", Upstash_Delay="1h") for number in range(3)]
    gone = await client.publish(f"{NOWHERE}/gone", Upstash_Delay="1h")
    await client.call("DELETE", f"/v2/messages/{gone}")
    wanted = [ids[0], ids[2], "msg_unknown", gone, ids[0]]
    query, options = "", {}
    if form == "repeated":
        query = "?" + "&".join(f"messageIds={id}" for id in wanted)
    elif form == "comma":
        query = "?messageIds=" + ",".join(wanted)
    elif form == "both":
        query, options = f"?messageIds={wanted[0]}", {"json": {"messageIds": wanted[1:]}}
    else:
        options = {"json": {"messageIds": wanted} if form == "body" else wanted}
    assert await client.call("DELETE", f"/v2/messages{query}", **options) == (200, {"cancelled": 2})
    assert await cancelled(client) == ["0", "2", "gone"]


async def test_ids_make_every_other_filter_void(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label="a")
    answer = await client.call("DELETE", f"/v2/messages?messageIds={id}&label=b&toDate=0")
    assert answer == (200, {"cancelled": 1})


@pytest.mark.parametrize("query", ["count=1", "count=1&label=a", "count=100", "count=500"])
async def test_the_count_limits_nothing(client: Client, query: str) -> None:
    for _ in range(3):
        await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label="a")
    assert await client.call("DELETE", f"/v2/messages?{query}") == (200, {"cancelled": 3})


@pytest.mark.parametrize(
    ("query", "named"),
    [
        *BAD_FILTERS.items(),
        ("labeel=x", "labeel"),
        ("messageId=msg_x", "messageId"),
        ("state=CREATED", "state"),
        ("urlGroup=x", "urlGroup"),
        ("Label=x", "Label"),
        ("order=latestFirst", "order"),
    ],
)
async def test_a_filter_that_is_wrong_cancels_nothing(client: Client, query: str, named: str) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    status, text = await error(client, "DELETE", f"/v2/messages?{query}")
    assert (status, named in text) == (400, True)
    assert await client.states(id) == ["CREATED"]


@pytest.mark.parametrize(
    "body", ['{"messageIds": "msg_x"}', '{"messageIds": [1]}', '"msg_x"', "1", "{", '{"messageIds": {}}']
)
async def test_a_body_of_the_wrong_shape_cancels_nothing(client: Client, body: str) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert (await error(client, "DELETE", "/v2/messages", data=body.encode()))[0] == 400
    assert await client.states(id) == ["CREATED"]


@pytest.mark.parametrize(("query", "body"), [("", {"messageIds": []}), ("", []), ("?messageIds=", None)])
async def test_an_empty_list_of_ids_does_not_mean_everything(client: Client, query: str, body: Any) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert await client.call("DELETE", f"/v2/messages{query}", json=body) == (200, {"cancelled": 0})
    assert await client.states(id) == ["CREATED"]


async def test_a_misspelt_field_of_the_body_does_not_mean_everything(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    status, text = await error(client, "DELETE", "/v2/messages", json={"messageIDs": ["msg_other"]})
    assert (status, "messageIDs" in text) == (400, True)
    assert await client.states(id) == ["CREATED"]


async def test_everything_can_be_filtered_by_nothing(
    server: Server, client: Client, destination: Destination
) -> None:
    await populate(server, client, destination, {"Upstash-Delay": "1h"})
    assert await client.call("DELETE", "/v2/messages?label=") == (200, {"cancelled": len(EVERYONE)})
