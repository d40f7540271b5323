"""Ids, keys, labels and names that clients choose: limited in length, and counted where they are kept."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.config import Config, Retention
from qstash_dev.dev.mappings import MAX_MAPPINGS
from tests.api.support import error, make_group, serving
from tests.conftest import Client
from tests.dev.conftest import Dev

URL = "https://example.com/x"


@pytest.mark.parametrize("verb", ["pause", "pin?rate=1"])
async def test_a_flow_control_key_that_must_be_kept_has_4_kb_at_most(client: Client, verb: str) -> None:
    headers = {"Authorization": f"Bearer {client.token}"}
    answer = await error(client, "POST", f"/v2/flowControl/{'k' * 4_097}/{verb}")
    assert answer == (400, "invalid field flowControlKey: use at most 4096 bytes")
    async with client.session.post(f"{client.url}/v2/flowControl/{'k' * 4_096}/{verb}", headers=headers) as done:
        assert done.status == 200
    assert [len(known["flowControlKey"]) for known in await client.get("/v2/flowControl")] == [4_096]


async def test_flow_control_keys_that_must_be_kept_count() -> None:
    async with serving(Config(port=0, max_pending_bytes=20_000)) as client:
        headers, statuses = {"Authorization": f"Bearer {client.token}"}, []
        for number in range(20):
            async with client.session.post(f"{client.url}/v2/flowControl/k{number}/pause", headers=headers) as done:
                statuses.append(done.status)
        assert 5 < statuses.count(200) < 20
        assert statuses[-1] == 412


async def test_the_name_of_an_endpoint_has_4_kb_at_most(client: Client) -> None:
    fields: dict[str, Any] = {"endpoints": [{"url": URL, "name": "n" * 4_097}]}
    answer = await error(client, "POST", "/v2/topics/group/endpoints", json=fields)
    assert answer == (400, "invalid name of an endpoint: use at most 4096 bytes, got 4097")


async def test_url_groups_with_their_default_headers_count() -> None:
    async with serving(Config(port=0, max_pending_bytes=50_000)) as client:
        await make_group(client, "group", URL)
        headers = {"Authorization": f"Bearer {client.token}"}
        fields = {"headers": {"Upstash-Forward-X": "x" * 40_000}}
        async with client.session.patch(f"{client.url}/v2/topics/group", json=fields, headers=headers) as answer:
            assert answer.status == 200
        many = {"endpoints": [{"url": f"{URL}?{'x' * 5_000}{number}"} for number in range(3)]}
        answer = await error(client, "POST", "/v2/topics/other/endpoints", json=many)
        assert answer == (412, "quota maxPendingBytes exceeded, current limit: 50000")
        async with client.session.delete(f"{client.url}/v2/topics/group", headers=headers) as answer:
            assert answer.status == 200
        await make_group(client, "other", *(endpoint["url"] for endpoint in many["endpoints"]))


async def test_answers_of_destinations_count_with_their_headers() -> None:
    async with serving(Config(port=0, retention=Retention(max_bytes=100_000))) as client:
        dev = Dev(client)
        await dev.put("inboxes/a/script", script=[{"status": 200, "headers": {"X-Large": "x" * 20_000}}])
        for _ in range(10):
            await client.publish(dev.inbox())
        await dev.post("idle")
        events = (await client.get("/v2/events"))["events"]
        assert sum(event["state"] == "DELIVERED" for event in events) <= 5


async def test_mappings_are_bounded(client: Client) -> None:
    dev = Dev(client)
    long = {"pattern": "https://a/" + "x" * 5_000, "target": "http://127.0.0.1:1"}
    assert (await dev.error("POST", "mappings", long))[0] == 400
    for number in range(MAX_MAPPINGS):
        await dev.post("mappings", pattern=f"https://a/{number}", target="http://127.0.0.1:1")
    status, text = await dev.error("POST", "mappings", {"pattern": "https://b", "target": "http://127.0.0.1:1"})
    assert (status, "1000 mappings already" in text) == (400, True)
