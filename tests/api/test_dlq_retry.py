"""The dead letter queue: retrying an entry, with its own options or with others."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, TOKEN, done, error, give_up, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

RETRIES = [("/v2/dlq/retry/{id}", "one"), ("/v2/dlq/retry?dlqIds={id}", "many"), ("/v2/dlq/retry", "all")]
WAYS = pytest.mark.parametrize("path", [path for path, _ in RETRIES], ids=[name for _, name in RETRIES])


async def retried(client: Client, path: str, letter: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Retry one entry and return the new message."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, answer = await client.call("POST", path.format(id=letter["dlqId"]), headers=named)
    assert status == 201, answer
    [response] = answer.get("responses", [answer])
    message: dict[str, Any] = await client.get(f"/v2/messages/{response['messageId']}")
    return message


@WAYS
async def test_a_retry_is_a_new_message_with_the_settings_of_the_first(
    server: Server, client: Client, destination: Destination, path: str
) -> None:
    settings = {
        "Upstash_Method": "PUT",
        "Upstash_Retries": "1",
        "Upstash_Retry_Delay": "1000",
        "Upstash_Timeout": "9s",
        "Upstash_Label": "one,two",
        "Upstash_Forward_A": "1",
        "Content_Type": "text/plain",
        "Upstash_Flow_Control_Key": "key",
        "Upstash_Flow_Control_Value": "rate=7",
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Callback_Forward_B": "2",
    }
    destination.answers(500, path="/x").answers(200, path="/callback")
    id = await client.publish(f"{destination.url}/x?a=b", b"payload", **settings)
    await server.advance(1_000)
    [letter] = (await client.get("/v2/dlq"))["messages"]
    message = await retried(client, path, letter)
    first = await client.get(f"/v2/messages/{id}")
    changed = {"messageId": message["messageId"], "createdAt": NOON_MS + 1_000, "notBefore": NOON_MS + 1_000}
    assert message == first | changed
    assert message["messageId"] != id
    await server.idle()
    request = destination.requests[-2]
    assert (request.method, request.target, request.body) == ("PUT", "/x?a=b", b"payload")
    assert (request.headers["A"], request.headers["Content-Type"]) == ("1", "text/plain")
    assert request.headers["Upstash-Retried"] == "0"
    assert request.headers["Upstash-Message-Id"] == message["messageId"]


@WAYS
async def test_the_entry_is_gone_and_a_new_failure_is_a_new_entry(
    server: Server, client: Client, destination: Destination, path: str
) -> None:
    [letter] = await give_up(server, client, destination, "/a")
    message = await retried(client, path, letter)
    for method, gone in (("GET", "/v2/dlq/"), ("DELETE", "/v2/dlq/"), ("POST", "/v2/dlq/retry/")):
        assert (await error(client, method, gone + letter["dlqId"]))[0] == 404
    await server.idle()
    [again] = (await client.get("/v2/dlq"))["messages"]
    assert again["dlqId"] != letter["dlqId"]
    assert again["messageId"] == message["messageId"]
    assert await client.states(message["messageId"]) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]


async def test_a_delay_and_deduplication_are_not_repeated(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    headers = {"Upstash_Delay": "1h", "Upstash_Deduplication_Id": "once", "Upstash_Retries": "0"}
    await client.publish(destination.url, **headers)
    await server.advance(HOUR_MS)
    [letter] = (await client.get("/v2/dlq"))["messages"]
    message = await retried(client, "/v2/dlq/retry/{id}", letter)
    assert message["notBefore"] == message["createdAt"] == NOON_MS + HOUR_MS


@WAYS
async def test_a_retry_with_a_deduplication_id_is_made_once(
    server: Server, client: Client, destination: Destination, path: str
) -> None:
    headers = {"Upstash-Deduplication-Id": "once"}
    [letter] = await give_up(server, client, destination, "/a")
    message = await retried(client, path, letter, **headers)
    await server.idle()
    [again] = (await client.get("/v2/dlq"))["messages"]
    status, answer = await client.call("POST", path.format(id=again["dlqId"]), headers=headers)
    [response] = answer.get("responses", [answer])
    assert (status, response) == (201, {"messageId": message["messageId"], "deduplicated": True})
    assert (await client.get("/v2/dlq"), len(destination.requests)) == ({"messages": []}, 2)


# Headers of the retry → what they change in the message.
OVERRIDES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"Upstash-Retries": "5"}, {"maxRetries": 5}),
    ({"Upstash-Method": "PATCH"}, {"method": "PATCH"}),
    ({"Upstash-Timeout": "5s"}, {"timeout": 5_000}),
    ({"Upstash-Retry-Delay": "7"}, {"retryDelayExpression": "7"}),
    ({"Upstash-Delay": "1h"}, {"notBefore": NOON_MS + HOUR_MS}),
    ({"Upstash-Not-Before": str(NOON_MS // 1_000 + 60)}, {"notBefore": NOON_MS + 60_000}),
    ({"Upstash-Label": "new"}, {"label": "new", "labels": ["new"]}),
    ({"Upstash-Forward-A": "new"}, {"header": {"A": ["new"], "B": ["2"]}}),
    ({"Upstash-Forward-C": "3"}, {"header": {"A": ["1"], "B": ["2"], "C": ["3"]}}),
    ({"Upstash-Callback": "https://c.example"}, {"callback": "https://c.example"}),
    ({"Upstash-Failure-Callback": "https://f.example"}, {"failureCallback": "https://f.example"}),
    (
        {"Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": "parallelism=3"},
        {"flowControlKey": "k", "parallelism": 3, "period": 1},
    ),
    ({"Upstash-Queue-Name": "queue"}, {"queueName": "queue"}),
    ({"Content-Type": "application/json"}, {}),
]


@WAYS
@pytest.mark.parametrize(("headers", "changes"), OVERRIDES, ids=lambda value: str(value)[:50])
@pytest.mark.parametrize("where", ["header", "query", "Query"])
async def test_any_option_of_a_publish_overrides_that_of_the_first(
    server: Server,
    client: Client,
    destination: Destination,
    path: str,
    headers: dict[str, str],
    changes: dict[str, Any],
    where: str,
) -> None:
    [letter] = await give_up(server, client, destination, "/a", Upstash_Forward_A="1", Upstash_Forward_B="2")
    query, sent = "", headers
    if where != "header":
        options = {name: value for name, value in headers.items() if name.startswith("Upstash-")}
        query = "&".join(f"{name.lower() if where == 'query' else name}={value}" for name, value in options.items())
        query, sent = ("&" if "?" in path else "?") + query if query else "", {}
    message = await retried(client, path + query, letter, **sent)
    first = await client.get(f"/v2/messages/{letter['messageId']}")
    assert message == first | {"messageId": message["messageId"]} | changes


@WAYS
@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({"Upstash-Retries": "many"}, 400, "Upstash-Retries"),
        ({"Upstash-Delay": "soon"}, 400, "Upstash-Delay"),
        ({"Upstash-Forward-A B": "1"}, 400, "Upstash-Forward-A b"),
        ({"Upstash-Queue-Name": "a b"}, 400, "Upstash-Queue-Name"),
        ({"Upstash-Retries": "6"}, 412, "quota maxRetries exceeded, current limit: 5"),
        ({"Upstash-Delay": "366d"}, 412, "quota maxDelay exceeded, current limit: 31536000"),
    ],
)
async def test_a_wrong_override_leaves_the_entry_where_it_is(
    server: Server,
    client: Client,
    destination: Destination,
    path: str,
    headers: dict[str, str],
    status: int,
    text: str,
) -> None:
    [letter] = await give_up(server, client, destination, "/a")
    if any(" " in name for name in headers):
        # No HTTP client sends such a header; the query may hold one.
        [(name, value)] = headers.items()
        path, headers = f"{path}{'&' if '?' in path else '?'}{name.replace(' ', '%20')}={value}", {}
    answered, reason = await error(client, "POST", path.format(id=letter["dlqId"]), headers=headers)
    assert (answered, text.lower() in reason.lower()) == (status, True), reason
    assert (await client.get("/v2/dlq"))["messages"] == [letter]
    assert len(destination.requests) == 1


async def test_a_retry_may_not_make_more_queues_than_the_plan_allows(
    server: Server, client: Client, destination: Destination
) -> None:
    [letter] = await give_up(server, client, destination, "/a")
    for number in range(100):
        await done(client, "POST", "/v2/queues", json={"queueName": f"q{number}"})
    headers = {"Upstash-Queue-Name": "one-more"}
    answer = await error(client, "POST", f"/v2/dlq/retry/{letter['dlqId']}", headers=headers)
    assert answer == (412, "quota maxQueues exceeded, current limit: 100")
    assert (await client.get("/v2/dlq"))["messages"] == [letter]


async def test_a_redacted_message_is_retried_with_what_it_hides(
    server: Server, client: Client, destination: Destination
) -> None:
    headers = {"Upstash_Redact_Fields": "body,headers", "Upstash_Forward_Secret": "shh"}
    [letter] = await give_up(server, client, destination, "/a", **headers)
    assert letter["body"].startswith("REDACTED:")
    message = await retried(client, "/v2/dlq/retry/{id}", letter)
    await server.idle()
    assert message["body"] == letter["body"]
    assert (destination.requests[-1].body, destination.requests[-1].headers["Secret"]) == (b"payload", "shh")


async def test_the_retry_of_a_queued_message_stands_in_line_again(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    await client.call("POST", f"/v2/enqueue/q/{destination.url}/a", headers={"Upstash-Retries": "0"})
    await server.idle()
    await done(client, "POST", "/v2/queues/q/pause")
    [letter] = (await client.get("/v2/dlq"))["messages"]
    message = await retried(client, "/v2/dlq/retry/{id}", letter)
    await server.idle()
    assert (message["queueName"], await client.states(message["messageId"])) == ("q", ["CREATED"])
    assert (await client.get("/v2/queues/q"))["lag"] == 1


async def test_the_retry_of_one_endpoint_calls_no_other(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/bad")
    await make_group(client, "group", f"{destination.url}/good", f"{destination.url}/bad")
    await client.call("POST", "/v2/publish/group", headers={"Upstash-Retries": "0"})
    await server.idle()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    await done(client, "DELETE", "/v2/topics/group")
    message = await retried(client, "/v2/dlq/retry/{id}", letter)
    await server.idle()
    assert (message["topicName"], destination.paths()[2:]) == ("group", ["/bad"])
    assert destination.requests[-1].headers["Upstash-Topic-Name"] == "group"


async def test_the_servers_token_in_a_retry_never_reaches_the_destination(
    server: Server, client: Client, destination: Destination
) -> None:
    [letter] = await give_up(server, client, destination, "/a")
    await retried(client, "/v2/dlq/retry/{id}?upstash-header-forward=true", letter)
    await server.idle()
    assert TOKEN not in str(destination.requests[-1].headers)


async def test_a_retry_goes_to_where_the_first_went_even_if_it_is_down(server: Server, client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert (await retried(client, "/v2/dlq/retry/{id}", letter))["url"] == NOWHERE
