"""Headers that a publish asks to forward and that its destination does not get are told of, by name only."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, TOKEN, give_up, make_group
from tests.conftest import Client
from tests.destination import Destination

CONNECTION = "it is about one connection"
A_TOKEN = "it has a token of this server"
ALL = {"Upstash-Header-Forward": "true"}
LATER = {"Upstash-Delay": "1h"}


@pytest.fixture(params=[True, False], ids=["gate", "aiohttp"])
def gate(request: pytest.FixtureRequest) -> bool:
    """Both readers."""
    return bool(request.param)


async def notices(client: Client, id: str) -> list[str]:
    timeline = (await client.get(f"/_dev/messages/{id}"))["timeline"]
    return [step["notice"]["text"] for step in timeline if "notice" in step]


@pytest.mark.parametrize(
    ("headers", "dropped"),
    [
        ({"Upstash-Forward-Connection": "close"}, [f"Upstash-Forward-Connection ({CONNECTION})"]),
        ({"upstash-forward-HOST": "a", "Upstash-Forward-Kept": "b"}, [f"Upstash-Forward-Host ({CONNECTION})"]),
        ({"Upstash-Forward-Upstash-Signature": "a"}, ["Upstash-Forward-Upstash-Signature (QStash sets it)"]),
        (
            {"Upstash-Forward-Upstash-X": "a", "Upstash-Hide-Headers": "true"},
            ["Upstash-Forward-Upstash-X (Upstash-Hide-Headers leaves it out)"],
        ),
        ({"Upstash-Forward-Upstash-X": "a"}, []),
        ({"Upstash-Forward-Authorization": f"Bearer {TOKEN}"}, [f"Upstash-Forward-Authorization ({A_TOKEN})"]),
        ({"Upstash-Forward-Authorization": "Bearer of the application"}, []),
        ({"Upstash-Forward-X": USERS[2].read_only_token}, [f"Upstash-Forward-X ({A_TOKEN})"]),
        (
            {"Upstash-Callback": NOWHERE, "Upstash-Callback-Forward-Te": "trailers"},
            [f"Upstash-Callback-Forward-Te ({CONNECTION})"],
        ),
        (ALL | {"TE": "trailers", "Connection": "keep-alive, X-Hop", "X-Hop": "1", "X-Kept": "2"}, None),
        (ALL | {"X-Key": TOKEN}, [f"X-Key ({A_TOKEN})"]),
        (ALL | {"X-Kept": "2"}, []),
        ({"X-Key": TOKEN, "TE": "trailers"}, []),
    ],
)
async def test_they_are_named_once_with_the_reason(
    client: Client, headers: dict[str, str], dropped: list[str] | None
) -> None:
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers | LATER)
    assert status == 201
    if dropped is None:
        dropped = [f"Te ({CONNECTION})", f"X-Hop ({CONNECTION})"]
        [text] = await notices(client, answer["messageId"])
        assert set(text.removeprefix("not forwarded: ").split(", ")) == set(dropped)
    else:
        expected = [f"not forwarded: {', '.join(dropped)}"] if dropped else []
        assert await notices(client, answer["messageId"]) == expected


async def test_no_value_is_told(client: Client) -> None:
    secret = {"Upstash-Forward-Te": "secret", "Upstash-Forward-Authorization": f"Bearer {TOKEN}"}
    _, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=secret | LATER)
    [text] = await notices(client, answer["messageId"])
    assert "secret" not in text
    assert TOKEN not in text


@pytest.mark.parametrize("way", ["batch", "enqueue", "query", "group", "trigger", "batch trigger"])
async def test_every_way_of_publishing_tells_of_them(client: Client, server: Server, way: str) -> None:
    headers = {"Upstash-Forward-Te": "trailers", "Upstash-Forward-X": TOKEN}
    await make_group(client, "group", NOWHERE)
    batch = "trigger" in way
    item: dict[str, Any] = {"destination": NOWHERE, "headers": headers | ({} if batch else LATER)}
    path, options = {
        "batch": ("/v2/batch", {"json": [item]}),
        "enqueue": (f"/v2/enqueue/q/{NOWHERE}", {"headers": headers}),
        "query": (f"/v2/publish/{NOWHERE}?upstash-forward-te=trailers&upstash-forward-x={TOKEN}", {}),
        "group": ("/v2/publish/group", {"headers": headers}),
        "trigger": (f"/v2/trigger/{NOWHERE}", {"headers": headers}),
        "batch trigger": ("/v2/batch/trigger", {"json": [item]}),
    }[way]
    status, _ = await client.call("POST", path, **options)
    assert status < 300
    [message] = server.broker.tenants.all()[0].messages.values()
    [text] = await notices(client, message.id)
    assert text.lower() == f"not forwarded: upstash-forward-te ({CONNECTION}), upstash-forward-x ({A_TOKEN})"


async def test_the_defaults_of_a_url_group_are_told_of(client: Client, server: Server) -> None:
    defaults = {"Upstash-Forward-Te": "trailers", "Upstash-Forward-X": TOKEN}
    await make_group(client, "group", NOWHERE)
    server.broker.tenants.all()[0].url_groups["group"].default_headers = list(defaults.items())
    _, [answer] = await client.call("POST", "/v2/publish/group", headers=LATER)
    assert len(await notices(client, answer["messageId"])) == 1


async def test_each_message_of_a_schedule_tells_of_them(client: Client, server: Server) -> None:
    headers = {"Upstash-Cron": "* * * * *", "Upstash-Forward-Te": "trailers"}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    await server.advance(120_000)
    messages = [one for one in server.broker.tenants.all()[0].messages.values() if one.schedule_id]
    assert len(messages) == 2
    for message in messages:
        assert await notices(client, message.id) == [f"not forwarded: Upstash-Forward-Te ({CONNECTION})"]


async def test_a_retry_from_the_dead_letter_queue_tells_of_them_again(
    client: Client, server: Server, destination: Destination
) -> None:
    lost = {"Upstash_Forward_Te": "a", "Upstash_Forward_Expect": "a", "Upstash_Forward_X": TOKEN}
    [letter] = await give_up(server, client, destination, "/a", **lost)
    headers = {"Upstash-Forward-X": "no token", "Upstash-Forward-Upgrade": "a"}
    _, answer = await client.call("POST", f"/v2/dlq/retry/{letter['dlqId']}", headers=headers)
    [text] = await notices(client, answer["messageId"])
    names = [f"Upstash-Forward-{name} ({CONNECTION})" for name in ("Upgrade", "Te", "Expect")]
    assert text == f"not forwarded: {', '.join(names)}"


async def test_of_many_the_first_twenty_are_named(client: Client, server: Server) -> None:
    headers = {f"Upstash-Forward-X{number}": TOKEN for number in range(50)}
    await client.call("POST", "/v2/batch", json=[{"destination": NOWHERE, "headers": headers | LATER}])
    [message] = server.broker.tenants.all()[0].messages.values()
    [text] = await notices(client, message.id)
    assert text.count(A_TOKEN) == 20
    assert text.endswith(" and 30 more")


async def test_what_the_sdk_of_workflows_forwards_of_every_request_is_not_told_of(
    client: Client, server: Server
) -> None:
    usual = ("Host", "Content-Length", "Connection", "Upstash-Message-Id", "Upstash-Signature")
    forwarded = {f"Upstash-{part}Forward-{name}": "a" for name in usual for part in ("", "Failure-Callback-")}
    run = {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": "wfr_1", "Upstash-Failure-Callback": NOWHERE}
    headers = forwarded | run | LATER | {"Upstash-Forward-Te": "a"}
    await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    [message] = server.broker.tenants.all()[0].messages.values()
    assert await notices(client, message.id) == [f"not forwarded: Upstash-Forward-Te ({CONNECTION})"]
