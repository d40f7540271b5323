"""Exceptions of the Python SDK for refused calls, which change nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from qstash import AsyncQStash

from qstash_dev.state.tenant import USERS
from tests.sdk.conftest import Local, OpenClient, refused

URL = "http://app.internal/x"


async def nothing_was_accepted(qstash: AsyncQStash, local: Local) -> None:
    await local.idle()
    assert (await qstash.log.list()).logs == []
    assert local.destination.requests == []


async def test_a_destination_without_a_scheme_that_can_be_called(qstash: AsyncQStash, local: Local) -> None:
    bad = "localhost:3000/x"
    text = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
    with refused(400, text):
        await qstash.message.publish(url=bad)
    with refused(400, text):
        await qstash.message.enqueue(queue="q", url=bad)
    with refused(400, text):
        await qstash.message.batch([{"url": bad}])
    with refused(400, text):
        await qstash.schedule.create(destination=bad, cron="* * * * *")
    await nothing_was_accepted(qstash, local)


async def test_an_empty_destination(qstash: AsyncQStash, local: Local) -> None:
    with refused(400, "a non-empty destination must be provided"):
        await qstash.message.publish(url="")
    with refused(400, "a non-empty destination must be provided"):
        await qstash.message.batch([{"url": ""}])


async def test_a_url_group_that_does_not_exist(qstash: AsyncQStash, local: Local) -> None:
    for call in (qstash.message.publish, qstash.message.publish_json):
        with refused(404, "topic nobody not found"):
            await call(url_group="nobody")
    with refused(404, "topic nobody not found"):
        await qstash.message.enqueue(queue="q", url_group="nobody")
    await nothing_was_accepted(qstash, local)


@pytest.mark.parametrize(
    ("options", "status", "text"),
    [
        ({"retries": 6}, 412, "quota maxRetries exceeded, current limit: 5"),
        ({"timeout": 0}, 400, "Upstash-Timeout"),
        ({"callback": "http://oz.internal", "callback_headers": {"Retries": "x"}}, 400, "Upstash-Callback-Retries"),
        ({"flow_control": {"key": "k", "rate": 1, "period": "8d"}}, 400, "Upstash-Flow-Control-Value"),
        ({"redact": {"header": ["no]name"]}}, 400, "Upstash-Redact-Fields"),
    ],
    ids=str,
)
async def test_an_option_that_is_wrong_is_named(
    qstash: AsyncQStash, local: Local, options: Any, status: int, text: str
) -> None:
    with refused(status, text):
        await qstash.message.publish(url=URL, **options)
    await nothing_was_accepted(qstash, local)


async def test_a_message_that_is_too_large(qstash: AsyncQStash, local: Local) -> None:
    limit = 10 * 1024 * 1024
    with refused(412, f"quota maxMessageSize exceeded, current limit: {limit}"):
        await qstash.message.publish(url=URL, body=b"x" * (limit + 1))
    await nothing_was_accepted(qstash, local)


async def refusals(client: AsyncQStash, status: int, text: str) -> None:
    """Every call that changes something is refused."""
    for part, name, arguments in (
        ("message", "publish", {"url": URL}),
        ("message", "enqueue", {"queue": "q", "url": URL}),
        ("message", "batch", {"messages": [{"url": URL}]}),
        ("message", "cancel", {"message_id": "msg_1"}),
        ("message", "cancel_all", {}),
        ("dlq", "delete_many", {"dlq_ids": ["1-1"]}),
        ("queue", "upsert", {"queue": "q"}),
        ("schedule", "create", {"destination": URL, "cron": "* * * * *"}),
        ("schedule", "pause", {"schedule_id": "s"}),
        ("url_group", "upsert_endpoints", {"url_group": "g", "endpoints": [{"url": URL}]}),
        ("signing_key", "rotate", {}),
        ("flow_control", "pause", {"flow_control_key": "k"}),
    ):
        with refused(status, text):
            await getattr(getattr(client, part), name)(**arguments)


async def test_a_token_that_nobody_has_is_unauthorized(
    open_client: OpenClient, qstash: AsyncQStash, local: Local
) -> None:
    client = open_client(USERS[0].token + "x")
    await refusals(client, 401, "unable to authenticate: invalid token")
    for call in (client.log.list, client.dlq.list, client.queue.list, client.schedule.list, client.signing_key.get):
        with refused(401, "unable to authenticate: invalid token"):
            await call()
    await nothing_was_accepted(qstash, local)


async def test_a_read_only_token_may_look_but_not_touch(
    open_client: OpenClient, qstash: AsyncQStash, local: Local
) -> None:
    await qstash.queue.upsert("q")
    client = open_client(USERS[0].read_only_token)
    await refusals(client, 403, "read-only")
    assert [queue.name for queue in await client.queue.list()] == ["q"]
    await nothing_was_accepted(qstash, local)


async def test_an_unknown_path_is_refused_in_json(qstash: AsyncQStash, local: Local) -> None:
    with refused(404, "no such route: GET /v2/nothing"):
        await qstash.http.request(path="/v2/nothing", method="GET")
    with refused(405, "PUT"):
        await qstash.http.request(path="/v2/keys", method="PUT")


async def test_no_call_is_ever_rate_limited(qstash: AsyncQStash, local: Local) -> None:
    keys = await asyncio.gather(*(qstash.signing_key.get() for _ in range(200)))
    assert {key.current for key in keys} == {USERS[0].current_signing_key}
