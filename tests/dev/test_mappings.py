"""``/_dev/mappings``: destinations that are delivered to another URL, set while the server runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.destination import Destination
from tests.dev.conftest import Dev


async def test_a_mapping_takes_effect_at_once_and_the_latest_wins(
    dev: Dev, client: Client, destination: Destination
) -> None:
    assert await dev.get("mappings") == []
    for path in ("/old", "/new"):
        mapping = {"pattern": "https://myapp.com/*", "target": destination.url + path}
        assert await dev.post("mappings", **mapping) == mapping | {"host": "target", "sign": "published"}
    await client.publish("https://myapp.com/hook")
    await dev.post("idle")
    assert destination.paths() == ["/new/hook"]
    assert [one["target"] for one in await dev.get("mappings")] == [
        f"{destination.url}/{age}" for age in ("new", "old")
    ]


async def test_a_retry_goes_where_the_mapping_says_by_then(
    dev: Dev, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/a")
    await dev.post("mappings", pattern="https://myapp.com", target=f"{destination.url}/a")
    await client.publish("https://myapp.com")
    await dev.post("idle")
    await dev.post("mappings", pattern="https://myapp.com", target=f"{destination.url}/b")
    await dev.post("clock/run-all")
    assert destination.paths() == ["/a", "/b"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"pattern": "https://a/*"},
        {"target": "http://127.0.0.1:1"},
        {"pattern": 7, "target": "http://127.0.0.1:1"},
        {"pattern": "https://a/*", "target": ["http://127.0.0.1:1"]},
        {"pattern": "a", "target": "http://127.0.0.1:1"},
        {"pattern": "https://*.a/", "target": "http://127.0.0.1:1"},
        {"pattern": "https://a/*", "target": "ftp://127.0.0.1"},
        {"pattern": "https://a/*", "target": "http://"},
        {"pattern": "https://a*", "target": "http://127.0.0.1:1"},
    ],
)
async def test_a_mapping_that_cannot_be_is_refused(dev: Dev, fields: dict[str, Any]) -> None:
    status, error = await dev.error("POST", "mappings", fields)
    assert status == 400
    assert error.startswith(("invalid field pattern: ", "invalid field target: "))
    assert await dev.get("mappings") == []


async def test_a_mapping_has_no_other_fields(dev: Dev) -> None:
    fields = {"pattern": "https://a/*", "target": "http://127.0.0.1:1", "to": "x"}
    assert await dev.error("POST", "mappings", fields) == (400, "invalid field to: use pattern, target, host, sign")


async def test_the_length_of_a_mapping_is_that_of_what_is_kept(dev: Dev) -> None:
    fields = {"pattern": f"https://a/{'é' * 1_000}/*", "target": "http://127.0.0.1:1"}
    status, text = await dev.error("POST", "mappings", fields)
    assert (status, "4000 characters" in text) == (400, True)
    assert await dev.get("mappings") == []
