"""Publishing as hosted QStash does it: what it refuses, what it accepts, and what is accepted with a warning."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, error, give_up, make_group, send, warnings
from tests.api.workflow import SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": [1, 2.5, None, True], "ü": "ß"}, '{"a":[1,2.5,null,true],"ü":"ß"}'),
        ([], "[]"),
        ({}, "{}"),
        ([{"role": "user"}], '[{"role":"user"}]'),
        (0, "0"),
        (12345678901234567890, "12345678901234567890"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        ("\ud83d", None),
        ({"a": "\ud83d"}, '{"a":"\\ud83d"}'),
        ("text", "text"),
        ("", ""),
        (None, ""),
    ],
)
async def test_the_body_of_an_item_may_be_any_json(
    server: Server, client: Client, destination: Destination, body: Any, sent: str | None
) -> None:
    status, answer = await client.call("POST", "/v2/batch", json=[{"destination": destination.url, "body": body}])
    if sent is None:
        assert (status, "not valid UTF-8" in answer["error"]) == (400, True)
        return
    await server.idle()
    assert status == 201
    assert destination.requests[0].body == sent.encode()
    assert destination.requests[0].headers.get("Content-Type") is None


@pytest.mark.parametrize("body", ["NaN", "1e999", "[-Infinity]", '{"a":' * 20_000 + "1" + "}" * 20_000])
async def test_a_body_that_is_no_json_is_refused(client: Client, body: str) -> None:
    data = f'[{{"destination":"{NOWHERE}","body":{body}}}]'
    assert (await error(client, "POST", "/v2/batch", data=data))[0] == 400


async def test_a_call_and_a_trigger_take_objects_as_well(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(200, b"{}", SDK))
    workflow = Workflow(client, destination.url)
    await workflow.trigger()
    item = workflow.item(workflow.call_headers("wfr_1", 1), None, f"{destination.url}/llm") | {"body": {"model": "m"}}
    assert (await workflow.batch(item))[0] == 201
    triggered = [{"destination": f"{destination.url}/other", "body": {"a": 1}}]
    assert (await client.call("POST", "/v2/batch/trigger", json=triggered))[0] == 201
    await server.idle()
    assert destination.requests[destination.paths().index("/llm")].body == b'{"model":"m"}'
    [step] = json.loads(destination.requests[destination.paths().index("/other")].body)
    assert b64decode(step["body"]) == b'{"a":1}'


async def test_a_delayed_item_for_a_queue_is_warned_of(server: Server, client: Client) -> None:
    later = {"Upstash-Delay": "1h"}
    items = [
        {"destination": NOWHERE, "queue": "q", "headers": later},
        {"destination": NOWHERE, "headers": later | {"Upstash-Queue-Name": "q"}},
        {"destination": NOWHERE, "headers": later},
    ]
    assert (await client.call("POST", "/v2/batch", json=items))[0] == 201
    await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Queue_Name="q")
    cron = {"Upstash-Cron": "* * * * *", "Upstash-Queue-Name": "q"}
    assert (await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=later | cron))[0] == 201
    await server.advance(60_000)
    assert warnings(server) == [["delay-in-queue"], ["delay-in-queue"], [], ["delay-in-queue"], []]


async def test_a_percent_encoded_destination_is_warned_of_on_both_paths(server: Server, client: Client) -> None:
    encoded = quote(f"{NOWHERE}/x?a=b", safe="")
    for path in (f"publish/{encoded}", f"enqueue/q/{encoded}", f"publish/{encoded}"):
        headers = {"Sec-Fetch-Site": "none"} if path.startswith("publish") else {}
        assert (await client.call("POST", f"/v2/{path}", headers=headers))[0] == 201
    await client.publish(f"{NOWHERE}/a%20b?c=https%3A%2F%2Fd")
    await client.publish(NOWHERE.replace("//", "/"))
    assert warnings(server) == [["percent-encoded-destination"]] * 3 + [[], []]
    [tenant, *_] = server.broker.tenants.all()
    [warning] = next(iter(tenant.messages.values())).warnings
    assert f"{NOWHERE}/x?a=b" in warning.text


async def test_a_schedule_shows_what_its_messages_are_warned_of(server: Server, client: Client) -> None:
    headers = {"Upstash-Cron": "* * * * *", "Upstash-Callback": NOWHERE, "Upstash-Callback-Delay": "60"}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    async with client.session.get(f"{client.url}/_dev/schedules") as response:
        [row] = await response.json()
    assert [warning["code"] for warning in row["warnings"]] == ["duration-without-unit"]
    assert "warnings" not in (await client.get("/v2/schedules"))[0]
    await server.advance(60_000)
    assert warnings(server)[0] == ["duration-without-unit"]


@pytest.mark.parametrize(
    "url", ["http://exa%20mple.com", "https://%61.com/x", "http://a%2Fb/", "http://%C3%BC.de:80"]
)
async def test_percent_encoded_characters_in_a_host_are_refused(client: Client, url: str) -> None:
    for path, body in (
        (f"/v2/publish/{url}", None),
        (f"/v2/enqueue/q/{url}", None),
        ("/v2/batch", [{"destination": url}]),
        (f"/v2/schedules/{url}?upstash-cron=@hourly", None),
        (f"/v2/trigger/{url}", None),
        ("/v2/topics/g/endpoints", {"endpoints": [{"url": url}]}),
        (f"/v2/publish/{NOWHERE}?upstash-callback={quote(url, safe='')}", None),
    ):
        status, text = await error(client, "POST", path, json=body)
        assert (status, "percent-encoded characters are not allowed in the host" in text) == (400, True)


REFUSED = {
    "Upstash-Deduplication-Id": ("a:b", "DeduplicationId cannot contain ':'"),
    "Upstash-Callback-Deduplication-Id": ("a:b", "DeduplicationId cannot contain ':'"),
    "Upstash-Flow-Control-Key": ("a:b", "flowControlKey must be alphanumeric, hyphen, underscore, or period"),
    "Upstash-Delay": ("60", 'invalid Upstash-Delay header: time: missing unit in duration "60"'),
    "Upstash-Label": ("a:b", "invalid Upstash-Label: use letters, digits"),
}
GIVEN = {"Upstash-Callback": NOWHERE, "Upstash-Flow-Control-Value": "rate=1", "Upstash-Flow-Control-Key": "k"}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("query", [False, True])
@pytest.mark.parametrize("way", ["publish", "enqueue/q", "schedules", "trigger"])
async def test_what_hosted_qstash_refuses_is_refused_on_every_way(
    client: Client, name: str, query: bool, way: str
) -> None:
    value, words = REFUSED[name]
    given = GIVEN | {name: value} | ({"Upstash-Cron": "@hourly"} if way == "schedules" else {})
    options = "?" + "&".join(f"{key.lower()}={quote(text)}" for key, text in given.items()) if query else ""
    status, text = await error(client, "POST", f"/v2/{way}/{NOWHERE}{options}", headers={} if query else given)
    assert (status, text.startswith(words)) == (400, True), text


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_in_batches_retries_and_recoveries_as_well(
    server: Server, client: Client, destination: Destination, name: str
) -> None:
    value, words = REFUSED[name]
    given = GIVEN | {name: value}
    for path in ("batch", "batch/trigger"):
        items = [{"destination": NOWHERE, "headers": given}]
        status, text = await error(client, "POST", f"/v2/{path}", json=items)
        assert (status, text.startswith(f"item 0 of the batch: {words}")) == (400, True), text
    [letter] = await give_up(server, client, destination, "/x")
    workflow = Workflow(client, destination.url)
    await workflow.trigger(Upstash_Retries="0")
    await server.idle()
    [failed] = (await client.get("/v2/workflows/dlq"))["messages"]
    for path in (f"dlq/retry/{letter['dlqId']}", "dlq/retry", f"workflows/dlq/resume/{failed['dlqId']}"):
        status, text = await error(client, "POST", f"/v2/{path}", headers=given)
        assert (status, text.startswith(words)) == (400, True), text
    assert len((await client.get("/v2/dlq"))["messages"]) == 1


@pytest.mark.parametrize("url", ["http://a.com/%20", "http://u%40:p%3A@a.com/", "http://[fe80::1%25eth0]/"])
async def test_percent_encoding_elsewhere_passes(client: Client, url: str) -> None:
    assert await client.publish(url, Upstash_Delay="1h")


async def test_empty_options_are_none_on_every_way(server: Server, client: Client) -> None:
    names = ("Method", "Callback", "Delay", "Retries", "Label", "Schedule-Id", "Queue-Name", "Flow-Control-Key")
    empty = {f"Upstash-{name}": "" for name in names}
    query = "&".join(f"{name.lower()}=" for name in empty)
    await make_group(client, "group", NOWHERE)
    for path in (
        f"publish/{NOWHERE}",
        f"enqueue/q/{NOWHERE}",
        "publish/group",
        f"schedules/{NOWHERE}",
        f"trigger/{NOWHERE}",
    ):
        cron = {"Upstash-Cron": "@hourly"} if path.startswith("schedules") else {}
        assert (await client.call("POST", f"/v2/{path}", headers=empty | cron))[0] in (200, 201)
        assert (await client.call("POST", f"/v2/{path}?{query}", headers=cron))[0] in (200, 201)
    assert (await client.call("POST", "/v2/batch", json=[{"destination": NOWHERE, "headers": empty}]))[0] == 201
    assert {message["method"] for message in await client.get("/v2/schedules")} == {"POST"}


async def test_an_empty_cron_stays_an_error(client: Client) -> None:
    for path in (f"schedules/{NOWHERE}", f"publish/{NOWHERE}"):
        status, text = await error(client, "POST", f"/v2/{path}", headers={"Upstash-Cron": ""})
        assert (status, text.startswith("Invalid cron expression empty spec string")) == (400, True)


async def test_the_name_of_an_endpoint_is_bounded(client: Client) -> None:
    for name, status in (("ü" * 2_048, 200), ("ü" * 2_049, 400)):
        endpoints = {"endpoints": [{"url": NOWHERE, "name": name}]}
        answered, payload = await send(client, "POST", "/v2/topics/group/endpoints", json=endpoints)
        assert answered == status
        assert payload is None or "use at most 4096 bytes" in payload["error"]
