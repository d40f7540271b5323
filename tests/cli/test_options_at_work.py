"""The effect of options: in the real command where it prints something, otherwise in the server that it starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.api.support import NOWHERE, send, serving
from tests.cli.program import config_of, server_program
from tests.conftest import Client
from tests.delivery.rogue import Rogue, answers_every_request
from tests.delivery.test_tls import make_certificate
from tests.destination import Destination


async def fate(client: Client, destination: str, **headers: str) -> list[str]:
    """The states of a message that is tried once."""
    id = await client.publish(destination, Upstash_Retries="0", **headers)
    await client.call("POST", "/_dev/idle")
    return await client.states(id)


async def test_map_delivers_elsewhere_and_shows_the_published_url(destination: Destination) -> None:
    first = f"https://myapp.test/hooks/*={destination.url}/mine"
    second = f"https://myapp.test/*={destination.url}/rest"
    async with server_program("--map", first, "--map", second) as (running, client):
        for path in ("hooks/a?b=c", "other"):
            assert await fate(client, f"https://myapp.test/{path}") == ["CREATED", "ACTIVE", "DELIVERED"]
            await running.line_like(f" 200 POST https://myapp.test/{path.replace('?', '.')} ")
    assert destination.paths() == ["/mine/a?b=c", "/rest/other"]


@pytest.mark.parametrize("option", ["--ca-file", "--insecure"])
async def test_certificates(option: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "local", "IP:127.0.0.1")
    value = [str(certificate.file)] if option == "--ca-file" else []
    async with (
        Rogue(answers_every_request, tls=certificate.context) as rogue,
        serving(config_of(option, *value)) as client,
    ):
        assert await fate(client, rogue.url) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_certificates_of_the_system_are_those_that_its_variables_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "local", "IP:127.0.0.1")
    async with (
        Rogue(answers_every_request, tls=certificate.context) as rogue,
        server_program("--json", env={"SSL_CERT_FILE": str(certificate.file)}) as (_, client),
    ):
        assert await fate(client, rogue.url) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_retention() -> None:
    async with serving(config_of("--retain-events=3", "--retain-messages=1")) as client:
        ids = [await client.publish(NOWHERE, Upstash_Retries="0") for _ in range(2)]
        await client.call("POST", "/_dev/idle")
        assert len((await client.get("/v2/events"))["events"]) == 3
        found = [(await send(client, "GET", f"/v2/messages/{id}"))[0] for id in ids]
    assert sorted(found) == [200, 404]


@pytest.mark.parametrize(
    ("args", "env"),
    [(["--allow-host", "qstash"], {}), ([], {"QSTASH_DEV_ALLOW_HOST": "other.test qstash"})],
    ids=["option", "variable"],
)
async def test_allowed_host(args: list[str], env: Mapping[str, str]) -> None:
    async with serving(config_of(*args, env=env)) as client:
        statuses = {}
        for host in ("qstash", "QStash:8080", "evil.test"):
            statuses[host], _ = await client.call("GET", "/v2/keys", headers={"Host": host})
    assert statuses == {"qstash": 200, "QStash:8080": 200, "evil.test": 403}


@pytest.mark.parametrize(("quota", "status"), [("free", 412), ("payg", 412), ("pro", 201)])
async def test_quota(quota: str, status: int) -> None:
    async with serving(config_of(env={"QSTASH_DEV_QUOTA": quota})) as client:
        answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers={"Upstash-Retries": "6"})
    assert answer[0] == status


@pytest.mark.parametrize("option", ["--verbose", "--json"])
async def test_people_get_few_lines_of_a_burst_and_programs_all(option: str) -> None:
    item = {"destination": NOWHERE, "headers": {"Upstash-Retries": "0"}}
    async with server_program(option) as (running, client):
        await client.call("POST", "/v2/batch", json=[item] * 1_000)
        status, progress = await client.call("POST", "/_dev/idle", json={"timeout": 60})
        assert status == 200, progress
        _, rest, _ = await running.stop()
    attempts = re.findall(r"connection refused by", rest)
    left_out = [int(count.replace(",", "")) for count in re.findall(r"([\d,]+) × connection-refused", rest)]
    assert len(attempts) + sum(left_out) == 1_000
    assert bool(left_out) == (option == "--verbose")


async def test_quiet_prints_the_start_and_the_end() -> None:
    async with server_program("--json", "--quiet") as (running, client):
        assert await fate(client, NOWHERE) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
        code, rest, complaint = await running.stop()
    assert (code, rest, complaint) == (0, '{"event":"stopped","undelivered":0,"interrupted":0}\n', "")


async def test_verbose_prints_every_event() -> None:
    async with server_program("--verbose") as (running, client):
        await fate(client, NOWHERE)
        for outcome in ("CREATED", "ACTIVE"):
            await running.line_like(rf"^\d\d:\d\d:\d\d {outcome} POST {NOWHERE} ")
        # The event FAILED is told by the line of the attempt.
        await running.line_like(rf"^\d\d:\d\d:\d\d ERR POST {NOWHERE} .* given up: dead letter ")
