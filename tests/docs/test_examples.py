"""Every example in the README runs as it stands there, and does what it says."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qstash_dev.config import Retention
from qstash_dev.state.tenant import USERS, Tenant
from tests.cli.program import program, server_program
from tests.destination import Destination
from tests.docs.readme import ROOT, Example, examples
from tests.docs.stage import Stage, open_stage
from tests.environment import clean_environment

EXAMPLES = examples()
# Whatever port a command names, tests let the system choose.
ANY_PORT = {"QSTASH_DEV_PORT": "0", "QSTASH_DEV_LOG_PORT": "0"}


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    chosen = [example for example in EXAMPLES if example.kind in kinds]
    assert chosen
    return pytest.mark.parametrize("example", chosen, ids=str)


@pytest.fixture
async def stage(destination: Destination, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(destination, tmp_path) as stage:
        yield stage


async def was_published(stage: Stage, example: Example) -> None:
    """Whatever the example publishes arrives."""
    if "publish" in example.text.lower():
        await stage.application.received(1)
        assert b"hello" in stage.application.requests[0].body


def test_every_example_is_run() -> None:
    # Those for tests, in Python and in Node, are run by the tests of the plugin and of the recipe.
    run = {"make", "export", "curl", "qstash-dev", "python", "pytest", "js", "text", "recipe"}
    assert {example.kind for example in EXAMPLES} <= run


@of_kind("curl")
async def test_curl(example: Example, stage: Stage) -> None:
    answers = await stage.shell(example)
    assert len(answers) == example.text.count("curl ")
    await was_published(stage, example)


@of_kind("python")
async def test_python(example: Example, stage: Stage) -> None:
    await stage.python(example)
    await was_published(stage, example)


@of_kind("js")
async def test_javascript(node: str, example: Example, stage: Stage) -> None:
    await stage.javascript(example)
    await was_published(stage, example)


@of_kind("export")
def test_environment(example: Example) -> None:
    expected = Tenant(USERS[0], Retention()).environment("http://127.0.0.1:8080")
    script = f"{example.text}\nprintenv {' '.join(expected)}"
    printed = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert printed.stdout.split() == list(expected.values())


@of_kind("qstash-dev")
async def test_command(example: Example) -> None:
    for line in example.text.replace("\\\n", " ").splitlines():
        command = re.sub(r"-port[ =]\d+", "-port 0", line)
        async with program(command=("sh", "-c", f"exec {command}"), env=ANY_PORT) as running:
            await running.line_like(r"running at http://127\.0\.0\.1:\d+$")
            code, _, complaint = await running.stop()
        assert (code, complaint) == (0, ""), line


@of_kind("make")
def test_make_knows_its_targets(example: Example) -> None:
    targets = re.findall(r"^make (\w+)", example.text, re.MULTILINE)
    assert targets == ["dev", "test"]
    steps = subprocess.run(
        ["make", "--dry-run", *targets], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=20
    )
    for step in ("qstash-dev dev", "ruff check", "mypy", "pytest"):
        assert step in steps.stdout


async def test_make_dev_starts_the_server() -> None:
    # The environment of this test stands in for the one that make would create.
    this = ["--assume-old=.venv/.installed", f"BIN={Path(sys.executable).parent}"]
    async with program(*this, "dev", "ARGS=--port 0", command=("make", "-C", str(ROOT))) as running:
        await running.line_like(r"running at http://127\.0\.0\.1:\d+$")
        running.process.terminate()
        await running.line_like("^stopped; ")


def shape(log: str) -> list[str]:
    """The lines of a log without what is different each time."""
    for pattern, instead in (
        (r"^\d\d:\d\d:\d\d", "TIME"),
        (r"(localhost|127\.0\.0\.1):\d+", "HOST"),
        (r"\d+ms", "DURATION"),
        (r"msg_\S+", "MESSAGE"),
        (r"wfr_\S+", "RUN_ID"),
    ):
        log = re.sub(pattern, instead, log, flags=re.MULTILINE)
    return log.splitlines()


def showing(mark: str) -> pytest.MarkDecorator:
    chosen = [example for example in EXAMPLES if example.kind == "text" and mark in example.text]
    assert chosen
    return pytest.mark.parametrize("example", chosen, ids=str)


def test_every_text_is_shown_by_the_terminal() -> None:
    assert all(" try " in one.text or " RUN " in one.text for one in EXAMPLES if one.kind == "text")


@showing(" RUN ")
async def test_terminal_of_a_workflow(example: Example, destination: Destination) -> None:
    destination.answers(404)
    url = destination.url + "/api/order"
    run = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_order", "Upstash_Failure_Callback": url}
    async with server_program() as (running, client):
        await client.call("POST", "/_dev/clock/pause")
        await client.publish(url, Upstash_Retries="0", **run)
        shown = [await running.line_like(" RUN ") for _ in range(2)]
    assert shape("\n".join(shown)) == shape(example.text)


@showing(" try ")
async def test_terminal(example: Example) -> None:
    with socket.socket() as application:
        # Bound, but not listening yet: connections are refused.
        application.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{application.getsockname()[1]}/api"
        async with server_program() as (running, client):
            await client.call("POST", "/_dev/clock/pause")
            await client.publish(url, b"hello", Upstash_Retry_Delay="100")
            shown = [await running.line_like(" try ")]
            destination = Destination().answers(500, 200)
            await destination.start(application)
            await client.call("POST", "/_dev/clock/advance", json={"by": "1m"})
            shown += [await running.line_like(" try ") for _ in range(2)]
            await destination.stop()
    assert shape("\n".join(shown)) == shape(example.text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("shell", "curl $QSTASH_URL/v2/none"),
        ("shell", "curl -H 'Authorization: Bearer wrong' $QSTASH_URL/v2/keys"),
        ("shell", "curl $UNKNOWN"),
        ("python", "from qstash import QStash; QStash('wrong').dlq.list()"),
        ("javascript", "import { Client } from '@upstash/qstash'; await new Client({ token: 'wrong' }).logs();"),
    ],
)
async def test_example_that_does_not_work_is_noticed(node: str, kind: str, text: str, stage: Stage) -> None:
    with pytest.raises(AssertionError):
        await getattr(stage, kind)(Example(kind, text))
