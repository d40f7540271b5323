"""The line for each refused API call, with any content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from qstash_dev.cli.refusal_lines import RefusalPrinter
from qstash_dev.clock import FrozenClock
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, send
from tests.cli.screen import Screen
from tests.conftest import NOON_MS, Client

STAMP = r"\d\d:\d\d:\d\d"


class Watched:
    """Prints to memory what is refused from now on. ``later`` are the functions that wait for their time."""

    def __init__(self, server: Server, *, polling: bool = False, as_json: bool = False, colour: bool = False) -> None:
        self.later: list[tuple[float, Callable[[], None]]] = []
        self._screen = Screen()
        printer = RefusalPrinter(
            self._screen.lines,
            polling=polling,
            as_json=as_json,
            colour=colour,
            later=lambda *call: self.later.append(call),
        )
        for refusals in server.broker.tenants.all_refusals():
            refusals.subscribers.append(printer)

    def lines(self) -> list[str]:
        return self._screen.shown()

    def more_time(self) -> None:
        """Let the second of the limit on lines pass."""
        self._screen.wait(1)

    def pass_time(self) -> list[float]:
        """Call what waits for its time; returns the seconds that it was to wait."""
        waiting, self.later = self.later, []
        for _, call in waiting:
            call()
        return [seconds for seconds, _ in waiting]


async def test_a_refused_call_is_a_line(server: Server, client: Client) -> None:
    watched = Watched(server)
    _, answer = await send(client, "POST", "/v2/publish/localhost:3000")
    (line,) = watched.lines()
    assert re.fullmatch(rf"{STAMP} 400 POST /v2/publish/localhost:3000: {re.escape(answer['error'])}", line)


async def test_what_to_do_is_told_where_the_answer_is_that_of_hosted_qstash(server: Server, client: Client) -> None:
    watched = Watched(server)
    await send(client, "POST", "/v2/publish/orders")
    assert ": topic orders not found — create this URL group with an endpoint first" in watched.lines()[0]


async def test_a_wrong_token_is_told_by_its_first_characters(server: Server, client: Client) -> None:
    watched = Watched(server)
    await send(client, "POST", f"/v2/publish/{NOWHERE}", headers={"Authorization": "Bearer my-secret-password"})
    (line,) = watched.lines()
    assert re.match(rf"{STAMP} 401 POST /v2/publish/{NOWHERE}: unable to authenticate: ", line)
    assert line.endswith(" (the token begins with my-s)")


async def test_a_call_of_another_user_is_told_as_such(server: Server, client: Client) -> None:
    watched = Watched(server)
    await send(client, "POST", "/v2/publish/x", headers={"Authorization": f"Bearer {USERS[1].token}"})
    assert " 404 POST /v2/publish/x [testUser1]: " in watched.lines()[0]


async def test_the_same_refusal_again_is_told_once_the_time_is_over(server: Server, client: Client) -> None:
    watched = Watched(server)
    for _ in range(4):
        await send(client, "POST", "/v2/publish/localhost:3000")
    assert watched.pass_time() == [10.0]
    await send(client, "POST", "/v2/publish/localhost:3000")
    assert watched.pass_time() == [10.0]
    assert watched.pass_time() == []
    shown = [re.search(r"3000( ×\d+)?:", line) for line in watched.lines()]
    assert [found and found[1] for found in shown] == [None, " ×4", " ×5"]


async def test_a_refusal_that_comes_later_is_a_new_line(server: Server, client: Client, clock: FrozenClock) -> None:
    watched = Watched(server)
    for number in range(3):
        clock.move_to(NOON_MS + 10_000 * number)
        await send(client, "POST", "/v2/publish/localhost:3000")
    assert watched.pass_time() == []
    assert len(watched.lines()) == 3


@pytest.mark.parametrize("polling", [False, True])
async def test_asking_in_vain_is_told_when_wanted(server: Server, client: Client, polling: bool) -> None:
    watched = Watched(server, polling=polling)
    for _ in range(2):
        await send(client, "GET", "/v2/messages/msg_1")
    watched.pass_time()
    assert len(watched.lines()) == 2 * polling


async def test_another_refusal_of_a_read_is_told_always(server: Server, client: Client) -> None:
    watched = Watched(server)
    await send(client, "GET", "/v2/logs?order=up")
    assert " 400 GET /v2/logs?order=up: invalid query parameter order: " in watched.lines()[0]


async def test_programs_get_each_call(server: Server, client: Client) -> None:
    watched = Watched(server, as_json=True)
    for _ in range(2):
        await send(client, "GET", "/v2/messages/msg_1")
    first, second = map(json.loads, watched.lines())
    assert first.pop("seq") == second.pop("seq")
    assert first == {
        "event": "refusal",
        "user": "defaultUser",
        "time": NOON_MS,
        "lastTime": NOON_MS,
        "count": 1,
        "method": "GET",
        "path": "/v2/messages/msg_1",
        "status": 404,
        "error": "message msg_1 not found",
        "field": "id",
        "todo": first["todo"],
    }
    assert second == first | {"count": 2}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("text", ["\x9b31m", "\u202egnp", "\u2028", "\x85", "\u200b", "%1b[31m"])
async def test_a_path_cannot_steer_the_terminal(server: Server, client: Client, text: str, as_json: bool) -> None:
    watched = Watched(server, as_json=as_json)
    await send(client, "POST", f"/v2/publish/{text}.", headers={"Upstash-Method": "\u202e"})
    await send(client, "POST", f"/v2/publish/{NOWHERE}", headers={"Authorization": f"Bearer {text * 8}"})
    assert len(watched.lines()) == 2
    assert all(line.isprintable() for line in watched.lines())


async def test_colour_marks_the_status_only(server: Server, client: Client) -> None:
    watched = Watched(server, colour=True)
    await send(client, "POST", "/v2/publish/localhost:3000")
    (line,) = watched.lines()
    assert " \x1b[31m400\x1b[0m POST /v2/publish/localhost:3000: " in line
    assert line.count("\x1b") == 2


async def test_many_refusals_that_come_twice_wait_in_bounds(server: Server, client: Client) -> None:
    watched = Watched(server)
    refusals = server.broker.tenants.all()[0].refusals
    await send(client, "POST", "/v2/publish/x")
    [one] = refusals.newest_first()
    for number in range(3_000):
        for _ in range(2):
            refusals.add(type(one)(NOON_MS, "defaultUser", "POST", f"/{number}", 400, "no"))
    assert len(watched.later) == 1_000


async def test_many_refusals_at_once_are_few_lines(server: Server, client: Client) -> None:
    watched = Watched(server)
    for number in range(70):
        await send(client, "POST", f"/v2/publish/localhost:{number}")
    watched.more_time()
    *lines, left_out = watched.lines()
    assert len(lines) == 39
    assert left_out == "… 31 more lines in this second: 31 × 400 destination (--json prints all)"
