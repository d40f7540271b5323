"""Parts of the requests of an inbox, and its script, for a reader that polls."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.config import Config, Retention
from qstash_dev.protocol.script import parse_script
from qstash_dev.server import Server
from tests.api.support import serving
from tests.dev.conftest import Dev

pytestmark = pytest.mark.own_server


async def fill(dev: Dev, *bodies: bytes) -> None:
    for body in bodies:
        async with dev.client.session.post(dev.inbox(), data=body) as response:
            await response.read()


async def numbers(dev: Dev, query: str = "") -> list[int]:
    return [request["number"] for request in (await dev.get(f"inboxes/a{query}"))["requests"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("?last=2", [4, 5]),
        ("?last=0", []),
        ("?after=3", [4, 5]),
        ("?after=9", []),
        ("?before=3", [1, 2]),
        ("?before=4&last=2", [2, 3]),
        ("?after=2&before=4", [3]),
        ("?before=0", []),
        ("?after=1&last=1", [5]),
    ],
)
async def test_a_window_shows_the_requests_in_it(dev: Dev, query: str, expected: list[int]) -> None:
    await fill(dev, b"1", b"2", b"3", b"4", b"5")
    answer = await dev.get(f"inboxes/a{query}")
    assert [request["number"] for request in answer["requests"]] == expected
    assert [request["body"] for request in answer["requests"]] == [str(number) for number in expected]
    assert (answer["received"], answer["first"]) == (5, 1)


async def test_numbers_stay_when_the_oldest_requests_give_way() -> None:
    async with serving(Config(port=0, retention=Retention(inbox_requests=2))) as client:
        dev = Dev(client)
        await fill(dev, b"1", b"2", b"3")
        assert await numbers(dev) == [2, 3]
        assert await numbers(dev, "?before=3") == [2]
        assert (await dev.get("inboxes/a"))["first"] == 2


async def test_no_number_comes_twice_although_the_inbox_is_cleared(dev: Dev) -> None:
    await fill(dev, b"1", b"2")
    await dev.delete("inboxes/a")
    assert ((await dev.get("inboxes/a"))["first"], await numbers(dev)) == (3, [])
    await fill(dev, b"3")
    assert await numbers(dev, "?after=2") == [3]
    assert (await dev.get("inboxes/a"))["received"] == 1


async def test_bodies_are_cut_if_asked_to(dev: Dev) -> None:
    await fill(dev, "aä".encode(), b"", b"\xff\xfe")
    requests = (await dev.get("inboxes/a?trimBody=2"))["requests"]
    shown = [{name: one.get(name) for name in ("body", "bodyBase64", "bodySize", "truncated")} for one in requests]
    assert shown == [
        {"body": "a", "bodyBase64": None, "bodySize": 3, "truncated": True},
        {"body": "", "bodyBase64": None, "bodySize": 0, "truncated": None},
        {"body": "", "bodyBase64": "//4=", "bodySize": 2, "truncated": None},
    ]


@pytest.mark.parametrize("name", ["after", "before", "last", "trimBody"])
@pytest.mark.parametrize("value", ["-1", "x", "1e3", "1234567890", ""])
async def test_a_window_of_no_number_is_refused(dev: Dev, name: str, value: str) -> None:
    await fill(dev, b"")
    status, error = await dev.error("GET", f"inboxes/a?{name}={value}")
    assert (status, name in error) == (400, True)


async def test_forgetting_the_requests_keeps_the_script(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[500, 503])
    await fill(dev, b"1")
    summary = await dev.delete("inboxes/a/requests")
    assert summary == {"name": "a", "received": 0, "forgotten": 0, "script": 1}
    assert (await dev.get("inboxes/a/script"))["script"] == [{"status": 503}]
    assert (await dev.error("DELETE", "inboxes/none/requests"))[0] == 404


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (500, {"status": 500}),
        ([503, "busy"], {"status": 503, "body": "busy"}),
        ({"json": {"a": 1}}, {"status": 200, "body": '{"a":1}', "headers": {"Content-Type": "application/json"}}),
        ({"bodyBase64": "/w=="}, {"status": 200, "bodyBase64": "/w=="}),
        (
            {"status": 429, "headers": {"Retry-After": "60"}, "delay": "1500ms"},
            {"status": 429, "headers": {"Retry-After": "60"}, "delay": 1.5},
        ),
        ({"drop": True, "delay": 1}, {"status": 200, "delay": 1.0, "drop": True}),
    ],
)
async def test_a_script_is_shown_as_what_would_set_it_again(dev: Dev, entry: Any, shown: Any) -> None:
    await dev.put("inboxes/a/script", script=[entry, 200])
    script = (await dev.get("inboxes/a/script"))["script"]
    assert script == [shown, {"status": 200}]
    await dev.put("inboxes/a/script", script=script)
    assert (await dev.get("inboxes/a/script"))["script"] == script


async def test_a_script_shows_what_is_left_of_it(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[500, 503, 201])
    await fill(dev, b"1")
    assert (await dev.get("inboxes/a/script"))["script"] == [{"status": 503}, {"status": 201}]
    assert (await dev.error("GET", "inboxes/none/script"))[0] == 404


async def test_a_function_in_a_script_is_only_named(dev: Dev, server: Server) -> None:
    def decide(_: object) -> int:
        return 204

    server.inboxes.named("a").answer_with(parse_script([decide]))
    assert (await dev.get("inboxes/a/script"))["script"] == [{"function": "decide"}]
