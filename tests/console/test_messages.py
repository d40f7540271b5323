"""``GET /_dev/messages``: pages of all messages, newest first, with any filter."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, done
from tests.conftest import Client, within
from tests.console.conftest import Reader
from tests.destination import Destination


async def published(client: Client, count: int, **headers: str) -> list[str]:
    return [await client.publish(f"{NOWHERE}/{number}", Upstash_Delay="1h", **headers) for number in range(count)]


async def pages(reader: Reader, query: str, count: int) -> list[list[str]]:
    """The ids of every page until there is no cursor."""
    found, cursor = [], ""
    while True:
        page = await reader.get(f"messages?count={count}{query}{cursor}")
        found.append([message["messageId"] for message in page["messages"]])
        if "cursor" not in page:
            return found
        cursor = f"&cursor={page['cursor']}"


async def test_a_row_has_what_a_list_shows_and_no_body(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    destination.answers(500)
    id = await client.publish(
        destination.url,
        b"secret",
        Upstash_Label="a,b",
        Upstash_Flow_Control_Key="k",
        Upstash_Flow_Control_Value="rate=9",
        Upstash_Retry_Delay="5000",
    )
    await server.idle()
    page = await reader.get("messages")
    [row] = page["messages"]
    created, duration = row.pop("createdAt"), row.pop("duration")
    assert duration >= 0
    assert row == {
        "messageId": id,
        "state": "RETRY",
        "method": "POST",
        "url": destination.url,
        "retried": 1,
        "maxRetries": 3,
        "size": 6,
        "due": created + 5_000,
        "flowControlKey": "k",
        "labels": ["a", "b"],
        "responseStatus": 500,
        "error": "HTTP status 500",
        "failureReason": "http-status",
    }
    assert page["total"] == 1


async def test_the_newest_comes_first_and_pages_meet_without_gap_or_overlap(client: Client, reader: Reader) -> None:
    ids = await published(client, 7)
    assert await pages(reader, "", 3) == [ids[6:3:-1], ids[3:0:-1], ids[:1]]
    assert await reader.ids() == ids[::-1]


async def test_a_page_leads_on_although_its_last_message_is_forgotten(
    client: Client, server: Server, reader: Reader, clock: FrozenClock
) -> None:
    ids = []
    for _ in range(4):
        ids += await published(client, 1)
        clock.move_to(clock.now_ms() + 1)
    page = await reader.get("messages?count=2")
    tenant = server.broker.tenants.all()[0]
    del tenant.messages[ids[2]]
    assert await reader.ids(f"?cursor={page['cursor']}") == [ids[1], ids[0]]


@pytest.mark.parametrize(
    "search",
    ["ORDERS-7", "special", "Nightly", "q-one", "the-key", "Needle%20In%20The%20HAY", "a,b"],
)
async def test_text_is_found_wherever_it_is(client: Client, reader: Reader, search: str) -> None:
    await published(client, 3)
    id = await client.publish(
        f"{NOWHERE}/orders-7/special",
        "needle in the hay: a,b",
        Upstash_Label="nightly",
        Upstash_Queue_Name="q-one",
        Upstash_Flow_Control_Key="the-key",
        Upstash_Flow_Control_Value="parallelism=1",
        Upstash_Delay="1h",
    )
    assert await reader.ids(f"?search={search}") == [id]


async def test_an_id_is_found_at_once_and_a_piece_of_one_as_well(client: Client, reader: Reader) -> None:
    ids = await published(client, 5)
    page = await reader.get(f"messages?search={ids[0]}")
    assert [row["messageId"] for row in page["messages"]] == [ids[0]]
    assert page["lookedAt"] == 1
    assert await reader.ids(f"?search={ids[1][4:20].lower()}") == [ids[1]]


async def test_what_is_redacted_cannot_be_searched_for(client: Client, reader: Reader) -> None:
    await client.publish(NOWHERE, "password", Upstash_Delay="1h", Upstash_Redact_Fields="body")
    assert await reader.ids("?search=password") == []


async def test_states_and_the_filters_of_the_log_choose(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    delivered = await client.publish(destination.url, Upstash_Label="a")
    await server.idle()
    waiting = await client.publish(f"{NOWHERE}/x", Upstash_Delay="1h", Upstash_Label="a,b")
    other = await client.publish(f"{NOWHERE}/y", Upstash_Delay="1h", Upstash_Queue_Name="q")
    assert await reader.ids("?state=delivered") == [delivered]
    assert await reader.ids("?state=CREATED,DELIVERED") == [other, waiting, delivered]
    assert await reader.ids("?label=a") == [waiting, delivered]
    assert await reader.ids("?label=a&state=CREATED") == [waiting]
    assert await reader.ids("?queueName=q") == [other]
    assert await reader.ids("?host=127.0.0.1:1&path=/y") == [other]
    assert await reader.ids("?state=FAILED") == []


async def test_users_see_their_own(client: Client, reader: Reader) -> None:
    client.token = USERS[1].token
    [id] = await published(client, 1)
    assert await reader.ids() == []
    assert await reader.ids("?user=testUser1") == [id]


@within(messages_looked_at=4)
async def test_one_answer_looks_at_a_bounded_number_of_messages(client: Client, reader: Reader) -> None:
    ids = await published(client, 10)
    page = await reader.get("messages?search=nothing-has-this")
    assert (page["messages"], page["lookedAt"], "cursor" in page) == ([], 4, True)
    assert await pages(reader, "&search=nothing-has-this", 50) == [[], [], []]
    assert await pages(reader, f"&search={NOWHERE}/0", 50) == [[], [], [ids[0]]]


@within(searched_bytes=1_000)
async def test_one_answer_searches_a_bounded_number_of_bytes(client: Client, reader: Reader) -> None:
    for _ in range(4):
        await client.publish(NOWHERE, "x" * 600, Upstash_Delay="1h")
    page = await reader.get("messages?search=nothing-has-this")
    assert page["lookedAt"] == 2
    assert await pages(reader, "&search=nothing-has-this", 50) == [[], []]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("state=SIDEWAYS", "state"),
        ("cursor=here", "cursor"),
        ("cursor=-msg_1", "cursor"),
        ("cursor=%C2%B2-msg_1", "cursor"),
        ("count=0", "count"),
        ("count=many", "count"),
        ("fromDate=x", "fromDate"),
        ("search=" + "x" * 1_001, "search"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(reader: Reader, query: str, named: str) -> None:
    status, payload = await reader.call("GET", f"messages?{query}")
    assert status == 400
    assert named in payload["error"]


@pytest.mark.parametrize("query", ["user=nobody", "user="])
async def test_an_unknown_user_is_a_404(reader: Reader, query: str) -> None:
    assert (await reader.call("GET", f"messages?{query}"))[0] == 404


async def test_odd_text_is_only_text(client: Client, reader: Reader) -> None:
    await published(client, 1)
    for search in ("%00", "%FF%FE", "%", "[a-z]*", "%ED%A0%80", "\\", "%F0%9F%92%A9"):
        page: Any = await reader.get(f"messages?search={search}")
        assert page["messages"] == [], search


async def test_every_kind_of_name_is_on_the_row(client: Client, reader: Reader) -> None:
    endpoints = {"endpoints": [{"url": f"{NOWHERE}/a", "name": "first"}]}
    await done(client, "POST", "/v2/topics/group/endpoints", json=endpoints)
    await client.call("POST", "/v2/publish/group", headers={"Upstash-Delay": "1h", "Upstash-Queue-Name": "q"})
    [row] = (await reader.get("messages"))["messages"]
    assert (row["topicName"], row["endpointName"], row["queueName"]) == ("group", "first", "q")


async def test_what_is_due_is_what_the_status_counts(client: Client, server: Server, reader: Reader) -> None:
    [later] = await published(client, 1)
    await done(client, "POST", "/v2/queues", json={"queueName": "q", "parallelism": 1})
    await done(client, "POST", "/v2/queues/q/pause")
    _, waiting = await client.call("POST", f"/v2/enqueue/q/{NOWHERE}")
    await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    assert await reader.ids("?due=now") == [waiting["messageId"]]
    assert await reader.ids("?due=later") == [later]
    user = (await reader.get("status"))["users"][0]
    assert (user["due"], user["later"]) == (1, 1)
    status, error = await reader.call("GET", "messages?due=soon")
    assert (status, "use now or later" in error["error"]) == (400, True)
