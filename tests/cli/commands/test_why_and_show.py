"""``qstash-dev why`` and ``show``: verdicts and details as the server has them."""

from __future__ import annotations

import pytest

from tests.cli.commands.support import Shell, refusal
from tests.conftest import Client
from tests.destination import Destination


async def paused_queue(client: Client) -> None:
    """A queue ``slow`` that is paused; the answers have no body."""
    headers = {"Authorization": f"Bearer {client.token}"}
    for path, body in (("", {"queueName": "slow", "parallelism": 1}), ("/slow/pause", None)):
        async with client.session.post(f"{client.url}/v2/queues{path}", json=body, headers=headers) as answer:
            assert answer.status == 200


@pytest.fixture
async def ids(client: Client, destination: Destination) -> dict[str, str]:
    """An id of each kind."""
    destination.answers(500)
    dead = await client.publish(destination.url, "grüße\nzwei".encode(), Upstash_Retries="0")
    await client.call("POST", "/_dev/idle")
    [letter] = (await client.get("/_dev/dlq"))["letters"]
    run = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_1", "Upstash_Delay": "1h"}
    await client.publish(destination.url, **run)
    await paused_queue(client)
    headers = {"Upstash-Cron": "0 0 1 1 *", "Upstash-Schedule-Id": "yearly"}
    await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers)
    return {"message": dead, "run": "wfr_1", "queue": "slow", "schedule": "yearly", "dead-letter": letter["dlqId"]}


async def test_verdict_is_that_of_the_server(ids: dict[str, str], shell: Shell, client: Client) -> None:
    for kind, id in ids.items():
        verdict = await client.get(f"/_dev/verdicts/{kind}/{id}")
        assert await shell.json("why", id) == await shell.json("why", id, "--kind", kind) == verdict
        assert (await shell.output("why", id)).splitlines()[0] == verdict["sentence"]


async def test_verdict_tells_what_to_do_and_when_it_goes_on(
    shell: Shell, client: Client, destination: Destination
) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    told = await shell.output("why", id)
    assert "; or advance the clock\n" in told
    assert "\n  goes on at 2026-01-01T13:00:00.000Z\n" in told
    run = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_1", "Upstash_Delay": "1h"}
    id = await client.publish(destination.url, **run)
    sentence = (await shell.json("why", "wfr_1"))["blocker"]["sentence"]
    assert f"\n  waits for message {id}: {sentence}\n" in await shell.output("why", "wfr_1")


async def test_details_are_those_of_the_server(ids: dict[str, str], shell: Shell, client: Client) -> None:
    routes = {"message": "messages", "run": "runs", "schedule": "schedules", "dead-letter": "dlq"}
    for kind, route in routes.items():
        id = ids[kind]
        told = await client.get(f"/_dev/{route}/{id}?user=defaultUser")
        assert await shell.json("show", id) == told
        shown = (await shell.output("show", id)).splitlines()
        assert shown[:2] == [f"{kind} {id}", told["verdict"]["sentence"]]


async def test_body_is_shown_in_lines_and_times_as_such(ids: dict[str, str], shell: Shell) -> None:
    shown = await shell.output("show", ids["message"])
    assert "\n  body:\n    grüße\n    zwei\n" in shown
    assert "\n  createdAt: 2026-01-01T12:00:00.000Z\n" in shown
    assert "\n    state: ERROR\n" in shown


async def test_control_characters_do_not_reach_the_terminal(
    shell: Shell, client: Client, destination: Destination
) -> None:
    id = await client.publish(destination.url, b"\x1b[2J")
    assert "\x1b" not in await shell.output("show", id)
    assert (await shell.json("show", id))["message"]["body"] == "\x1b[2J"


async def test_output_that_cannot_show_a_character(ids: dict[str, str], shell: Shell) -> None:
    for encoding in ("ascii", "utf-8"):
        done = await shell.run("show", ids["message"], charset=encoding)
        assert ("gr??e" if encoding == "ascii" else "grüße") in done.stdout
        assert (await shell.run("show", ids["message"], "--json", charset=encoding)).exit_code == 0


@pytest.mark.parametrize(
    ("env", "is_coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
async def test_colours_are_printed_where_they_are_wanted(
    env: dict[str, str], is_coloured: bool, shell: Shell, client: Client, destination: Destination
) -> None:
    id = await client.publish(destination.url)
    assert ("\x1b[1m" in await shell.output("why", id, env=env)) is is_coloured
    assert "\x1b" not in await shell.output("why", id, "--json", env=env)


async def test_thing_of_another_user(shell: Shell, client: Client, destination: Destination) -> None:
    from qstash_dev.state.user import USERS

    client.token = USERS[2].token
    headers = {"Upstash-Cron": "0 0 1 1 *", "Upstash-Schedule-Id": "mine"}
    await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers)
    assert (await shell.json("show", "mine"))["scheduleId"] == "mine"
    assert (await shell.json("why", "mine", "--user", "3"))["about"]["id"] == "mine"
    assert "mine" in await shell.refusal("show", "mine", "--user", "2", code=1)
    assert "mine" in await shell.refusal("why", "mine", "--user", "testUser1", code=1)


@pytest.mark.parametrize("command", ["why", "show"])
async def test_what_does_not_exist(command: str, shell: Shell) -> None:
    for id in ("msg_none", "wfr_none", "1-2", "none", "a/b?c#d"):
        assert f"{id}" in await shell.refusal(command, id, code=1)
    assert "'other' is not one of 'message'" in await shell.refusal(command, "x", "--kind", "other")


@pytest.mark.parametrize("command", ["why", "show"])
def test_no_server(command: str, nowhere: str) -> None:
    assert "No server answers" in refusal(command, "msg_1", "--url", nowhere, code=4)
    assert "Missing argument 'ID'" in refusal(command)
