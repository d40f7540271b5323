"""Labels: one or several, on all events of a message and on no others."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, give_up
from tests.conftest import Client
from tests.destination import Destination


async def labelled(client: Client, query: str) -> list[str]:
    """The labels of whatever a query shows, each once."""
    events = (await client.get(f"/v2/events?{query}"))["events"]
    return sorted({event["label"] for event in events})


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("one", ["one"]),
        ("one,two,three", ["one", "two", "three"]),
        (" one , two ", ["one", "two"]),
        ("one,one,two", ["one", "two"]),
        ("one,,two,", ["one", "two"]),
        ("a.b_c-1,X", ["a.b_c-1", "X"]),
    ],
)
async def test_labels_are_separated_by_commas(client: Client, value: str, labels: list[str]) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label=value)
    for shown in (await client.get(f"/v2/messages/{id}"), (await client.get("/v2/events"))["events"][0]):
        assert (shown["label"], shown["labels"]) == (labels[0], labels)


@pytest.mark.parametrize("value", ["", ",", " , "])
async def test_an_empty_label_is_none(client: Client, value: str) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label=value)
    assert not {"label", "labels"} & (await client.get(f"/v2/messages/{id}")).keys()


async def test_every_event_of_a_message_has_its_labels(
    server: Server, client: Client, destination: Destination
) -> None:
    await give_up(server, client, destination, "/x", Upstash_Label="one,two")
    for label in ("one", "two"):
        events = (await client.get(f"/v2/events?label={label}"))["events"]
        assert [event["state"] for event in events] == ["FAILED", "ERROR", "ACTIVE", "CREATED"]
        assert all((event["label"], event["labels"]) == ("one", ["one", "two"]) for event in events)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("label=a", ["a"]),
        ("label=shared", ["a", "b"]),
        ("label=a,b", ["a", "b"]),
        ("label=b&label=c", ["b", "c"]),
        ("label=A", []),
        ("label=sha", []),
        ("label=with%20space", []),
        ("label=a:b,c", ["c"]),
    ],
)
async def test_any_of_several_labels_is_enough(client: Client, query: str, found: list[str]) -> None:
    for label in ("a,shared", "b,shared", "c,with-dash"):
        await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label=label)
    assert await labelled(client, query) == found


async def test_every_way_of_publishing_takes_labels(server: Server, client: Client, destination: Destination) -> None:
    headers = {"Upstash-Label": "mine"}
    url = destination.url
    await client.call("POST", f"/v2/publish/{url}/a", headers=headers)
    await client.call("POST", f"/v2/enqueue/q/{url}/b", headers=headers)
    await client.call("POST", "/v2/batch", json=[{"destination": f"{url}/c", "headers": headers}])
    await client.call("POST", f"/v2/schedules/{url}/d", headers=headers | {"Upstash-Cron": "* * * * *"})
    await server.advance(60_000)
    events = (await client.get("/v2/events?label=mine&state=CREATED"))["events"]
    assert sorted(event["url"][-1] for event in events) == ["a", "b", "c", "d"]


async def test_a_callback_does_not_inherit_labels_but_may_have_its_own(
    server: Server, client: Client, destination: Destination
) -> None:
    base: dict[str, Any] = {"Upstash_Label": "mine", "Upstash_Callback": f"{destination.url}/callback"}
    await client.publish(f"{destination.url}/x", **base)
    await client.publish(f"{destination.url}/x", **base, Upstash_Callback_Label="report")
    await server.idle()
    for label, path in (("mine", "/x"), ("report", "/callback")):
        events = (await client.get(f"/v2/events?label={label}"))["events"]
        assert {event["url"] for event in events} == {destination.url + path}


async def test_a_label_is_not_sent_to_the_destination(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url, Upstash_Label="mine")
    await server.idle()
    assert not [name for name in destination.requests[0].headers if "label" in name.lower()]
