"""Every example in the documents runs as it is and does what its text says."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import tomllib
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from qstash_dev.cli.notice_lines import NoticePrinter
from qstash_dev.cli.travel_lines import JourneyLimits, TravelPrinter
from qstash_dev.config import Retention
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, Tenant
from tests.api.workflow import SDK, Workflow
from tests.cli.program import program, server_program
from tests.cli.screen import Screen
from tests.conftest import Client, within
from tests.destination import Answer, Destination
from tests.docs.pages import README, ROOT, Example, examples
from tests.docs.stage import INBOX, Stage
from tests.environment import clean_environment

EXAMPLES = examples()
# Whatever port a command names, tests let the system choose.
ANY_PORT = {"QSTASH_DEV_PORT": "0", "QSTASH_DEV_LOG_PORT": "0"}
# Why an example may be left out, and what it then begins with. `test_wheel.py` runs what these install.
LEFT_OUT = {"downloads packages": ("pip", "pipx", "uvx")}
COMMANDS = {command: example for example in EXAMPLES for command in example.commands if example.language == "sh"}


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    chosen = [example for example in EXAMPLES if example.kind in kinds]
    assert chosen
    return pytest.mark.parametrize("example", chosen, ids=str)


def commands(program: str) -> list[str]:
    """The commands of this program in all examples that are run."""
    chosen = [command for command, example in COMMANDS.items() if example.kind == program]
    assert chosen
    return chosen


def check_publishing(stage: Stage, example: Example) -> None:
    """Whatever the example publishes arrives."""
    if re.search(r"/v2/publish/|\.publish\w*\(", example.text):
        assert stage.delivered("hello") == 1


def test_every_example_is_run() -> None:
    # Those for tests are run by `test_testing_page.py` and `test_node_page.py`.
    run = {"make", "export", "curl", "qstash-dev", "python", "pytest", "toml", "js", "text", "json", "recipe"}
    assert {example.kind for example in EXAMPLES} == run | {"not run"}


@of_kind("json")
def test_error_is_the_answer_to_a_wrong_field(example: Example, stage: Stage) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        stage.dev("POST", "faults", match="*", error="crash")
    with refused.value as answer:
        assert json.load(answer) == json.loads(example.text)


@of_kind("not run")
def test_example_is_left_out_for_a_known_reason(example: Example) -> None:
    assert example.not_run in LEFT_OUT
    for command in example.commands:
        assert command.startswith(LEFT_OUT[example.not_run])


def test_nothing_that_downloads_is_run() -> None:
    assert not {example.kind for example in EXAMPLES} & set(LEFT_OUT["downloads packages"])


@of_kind("curl")
def test_curl(example: Example, stage: Stage) -> None:
    answers = stage.shell(example)
    assert len(answers) == sum(command.startswith("curl ") for command in example.commands)
    check_publishing(stage, example)


@of_kind("python")
def test_python(example: Example, stage: Stage) -> None:
    stage.python(example)
    check_publishing(stage, example)


def test_receiver_tells_deliveries_from_other_requests(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    [receiving] = [one for one in EXAMPLES if one.kind == "python" and "def is_from_qstash" in one.text]
    [publishing] = [one for one in README.examples if one.kind == "curl"]
    stage.shell(publishing)
    assert stage.delivered("hello") == 1
    [delivery] = stage.dev("GET", f"inboxes/{INBOX}")["requests"]
    [signature] = delivery["headers"]["Upstash-Signature"]
    for name, value in stage.variables.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {}
    exec(receiving.text, names)
    is_from_qstash = names["is_from_qstash"]
    assert is_from_qstash(signature, "hello", "http://localhost:3000/api")
    assert not is_from_qstash(signature, "hallo", "http://localhost:3000/api")
    assert not is_from_qstash("", "hello", "http://localhost:3000/api")


@of_kind("js")
def test_javascript(node: str, example: Example, stage: Stage) -> None:
    stage.javascript(example)
    check_publishing(stage, example)


@of_kind("export")
def test_environment(example: Example) -> None:
    expected = Tenant(USERS[0], Retention()).environment("http://127.0.0.1:8080")
    script = f"{example.text}\nprintenv {' '.join(expected)}"
    printed = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert printed.stdout.split() == list(expected.values())


@of_kind("toml")
def test_defaults_of_the_options_of_pytest(example: Example, pytester: pytest.Pytester) -> None:
    def values(configuration: str) -> dict[str, Any]:
        pytester.makepyprojecttoml(configuration)
        config = pytester.parseconfigure("-o", "asyncio_default_fixture_loop_scope=function")
        return {name: config.getini(name) for name in options}

    options = tomllib.loads(example.text)["tool"]["pytest"]["ini_options"]
    assert values(example.text) == values("")


def starts(command: str) -> bool:
    """Whether it is the command that starts the server. `test_commands.py` runs the others."""
    return command.startswith("qstash-dev dev")


@pytest.mark.parametrize("command", [one for one in commands("qstash-dev") if starts(one)])
async def test_command(command: str) -> None:
    command = re.sub(r"-port[ =]\d+", "-port 0", command)
    async with program(command=("sh", "-c", f"exec {command}"), env=ANY_PORT) as running:
        await running.line_like(r"running at http://127\.0\.0\.1:\d+$")
        code, _, complaint = await running.stop()
    assert (code, complaint) == (0, "")


def make(command: str) -> str:
    """What a command of make would do, without doing it."""
    script = re.sub("^make", "make --dry-run", command)
    done = subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_knows_its_targets() -> None:
    for command in commands("make"):
        assert make(command), command


def test_readme_names_the_two_commands_that_are_enough() -> None:
    [example] = [example for example in README.examples if example.kind == "make"]
    assert [command.strip() for command in example.commands] == ["make dev", "make test"]
    steps = make("make dev test")
    for step in ("qstash-dev dev", "ruff check", "mypy", "pytest"):
        assert step in steps


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
        (r"msg_[^\s)]+", "MESSAGE"),
        (r"dead letter \d+-\d+", "LETTER"),
        (r"wfr_\S+", "RUN_ID"),
        (r"dead letter \S+", "dead letter ID"),
    ):
        log = re.sub(pattern, instead, log, flags=re.MULTILINE)
    return log.splitlines()


def showing(mark: str) -> pytest.MarkDecorator:
    chosen = [example for example in EXAMPLES if example.kind == "text" and mark in example.text]
    assert chosen
    return pytest.mark.parametrize("example", chosen, ids=str)


def test_every_text_is_shown_by_the_terminal() -> None:
    texts = [example.text for example in EXAMPLES if example.kind == "text"]
    assert all(
        any(mark in text for mark in (" try ", " RUN ", " /v2/publish/", "travelled ", "UP localhost", " DUP "))
        for text in texts
    )


@showing(" /v2/publish/")
async def test_terminal_of_a_refused_call(example: Example) -> None:
    async with server_program() as (running, client):
        await client.call("POST", "/v2/publish/localhost:3000/api")
        shown = await running.line_like(" 400 ")
    assert shape(shown) == shape(example.text)


@showing("travelled ")
@within(still_waiting_s=(0.01,))
async def test_terminal_of_a_time_travel(
    example: Example, server: Server, client: Client, destination: Destination
) -> None:
    hold, told = asyncio.Event(), asyncio.Event()
    destination.answers(500, 200, 200, Answer(hold=hold))
    screen = Screen()
    travel = TravelPrinter(screen.lines, as_json=False, colour=False, limits=JourneyLimits(attempts=1))
    server.travel.subscribers += [travel, lambda _, journey: told.set() if journey.told else None]
    server.broker.tenants.all()[0].log.subscribers.append(travel.filtered(lambda _: None))
    for hours in (24, 25, 26, 27):
        await client.publish(destination.url + "/api", Upstash_Delay=f"{hours}h", Upstash_Retries="0")
    journey = asyncio.create_task(server.travel.by(2 * 86_400_000, timeout_s=60))
    await told.wait()
    hold.set()
    await journey
    server.travel.subscribers.clear()
    numberless = [
        {re.sub(r"\d[\d,.]*", "N", line) for line in shape(text)}
        for text in ("\n".join(screen.shown()), example.text)
    ]
    assert numberless[0] == numberless[1]


@showing(" DUP ")
@within(still_waiting_s=(0.01,))
async def test_terminal_of_notices(
    example: Example, server: Server, client: Client, destination: Destination
) -> None:
    hold, waits = asyncio.Event(), asyncio.Event()
    destination.answers(Answer(hold=hold), path="/slow").answers(500, path="/old")
    screen = Screen()
    printer = NoticePrinter(screen.lines, as_json=False, colour=False)
    subscribers = server.broker.tenants.all()[0].notice_subscribers
    subscribers += [printer, lambda told: waits.set() if told.url.endswith("/slow") else None]
    for path in ("/old", "/api"):
        headers = {"Upstash-Deduplication-Id": "d1", "Upstash-Retries": "0"}
        await client.call("POST", f"/v2/publish/{destination.url}{path}", headers=headers)
        await server.idle()
        await server.travel.by(14_000)
    await client.publish(destination.url + "/slow", Upstash_Timeout="15m")
    await waits.wait()
    hold.set()
    await client.publish(destination.url + "/api", Upstash_Forward_Te="trailers")
    subscribers.clear()
    numberless = [
        [re.sub(r"\d[\d,.]* (ms|s)", "N", line) for line in shape(text)]
        for text in ("\n".join(screen.shown()), example.text)
    ]
    assert numberless[0] == numberless[1]


@showing("UP localhost")
async def test_terminal_of_an_app_that_listens_again(example: Example) -> None:
    async with server_program("--retry-when-up") as (running, client):
        with socket.socket() as application:
            application.bind(("127.0.0.1", 0))
            for _ in range(3):
                await client.publish(
                    f"http://127.0.0.1:{application.getsockname()[1]}", Upstash_Retry_Delay="3600000"
                )
                await running.line_like(" try ")
            application.listen()
            shown = await running.line_like("^UP ")
    assert shape(shown) == shape(example.text)


def thrown(name: str, message: str, step: str, **headers: str) -> Answer:
    """What an SDK answers when a step throws."""
    body = json.dumps({"error": name, "message": message, "stack": f"{name}: {message}\n    at route"}).encode()
    more = {header.replace("_", "-"): value for header, value in headers.items()}
    return Answer(489 if more else 500, body, {"Upstash-Error-Step-Name": step} | more)


@showing("Stripe")
async def test_terminal_of_a_step_that_throws(example: Example, destination: Destination) -> None:
    submitted = asyncio.Event()
    destination.answers(Answer(headers=SDK, hold=submitted), thrown("Stripe", "card_declined", "charge"))
    async with server_program() as (running, client):
        workflow = Workflow(client, destination.url + "/api/order")
        await workflow.trigger(Upstash_Retries="0")
        await destination.received(1)
        await workflow.step("wfr_1", 1, {"stepName": "reserve"})
        submitted.set()
        shown = [await running.line_like(f" {mark} ") for mark in ("try", "try", "RUN", "RUN")]
    assert shape("\n".join(shown)) == shape(example.text)


@showing("refused by this server")
async def test_terminal_of_a_step_that_is_refused(example: Example, destination: Destination) -> None:
    submitted = asyncio.Event()
    refused = json.dumps({"error": "quota maxDelay exceeded, current limit: 31536000"})
    answer = thrown("WorkflowNonRetryableError", refused, "pause", Upstash_NonRetryable_Error="true")
    answer.hold = submitted
    destination.answers(answer)
    async with server_program() as (running, client):
        workflow = Workflow(client, destination.url + "/api/order")
        await workflow.trigger()
        await destination.received(1)
        item = workflow.item(workflow.headers("wfr_1", Upstash_Delay="400d"), workflow.step_body(1))
        assert (await workflow.batch(item))[0] == 412
        submitted.set()
        shown = await running.line_like(" RUN ")
    assert shape(shown) == shape(example.text)


@showing(" EVENT ")
async def test_terminal_of_an_event_that_no_run_waits_for(example: Example, destination: Destination) -> None:
    seen = asyncio.Event()
    destination.answers(Answer(headers=SDK, hold=seen))
    async with server_program() as (running, client):
        workflow = Workflow(client, destination.url + "/api/order")
        await client.call("POST", "/v2/notify/paid")
        await workflow.trigger()
        await workflow.wait("wfr_1", 1, "paid", "1h", stepName="payment")
        shown = [await running.line_like(" EVENT "), await running.line_like(" RUN ")]
        seen.set()
    assert shape("\n".join(shown)) == shape(example.text)


@showing("try 3/4")
async def test_terminal(example: Example) -> None:
    with socket.socket() as application:
        # Bound, but not listening yet: connections are refused.
        application.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{application.getsockname()[1]}/api"
        async with server_program() as (running, client):
            await client.call("POST", "/_dev/clock/pause")
            await client.publish(url, b"hello")
            shown = [await running.line_like(" try ")]
            destination = Destination().answers(Answer(500, b"no database"), 200)
            await destination.start(application)
            await client.call("POST", "/_dev/clock/advance", json={"by": "5m"})
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
def test_example_that_does_not_work_is_noticed(node: str, kind: str, text: str, stage: Stage) -> None:
    with pytest.raises(AssertionError):
        getattr(stage, kind)(Example(kind, text))


def test_publishing_that_does_not_arrive_is_noticed(stage: Stage) -> None:
    with pytest.raises(AssertionError):
        check_publishing(stage, Example("sh", "curl $QSTASH_URL/v2/publish/http://localhost:3000/"))
