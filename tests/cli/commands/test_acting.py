"""``qstash-dev reset``, ``cancel``, ``deliver`` and ``replay``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from qstash_dev.server import Server
from qstash_dev.state.user import USERS
from tests.cli.commands.support import Shell, refusal
from tests.cli.program import program
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.fixture
async def waiting(client: Client, destination: Destination) -> str:
    """A message that waits for an hour."""
    headers = {"Upstash-Delay": "1h", "Upstash-Forward-X-Tenant": "old", "Upstash-Forward-X-Other": "kept"}
    _, published = await client.call("POST", f"/v2/publish/{destination.url}", data="früh", headers=headers)
    return str(published["messageId"])


async def test_reset_of_all(shell: Shell, server: Server, waiting: str) -> None:
    assert await shell.output("reset") == "reset all users\n"
    assert not server.broker.tenants.all()[0].messages
    assert await shell.json("reset", "--clock", "2026-02-01") == {"reset": "all"}
    assert (await shell.output("clock", "now")) == "2026-02-01T00:00:00.000Z paused\n"


async def test_reset_of_one_user(shell: Shell, server: Server, client: Client, waiting: str) -> None:
    assert await shell.output("reset", "--user", "2") == "reset testUser1\n"
    assert server.broker.tenants.all()[0].messages
    assert await shell.json("reset", "--user", "defaultUser") == {"reset": "defaultUser"}
    assert not server.broker.tenants.all()[0].messages


@pytest.mark.parametrize(("answer", "code", "left"), [(b"n\n", 1, 1), (b"y\n", 0, 0)])
async def test_reset_asks_on_a_terminal(answer: bytes, code: int, left: int, server: Server, waiting: str) -> None:
    screen, device = os.openpty()
    async with program("reset", "--url", server.url, stdin=device, stderr=device) as asking:
        os.close(device)
        question = await asyncio.to_thread(os.read, screen, 1_000)
        os.write(screen, answer)
        assert (await asking.end())[0] == code
    os.close(screen)
    assert b"Forget everything of all users" in question
    assert len(server.broker.tenants.all()[0].messages) == left


def test_reset_of_the_clock_concerns_all_users() -> None:
    assert "--clock belongs to all users" in refusal("reset", "--user", "2", "--clock", "real")


async def test_time_that_the_clock_cannot_have(shell: Shell) -> None:
    assert "clock" in await shell.refusal("reset", "--clock", "noon", code=1)


async def test_cancel(shell: Shell, client: Client, waiting: str) -> None:
    assert await shell.output("cancel", waiting) == f"cancelled message {waiting}\n"
    assert (await client.states(waiting))[-1] == "CANCELED"
    assert "CANCELED" in await shell.refusal("cancel", waiting, code=1)


async def test_cancel_of_a_call_in_flight(shell: Shell, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    assert await shell.json("cancel", id, "--abort") == {"messageId": id}
    assert (await client.states(id))[-1] == "CANCELED"
    hold.set()


async def test_cancel_of_a_run(shell: Shell, client: Client, destination: Destination) -> None:
    run = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_1", "Upstash_Delay": "1h"}
    await client.publish(destination.url, **run)
    assert await shell.output("cancel", "wfr_1") == "cancelled run wfr_1\n"
    assert (await shell.json("why", "wfr_1"))["reason"] == "canceled"


def test_cancel_of_something_else() -> None:
    assert "'scd_1' is the id of neither a message nor a workflow run" in refusal("cancel", "scd_1")


async def test_deliver(shell: Shell, client: Client, destination: Destination, waiting: str) -> None:
    assert await shell.output("deliver", waiting) == f"{waiting} is due now\n"
    await destination.received(1)
    await shell.run("wait", "--idle")
    assert waiting in await shell.refusal("deliver", waiting, code=1)


async def test_replay(shell: Shell, destination: Destination, waiting: str) -> None:
    told = await shell.output("replay", waiting)
    assert told.startswith(f"{waiting} was replayed as msg_")
    again = await shell.json("show", told.split()[-1])
    assert again["message"]["body"] == "früh"


async def test_replay_with_other_values(shell: Shell, destination: Destination, waiting: str, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"\xff\x00")
    for data, expected in (("spät", "spät".encode()), (f"@{tmp_path}/body", b"\xff\x00"), ("", b"")):
        replayed = await shell.json("replay", waiting, "-d", data, "-H", "Upstash-Forward-X-Tenant: new")
        await shell.run("deliver", replayed["messageId"])
        await shell.output("wait", "--idle")
        request = destination.requests[-1]
        assert (request.body, request.headers["X-Tenant"], request.headers["X-Other"]) == (expected, "new", "kept")


async def test_replay_of_a_body_that_is_edited(shell: Shell, waiting: str, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/fr/Fr/ "$1"\ntouch -d 2030-01-01 "$1"\n')
    editor.chmod(0o700)
    replayed = await shell.json("replay", waiting, "--edit", env={"EDITOR": str(editor), "VISUAL": ""})
    assert (await shell.json("show", replayed["messageId"]))["message"]["body"] == "Früh"


async def test_replay_of_a_body_that_is_not_saved(shell: Shell, client: Client, waiting: str) -> None:
    env = {"EDITOR": "true", "VISUAL": ""}
    assert "was not replayed" in await shell.refusal("replay", waiting, "--edit", env=env, code=1)
    assert len((await client.get("/_dev/messages"))["messages"]) == 1


async def test_body_that_cannot_be_edited(shell: Shell, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, b"\xff")
    assert "The body is no text" in await shell.refusal("replay", id, "--edit", code=1)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["-H", "nonsense"], "'nonsense' is no header such as 'Upstash-Delay: 10s'"),
        (["-d", "@/no/such/file"], "No such file or directory"),
        (["-d", "x", "--edit"], "--data and --edit contradict each other"),
    ],
)
def test_wrong_usage_of_replay(args: list[str], text: str) -> None:
    assert text in refusal("replay", "msg_1", *args)


@pytest.mark.parametrize("command", ["cancel", "deliver", "replay"])
async def test_what_does_not_exist_or_is_of_another_user(command: str, shell: Shell, waiting: str) -> None:
    assert "msg_none" in await shell.refusal(command, "msg_none", code=1)
    assert waiting in await shell.refusal(command, waiting, "--user", USERS[1].id, code=1)
    assert "Missing argument 'ID'" in refusal(command)


@pytest.mark.parametrize("args", [["reset"], ["cancel", "msg_1"], ["deliver", "msg_1"], ["replay", "msg_1"]])
def test_no_server(args: list[str], nowhere: str) -> None:
    assert "No server answers" in refusal(*args, "--url", nowhere, code=4)
