"""Enqueue: a publish into a queue, which is made if it does not exist."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, error, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

URL = "https://example.com/x?a=b"


@pytest.mark.parametrize("target", [URL, quote(URL, safe=""), URL.replace("//", "/")])
async def test_a_message_is_answered_as_by_publish_and_knows_its_queue(client: Client, target: str) -> None:
    status, answer = await client.call("POST", f"/v2/enqueue/my-queue/{target}")
    assert status == 201
    assert answer == {"messageId": answer["messageId"], "url": URL}
    assert await client.get(f"/v2/messages/{answer['messageId']}") == {
        "messageId": answer["messageId"],
        "url": URL,
        "method": "POST",
        "maxRetries": 3,
        "notBefore": NOON_MS,
        "createdAt": NOON_MS,
        "callerIP": "127.0.0.1",
        "queueName": "my-queue",
    }


async def test_a_missing_queue_is_made_with_parallelism_one(client: Client) -> None:
    await client.call("POST", f"/v2/enqueue/fresh/{NOWHERE}")
    queue = await client.get("/v2/queues/fresh")
    assert (queue["name"], queue["parallelism"], queue["paused"]) == ("fresh", 1, False)


async def test_an_existing_queue_keeps_its_settings(client: Client) -> None:
    await done(client, "POST", "/v2/queues", json={"queueName": "q", "parallelism": 4, "paused": True})
    await client.call("POST", f"/v2/enqueue/q/{NOWHERE}")
    queue = await client.get("/v2/queues/q")
    assert (queue["parallelism"], queue["paused"], queue["lag"]) == (4, True, 1)


async def test_a_url_group_puts_one_message_for_each_endpoint_in_line(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", *(f"{destination.url}/{number}" for number in range(4)))
    status, answer = await client.call("POST", "/v2/enqueue/q/group")
    await server.idle()
    assert (status, [item["url"][-2:] for item in answer]) == (201, ["/0", "/1", "/2", "/3"])
    assert destination.paths() == ["/0", "/1", "/2", "/3"]
    message = await client.get(f"/v2/messages/{answer[0]['messageId']}")
    assert (message["topicName"], message["queueName"]) == ("group", "q")


async def test_the_queue_in_the_path_beats_the_one_in_a_header(client: Client) -> None:
    headers = {"Upstash-Queue-Name": "other"}
    _, answer = await client.call("POST", f"/v2/enqueue/q/{NOWHERE}", headers=headers)
    assert (await client.get(f"/v2/messages/{answer['messageId']}"))["queueName"] == "q"


async def test_a_duplicate_does_not_stand_in_line_again(client: Client) -> None:
    await done(client, "POST", "/v2/queues", json={"queueName": "q", "paused": True})
    headers = {"Upstash-Deduplication-Id": "once"}
    _, first = await client.call("POST", f"/v2/enqueue/q/{NOWHERE}", headers=headers)
    status, second = await client.call("POST", f"/v2/enqueue/q/{NOWHERE}", headers=headers)
    assert (status, second["messageId"], second["deduplicated"]) == (202, first["messageId"], True)
    assert (await client.get("/v2/queues/q"))["lag"] == 1


@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "%00", "%C3%BC", "a:b", "q" * 257])
async def test_a_name_that_no_queue_may_have_is_refused(client: Client, name: str) -> None:
    status, text = await error(client, "POST", f"/v2/enqueue/{name}/{NOWHERE}")
    assert (status, "queue name" in text) == (400, True)
    assert await client.get("/v2/queues") == []


@pytest.mark.parametrize("name", ["-", "_x", "V1.2", "a-b_c.d", "0", "q" * 256])
async def test_a_name_of_letters_digits_and_a_few_signs_is_accepted(client: Client, name: str) -> None:
    status, _ = await client.call("POST", f"/v2/enqueue/{name}/{NOWHERE}")
    assert status == 201
    assert (await client.get(f"/v2/queues/{name}"))["name"] == name


@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        ("", 400, "a non-empty destination must be provided"),
        ("example.com/x", 400, "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("no-such-group", 404, "topic no-such-group not found"),
    ],
)
async def test_a_bad_destination_makes_no_queue(client: Client, target: str, status: int, text: str) -> None:
    answered, shown = await error(client, "POST", f"/v2/enqueue/q/{target}")
    assert (answered, shown.startswith(text)) == (status, True)
    assert await client.get("/v2/queues") == []


DELAYS = [
    {"Upstash-Delay": "1h"},
    {"Upstash-Delay": "0"},
    {"Upstash-Not-Before": "1893456000"},
    {"Upstash-Delay": "1h", "Upstash-Not-Before": "1893456000"},
]
REFUSED = "Upstash-Not-Before/Upstash-Delay can not be used with enqueue"


@pytest.mark.parametrize("headers", DELAYS)
async def test_a_delay_is_refused_as_hosted_qstash_does(client: Client, headers: dict[str, str]) -> None:
    query = "&".join(f"{name.lower()}={value}" for name, value in headers.items())
    for path, given in ((f"/v2/enqueue/q/{NOWHERE}", headers), (f"/v2/enqueue/q/{NOWHERE}?{query}", {})):
        status, text = await error(client, "POST", path, headers=given)
        assert (status, text.startswith(REFUSED)) == (400, True)
    assert await client.get("/v2/queues") == []
    assert await client.get("/v2/events") == {"events": []}


async def test_an_empty_delay_is_none(client: Client) -> None:
    status, _ = await client.call("POST", f"/v2/enqueue/q/{NOWHERE}", headers={"Upstash-Delay": ""})
    assert status == 201


async def test_a_delay_among_the_default_headers_of_a_group_is_refused_as_well(client: Client) -> None:
    await make_group(client, "group", NOWHERE)
    await done(client, "PATCH", "/v2/topics/group", json={"headers": {"Upstash-Delay": "1h"}})
    assert (await error(client, "POST", "/v2/enqueue/q/group"))[1].startswith(REFUSED)
