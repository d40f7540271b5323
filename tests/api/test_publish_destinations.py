"""Publish: every form of a destination, its query, and destinations that are refused."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, TOKEN, error, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

LATER = {"Upstash-Delay": "1h"}
ENCODED = quote("https://example.com/a%20b?x=1&y=%2F", safe="")


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("https://example.com", "https://example.com"),
        ("https://example.com/", "https://example.com/"),
        ("http://web:8000/hook", "http://web:8000/hook"),
        ("http://localhost:3000/api", "http://localhost:3000/api"),
        ("http://192.168.0.7/x", "http://192.168.0.7/x"),
        ("http://[::1]:3000/x", "http://[::1]:3000/x"),
        ("https://user:pass@example.com/x", "https://user:pass@example.com/x"),
        ("HTTPS://Example.COM/Path", "HTTPS://Example.COM/Path"),
        ("https://example.com/a//b/../c/./d", "https://example.com/a//b/../c/./d"),
        ("https://example.com/%7Euser/a%2Fb%20c", "https://example.com/%7Euser/a%2Fb%20c"),
        ("https://example.com/x?foo=bar", "https://example.com/x?foo=bar"),
        ("https://example.com/x?b=2&a=1&a=%20+%2B", "https://example.com/x?b=2&a=1&a=%20+%2B"),
        ("https://example.com/x?empty=&flag&=v", "https://example.com/x?empty=&flag&=v"),
        ("https:/example.com/x", "https://example.com/x"),
        ("http:/localhost:3000/x?a=b", "http://localhost:3000/x?a=b"),
        (ENCODED, "https://example.com/a%20b?x=1&y=%2F"),
        (ENCODED + "?z=3", "https://example.com/a%20b?x=1&y=%2F&z=3"),
        ("https%3A%2F%2Fexample.com%2Fx?foo=bar", "https://example.com/x?foo=bar"),
        ("https%3a%2f%2fexample.com%2fx", "https://example.com/x"),
        ("https%3A//example.com/x", "https://example.com/x"),
    ],
)
async def test_a_url_is_stored_as_the_client_wrote_it(client: Client, target: str, url: str) -> None:
    status, answer = await client.call("POST", f"/v2/publish/{target}", headers=LATER)
    assert status == 201
    assert answer == {"messageId": answer["messageId"], "url": url}
    assert (await client.get(f"/v2/messages/{answer['messageId']}"))["url"] == url


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (f"?qstash_token={TOKEN}", ""),
        (f"?a=1&qstash_token={TOKEN}&b=2", "?a=1&b=2"),
        ("?upstash-retries=1", ""),
        ("?Upstash-Retries=1&a=1", "?a=1"),
        ("?a=1&UPSTASH-LABEL=x&b=%7E&upstash-unknown=1", "?a=1&b=%7E"),
        ("?upstash=1&upstashretries=2", "?upstash=1&upstashretries=2"),
    ],
)
async def test_only_what_is_not_meant_for_qstash_stays_in_the_query(client: Client, query: str, kept: str) -> None:
    _, answer = await client.call("POST", f"/v2/publish/https://example.com/x{query}", headers=LATER)
    assert answer["url"] == f"https://example.com/x{kept}"


async def test_message_ids_are_distinct_and_look_like_those_of_qstash(client: Client) -> None:
    ids = {await client.publish("https://example.com", Upstash_Delay="1h") for _ in range(5)}
    assert len(ids) == 5
    assert all(id.startswith("msg_") and id[4:].isalnum() for id in ids)


@pytest.mark.parametrize("target", ["group", "gr%6Fup"])
async def test_a_url_group_is_answered_with_one_receipt_for_each_endpoint_in_order(
    client: Client, target: str
) -> None:
    await make_group(client, "group", "https://b.example/", "https://a.example")
    status, answer = await client.call("POST", f"/v2/publish/{target}", headers=LATER)
    assert status == 201
    assert [sorted(item) for item in answer] == [["messageId", "url"], ["messageId", "url"]]
    assert [item["url"] for item in answer] == ["https://b.example/", "https://a.example"]
    assert answer[0]["messageId"] != answer[1]["messageId"]
    assert (await client.get(f"/v2/messages/{answer[0]['messageId']}"))["topicName"] == "group"


async def test_each_endpoint_of_a_url_group_gets_the_message(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", f"{destination.url}/1", f"{destination.url}/2")
    await client.call("POST", "/v2/publish/group", data=b"to all")
    await server.idle()
    assert sorted(destination.paths()) == ["/1", "/2"]
    assert {request.body for request in destination.requests} == {b"to all"}
    assert {request.headers["Upstash-Topic-Name"] for request in destination.requests} == {"group"}


@pytest.mark.parametrize("target", ["group", "example.com", "localhost", "v2.0_x-y"])
async def test_a_name_that_is_no_url_group_is_not_found(client: Client, target: str) -> None:
    assert await error(client, "POST", f"/v2/publish/{target}") == (404, f"topic {target} not found")


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("", "a non-empty destination must be provided"),
        ("example.com/x", "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("localhost:3000", "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("ftp://example.com/x", "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("my%20group", "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("http://", "invalid destination url"),
        ("https:///path", "invalid destination url"),
        ("http://:80/", "invalid destination url"),
        ("http://example.com:99999/", "invalid destination url"),
        ("http://example.com:port/", "invalid destination url"),
        ("http://example.com:0/", "invalid destination url"),
        ("http://[::1/x", "invalid destination url"),
        ("http%3A%2F%2Fexample.com%2Fa%0Ab", "invalid destination url"),
        ("http%3A%2F%2Fexample.com%2Fa%00b", "invalid destination url"),
        ("http%3A%2F%2Fexample.com%2F%FF%FE", "invalid destination url"),
        ("https://example.com/" + "a" * 20_000, "invalid destination url"),
        ("http://127.0.0.1:8080/v2/publish/https://example.com", "invalid destination url"),
        ("api/llm", "destination 'api/llm'"),
    ],
)
async def test_a_destination_that_cannot_be_called_is_refused(client: Client, target: str, text: str) -> None:
    status, shown = await error(client, "POST", f"/v2/publish/{target}")
    assert status == 400
    assert shown.startswith(text)
    assert await client.get("/v2/events") == {"events": []}


async def test_the_body_is_delivered_as_it_came(server: Server, client: Client, destination: Destination) -> None:
    body = bytes(range(256)) * 300
    id = await client.publish(destination.url, body)
    await server.idle()
    assert destination.requests[0].body == body
    assert "bodyBase64" in await client.get(f"/v2/messages/{id}")


async def test_a_compressed_body_is_left_compressed(server: Server, client: Client, destination: Destination) -> None:
    import gzip

    body = gzip.compress(b"text")
    await client.publish(destination.url, body, Content_Encoding="gzip", Upstash_Forward_Content_Encoding="gzip")
    await server.idle()
    assert destination.requests[0].body == body
    assert destination.requests[0].headers["Content-Encoding"] == "gzip"


async def test_publish_with_a_cron_expression_creates_a_schedule(client: Client) -> None:
    headers = {"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "mine"}
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    assert (status, answer) == (201, {"scheduleId": "mine"})
    assert await client.get("/v2/events") == {"events": []}
    assert (await client.get("/v2/schedules/mine"))["cron"] == "* * * * *"


async def test_a_duplicate_is_accepted_and_names_the_first_message(server: Server, client: Client) -> None:
    headers = {"Upstash-Deduplication-Id": "once", "Upstash-Delay": "1d"}
    first = await client.publish(NOWHERE, **{"Upstash_Deduplication_Id": "once", "Upstash_Delay": "1d"})
    status, answer = await client.call("POST", "/v2/publish/https://other.example", headers=headers)
    assert status == 202
    assert answer == {"messageId": first, "url": "https://other.example", "deduplicated": True}
    await server.advance(10 * 60_000 - 1)
    assert (await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers))[0] == 202
    await server.advance(1)
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    assert (status, "deduplicated" in answer, answer["messageId"] == first) == (201, False, False)


async def test_a_duplicate_of_a_cancelled_message_still_is_one(client: Client) -> None:
    first = await client.publish(NOWHERE, Upstash_Deduplication_Id="once", Upstash_Delay="1h")
    await client.call("DELETE", f"/v2/messages/{first}")
    headers = {"Upstash-Deduplication-Id": "once"}
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    assert (status, answer["messageId"], answer["deduplicated"]) == (202, first, True)


@pytest.mark.parametrize(
    ("difference", "body", "status"),
    [
        ({}, b"x", 202),
        ({"Upstash-Label": "other", "Upstash-Retries": "1"}, b"x", 202),
        ({}, b"y", 201),
        ({"Content-Type": "text/html"}, b"x", 201),
        ({"Upstash-Forward-A": "2"}, b"x", 201),
        ({"Upstash-Forward-B": "1"}, b"x", 201),
    ],
)
async def test_content_based_deduplication_compares_what_is_delivered(
    client: Client, difference: dict[str, str], body: bytes, status: int
) -> None:
    headers = {
        "Upstash-Content-Based-Deduplication": "True",
        "Upstash-Delay": "1h",
        "Content-Type": "text/plain",
        "Upstash-Forward-A": "1",
    }
    assert (await client.call("POST", f"/v2/publish/{NOWHERE}", data=b"x", headers=headers))[0] == 201
    answer = await client.call("POST", f"/v2/publish/{NOWHERE}", data=body, headers=headers | difference)
    assert answer[0] == status


async def test_the_endpoints_of_a_url_group_are_deduplicated_one_by_one(client: Client) -> None:
    await make_group(client, "group", "https://a.example")
    headers = {"Upstash-Deduplication-Id": "once", "Upstash-Delay": "1h"}
    _, [first] = await client.call("POST", "/v2/publish/group", headers=headers)
    await make_group(client, "group", "https://b.example")
    status, [known, fresh] = await client.call("POST", "/v2/publish/group", headers=headers)
    assert status == 201
    assert known == first | {"deduplicated": True}
    assert "deduplicated" not in fresh
    assert (await client.call("POST", "/v2/publish/group", headers=headers))[0] == 202


async def test_a_message_says_when_it_was_created(server: Server, client: Client) -> None:
    await server.advance(HOUR_MS)
    id = await client.publish(NOWHERE)
    message = await client.get(f"/v2/messages/{id}")
    assert (message["createdAt"], message["notBefore"]) == (NOON_MS + HOUR_MS, NOON_MS + HOUR_MS)
