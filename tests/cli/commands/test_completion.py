"""``qstash-dev completion``: scripts for shells, which complete commands and what the server has."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import pytest

from qstash_dev.server import Server
from tests.cli.commands.support import output, refusal
from tests.cli.program import everything_before_exit
from tests.conftest import Client
from tests.destination import Destination


async def completed(words: str, **env: str) -> list[str]:
    """What bash would offer for the last of these words."""
    typed = {
        "_QSTASH_DEV_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    code, printed, complaint = await asyncio.to_thread(
        everything_before_exit, command=("qstash-dev",), env=typed | env
    )
    assert (code, complaint) == (0, "")
    return [line.partition(",")[2] for line in printed.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_what_the_shell_can_read(shell: str) -> None:
    script = output("completion", shell)
    assert "_QSTASH_DEV_COMPLETE" in script
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, timeout=20, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_shell_of_the_user() -> None:
    assert output("completion", env={"SHELL": "/usr/bin/fish"}) == output("completion", "fish")
    assert "give one of bash, zsh, fish" in refusal("completion", env={"SHELL": "/bin/tcsh"})
    assert "'tcsh' is not one of 'bash'" in refusal("completion", "tcsh")


async def test_commands_and_options() -> None:
    assert await completed("qstash-dev re") == ["reset", "replay"]
    assert "--user" in await completed("qstash-dev why --")
    assert "run-all" in await completed("qstash-dev clock ")


async def test_ids_come_from_the_server(server: Server, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    headers = {"Upstash-Cron": "0 0 1 1 *", "Upstash-Schedule-Id": "msg-yearly"}
    await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers)
    _, published = await client.call("POST", f"/v2/enqueue/msg-queue/{destination.url}")
    ids = [published["messageId"], id]
    assert await completed("qstash-dev why msg", QSTASH_URL=server.url) == [*ids, "msg-yearly", "msg-queue"]
    assert await completed("qstash-dev replay msg_", QSTASH_URL=server.url) == ids
    assert await completed(f"qstash-dev show --url {server.url} {id[:12]}") == [id]


async def test_without_a_server_nothing_is_offered(nowhere: str) -> None:
    assert await completed("qstash-dev why msg_", QSTASH_URL=nowhere) == []
