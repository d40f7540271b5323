"""``/_dev/faults``: injected failures, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.dev.faults import MAX_FAULTS
from qstash_dev.server import Server
from tests.conftest import Client
from tests.destination import Destination
from tests.dev.conftest import Dev


async def test_a_fault_strikes_once_unless_told_otherwise(dev: Dev, client: Client, destination: Destination) -> None:
    fault = await dev.post("faults", match=f"{destination.url}/*", status=503)
    assert fault == {
        "id": "fault_1",
        "match": f"{destination.url}/*",
        "status": 503,
        "error": None,
        "latency": 0.0,
        "times": 1,
        "probability": 1.0,
        "seed": 0,
        "struck": 0,
    }
    id = await client.publish(f"{destination.url}/hook")
    await dev.post("clock/run-all")
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "DELIVERED"]
    assert [one["struck"] for one in await dev.get("faults")] == [1]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"status": 500, "times": 3}, {"status": 500, "times": 3}),
        ({"status": 500, "times": None}, {"times": None}),
        ({"error": "reset"}, {"error": "reset", "status": None}),
        ({"error": "timeout", "latency": "1m"}, {"error": "timeout", "latency": 60.0}),
        ({"error": "refused"}, {"error": "refused"}),
        ({"latency": 0.25}, {"latency": 0.25, "status": None, "error": None}),
        ({"status": 200, "probability": 0.5, "seed": 7}, {"probability": 0.5, "seed": 7}),
        ({"status": 500, "error": None, "latency": 0}, {"status": 500, "error": None}),
    ],
)
async def test_a_fault_is_shown_as_it_was_ordered(dev: Dev, fields: dict[str, Any], shown: dict[str, Any]) -> None:
    fault = await dev.post("faults", match="*", **fields)
    assert {name: fault[name] for name in shown} == shown
    assert await dev.get("faults") == [fault]


async def test_a_probable_fault_does_the_same_in_every_run(
    dev: Dev, client: Client, destination: Destination
) -> None:
    runs = []
    for _ in range(2):
        await dev.post("reset")
        await dev.post("faults", match="*", status=500, times=None, probability=0.5, seed=11)
        batch = [{"destination": destination.url, "headers": {"Upstash-Retries": "0"}}] * 40
        _, receipts = await client.call("POST", "/v2/batch", json=batch)
        await dev.post("idle")
        died = {letter["messageId"] for letter in (await client.get("/v2/dlq?count=100"))["messages"]}
        runs.append([receipt["messageId"] in died for receipt in receipts])
    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 30


async def test_a_removed_fault_strikes_no_more(dev: Dev, client: Client, destination: Destination) -> None:
    first = await dev.post("faults", match="*", status=500)
    second = await dev.post("faults", match="*", status=503)
    assert await dev.delete(f"faults/{first['id']}") == first
    assert await dev.get("faults") == [second]
    assert await dev.delete("faults") == {"deleted": 1}
    id = await client.publish(destination.url)
    await dev.post("idle")
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_an_unknown_fault_is_not_found(dev: Dev) -> None:
    assert await dev.error("DELETE", "faults/fault_9") == (404, "fault fault_9 not found")


async def test_too_many_faults_are_refused(dev: Dev, server: Server) -> None:
    for _ in range(MAX_FAULTS):
        server.faults.add("*", status=500)
    status, error = await dev.error("POST", "faults", {"match": "*", "status": 500})
    assert (status, error) == (400, "invalid field match: there are 1000 faults already: remove some first")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "invalid field match: use a string of 1 to 2000 characters"),
        ({"match": ""}, "invalid field match"),
        ({"match": 7, "status": 500}, "invalid field match"),
        ({"match": "x" * 2_001, "status": 500}, "invalid field match"),
        ({"match": "*"}, "invalid field status: give a status, an error or a latency"),
        ({"match": "*", "latency": 0}, "invalid field status: give a status, an error or a latency"),
        ({"match": "*", "status": 99}, "invalid field status: use a whole number from 100 to 999"),
        ({"match": "*", "status": "500"}, "invalid field status: use a whole number from 100 to 999"),
        ({"match": "*", "status": True}, "invalid field status: use a whole number from 100 to 999"),
        ({"match": "*", "error": "explosion"}, "invalid field error: use one of refused, reset, timeout"),
        ({"match": "*", "error": ["reset"]}, "invalid field error: use one of refused, reset, timeout"),
        ({"match": "*", "error": "reset", "status": 500}, "invalid field error: give either a status or an error"),
        ({"match": "*", "latency": -1}, "invalid field latency: use a duration that is not negative"),
        ({"match": "*", "latency": "long"}, "invalid field latency: use a duration such as"),
        ({"match": "*", "latency": 601}, "invalid field latency: use at most 600 s"),
        ({"match": "*", "latency": float("nan")}, "invalid field latency: use a duration that is not negative"),
        ({"match": "*", "status": 500, "times": 0}, "invalid field times: use a whole number from 1"),
        ({"match": "*", "status": 500, "times": -1}, "invalid field times: use a whole number from 1"),
        ({"match": "*", "status": 500, "times": 1.5}, "invalid field times: use a whole number from 1"),
        ({"match": "*", "status": 500, "times": 10**400}, "invalid field times: use a whole number from 1"),
        (
            {"match": "*", "status": 500, "probability": 0},
            "invalid field probability: use a number above 0, at most 1",
        ),
        ({"match": "*", "status": 500, "probability": 1.1}, "invalid field probability: use a number above 0"),
        ({"match": "*", "status": 500, "probability": float("nan")}, "invalid field probability"),
        ({"match": "*", "status": 500, "seed": -1}, "invalid field seed: use a whole number from 0"),
        ({"match": "*", "status": 500, "seed": "a"}, "invalid field seed: use a whole number from 0"),
        ({"match": "*", "status": 500, "url": "*"}, "invalid field url: use match, status, error, latency, times"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused_by_name(dev: Dev, fields: dict[str, Any], reason: str) -> None:
    status, error = await dev.error("POST", "faults", fields)
    assert (status, error[: len(reason)]) == (400, reason)
    assert await dev.get("faults") == []
