"""Failed attempts tell programs why: the reason is that of what really happened on the wire."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.hints import reason_of
from qstash_dev.server import Server
from qstash_dev.state.dead_letters import DeadLetter
from tests.api.support import NOWHERE
from tests.conftest import Client
from tests.delivery.conftest import failure
from tests.delivery.rogue import Behaviour, Rogue, is_silent, resets, says, says_and_stays

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SOON = "1s"


async def letter(server: Server, client: Client, url: str, limit: str = "5s") -> DeadLetter:
    """What a message to a destination that fails leaves behind."""
    await failure(server, client, url, Upstash_Timeout=limit)
    [found] = server.broker.tenants.all()[0].dead_letters.walk(latest_first=True)
    return found


@pytest.mark.parametrize(
    ("behaviour", "limit", "reason"),
    [
        pytest.param(is_silent, SOON, "answer-timeout", id="silent"),
        pytest.param(says_and_stays(HEAD + b"Content-Ty"), SOON, "answer-timeout", id="half a head"),
        pytest.param(says_and_stays(b"HTTP/1.1 100 Continue\r\n\r\n"), SOON, "answer-timeout", id="interim only"),
        pytest.param(says_and_stays(HEAD + b"Content-Length: 9\r\n\r\nhalf"), SOON, "body-timeout", id="half a body"),
        pytest.param(resets, "5s", "connection-reset", id="reset"),
        pytest.param(says(b""), "5s", "closed-without-answer", id="closed"),
        pytest.param(says(HEAD + b"Content-Length: 9\r\n\r\nhalf"), "5s", "answer-broken-off", id="broken off"),
        pytest.param(says(b"<html>"), "5s", "not-http", id="no HTTP"),
        pytest.param(says(HEAD + b"a: b\r\n" * 300 + b"\r\n"), "5s", "headers-too-large", id="many headers"),
        pytest.param(
            says(HEAD + b"a: b\r\n" * 100 + b"c: " + b"d" * 70_000), "5s", "headers-too-large", id="long headers"
        ),
        pytest.param(says(CHUNKED + b"1;" + b"a" * 140_000), "5s", "too-much-framing", id="hardly any body"),
        pytest.param(says(HEAD + b"\r\n" + b"a" * 11_000_000), "5s", "body-too-large", id="much body"),
    ],
)
async def test_the_reason_is_what_happened(
    server: Server, client: Client, behaviour: Behaviour, limit: str, reason: str
) -> None:
    async with Rogue(behaviour) as rogue:
        assert reason_of((await letter(server, client, rogue.url, limit)).result) == reason


async def test_a_handshake_that_does_not_end_is_no_connection(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as rogue:
        result = (await letter(server, client, rogue.url.replace("http:", "https:"), SOON)).result
    assert reason_of(result) == "connect-timeout"


@pytest.mark.parametrize("url", [NOWHERE, "http://localhost:1/x"])
async def test_what_the_sentence_is_about_is_data_as_well(server: Server, client: Client, url: str) -> None:
    found = await letter(server, client, url)
    assert (reason_of(found.result), str(found.result.origin)) == ("connection-refused", url.split("/")[2])  # type: ignore[union-attr]


@pytest.mark.parametrize("how", [{"status": 503}, {"error": "refused"}, {"error": "timeout"}, {"error": "reset"}])
async def test_a_fault_is_the_reason_whatever_it_pretends_to_be(
    server: Server, client: Client, how: dict[str, object]
) -> None:
    server.faults.add("*", **how)
    assert reason_of((await letter(server, client, NOWHERE)).result) == "injected-fault"
