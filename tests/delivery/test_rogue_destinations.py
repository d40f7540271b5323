"""Destinations that break HTTP: each attempt ends in an ERROR event that says what happened."""

from __future__ import annotations

import pytest

from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import failure
from tests.delivery.rogue import (
    OK,
    Behaviour,
    Connection,
    Rogue,
    answers_every_request,
    greets_with,
    is_silent,
    never_reads,
    resets,
    says,
    says_and_stays,
    says_for_ever,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_HTTP = "{} did not answer in HTTP"
BROKE_OFF = "{} broke off its answer"
HALF = "answered 200 but broke off, with "
CLOSED = "{} closed the connection without answering"


async def closes_at_once(connection: Connection) -> None:
    await connection.close()


async def resets_in_the_body(connection: Connection) -> None:
    await connection.request()
    await connection.send(HEAD + b"Content-Length: 10\r\n\r\nhalf")
    connection.reset()


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        pytest.param(says(b""), CLOSED, id="closed after the request"),
        pytest.param(says(b"nonsense\r\n\r\n"), NOT_HTTP, id="garbage instead of a status line"),
        pytest.param(says(bytes(range(256)) * 8), NOT_HTTP, id="binary garbage"),
        pytest.param(says(b"<html>hello</html>"), NOT_HTTP, id="HTTP 0.9"),
        pytest.param(says(b"HTTP/1.1 abc OK\r\n\r\n"), NOT_HTTP, id="status is no number"),
        pytest.param(says(b"HTTP/1.1 20\r\n\r\n"), NOT_HTTP, id="status of two digits"),
        pytest.param(says(b"HTTP/1.1 2000 OK\r\n\r\n"), NOT_HTTP, id="status of four digits"),
        pytest.param(says(HEAD + b"no colon here\r\n\r\n"), NOT_HTTP, id="header without a colon"),
        pytest.param(says(HEAD + b"Bad Name: x\r\n\r\n"), NOT_HTTP, id="header name with a space"),
        pytest.param(says(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), NOT_HTTP, id="two lengths"),
        pytest.param(says(HEAD + b"Content-Length: 1, 2\r\n\r\nab"), NOT_HTTP, id="two lengths in one line"),
        pytest.param(says(HEAD + b"Content-Length: -1\r\n\r\nab"), NOT_HTTP, id="negative length"),
        pytest.param(says(HEAD + b"Content-Length: +2\r\n\r\nab"), NOT_HTTP, id="length with a sign"),
        pytest.param(says(HEAD + b"Content-Length: two\r\n\r\nab"), NOT_HTTP, id="length is no number"),
        pytest.param(says(HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n"), NOT_HTTP, id="huge header"),
        pytest.param(says(HEAD + b"Content-Length: 10\r\n\r\nhalf"), HALF, id="body shorter than announced"),
        pytest.param(says(HEAD + b"Content-Length: 10\r\n\r\n"), HALF, id="announced body missing"),
        pytest.param(says(CHUNKED + b"5\r\nhel"), HALF, id="chunk cut off"),
        pytest.param(says(CHUNKED + b"5\r\nhello\r\n"), HALF, id="last chunk missing"),
        pytest.param(greets_with(b"SSH-2.0-OpenSSH_9.9\r\n"), NOT_HTTP, id="an SSH server"),
        pytest.param(greets_with(b"220 mail.test ESMTP ready\r\n"), NOT_HTTP, id="a mail server"),
        pytest.param(says(b"-ERR unknown command 'POST'\r\n"), NOT_HTTP, id="a Redis server"),
    ],
)
async def test_broken_http_is_named_as_such(server: Server, client: Client, behaviour: Behaviour, text: str) -> None:
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, f"{rogue.url}/hook")
        assert error["error"].startswith(text.format(rogue.where))
        assert ("responseStatus" in error) is (text is HALF)


@pytest.mark.parametrize(
    ("behaviour", "texts"),
    [
        pytest.param(says(HEAD + b"Content-Ty"), (NOT_HTTP, BROKE_OFF, CLOSED), id="half a header"),
        pytest.param(says(b"HTTP/1.1 2"), (NOT_HTTP, BROKE_OFF, CLOSED), id="half a status line"),
        pytest.param(says(CHUNKED + b"zz\r\nhello\r\n"), (NOT_HTTP, BROKE_OFF), id="chunk size is no number"),
        pytest.param(says(CHUNKED + b"-5\r\nhello\r\n"), (NOT_HTTP, BROKE_OFF), id="chunk size is negative"),
        pytest.param(says(CHUNKED + b"3\r\nhello\r\n0\r\n\r\n"), (NOT_HTTP, BROKE_OFF), id="chunk is too long"),
        pytest.param(resets, ("{} reset the connection",), id="reset before the answer"),
        pytest.param(resets_in_the_body, (HALF,), id="reset in the body"),
        pytest.param(closes_at_once, ("{} reset the connection", CLOSED), id="closed before the request"),
    ],
)
async def test_broken_connection_is_named_as_such(
    server: Server, client: Client, behaviour: Behaviour, texts: tuple[str, ...]
) -> None:
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, f"{rogue.url}/hook")
        assert error["error"].startswith(tuple(text.format(rogue.where) for text in texts))
        assert ("responseStatus" in error) is (texts == (HALF,))


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(says_for_ever(HEAD, b"X-Again: and again\r\n" * 100), id="endless headers"),
        pytest.param(says_for_ever(HEAD + b"X: ", b"a" * 1_000), id="one endless header"),
        pytest.param(says_for_ever(HEAD, b" " * 1_000), id="endless white space"),
        pytest.param(says_for_ever(b"HTTP/1.1 200 ", b"OK " * 1_000), id="endless reason"),
        pytest.param(says_for_ever(b"", b"nonsense" * 1_000), id="endless garbage"),
        pytest.param(says_for_ever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="endless interim answers"),
        pytest.param(says_for_ever(b"HTTP/1.1 100 Continue\r\nX: ", b"a" * 1_000), id="endless interim header"),
        pytest.param(says_for_ever(b"\r\n", b"\r\n" * 500), id="endless empty lines"),
        pytest.param(says(HEAD + b"a:\r\n" * 257 + b"\r\n"), id="257 headers"),
    ],
)
async def test_endless_head_is_cut_off_long_before_the_timeout(
    server: Server, client: Client, behaviour: Behaviour
) -> None:
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, f"{rogue.url}/hook")
        assert error["error"].startswith(NOT_HTTP.format(rogue.where))
        await rogue.connections_finished(1)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(says_for_ever(CHUNKED + b"0\r\nX: ", b"a" * 1_000), id="one endless trailer"),
        pytest.param(says_for_ever(CHUNKED + b"0\r\n", b"a" * 1_000), id="endless name of a trailer"),
        pytest.param(says_for_ever(CHUNKED + b"5\r\nhello\r\n", b"0" * 1_000), id="endless chunk size"),
        pytest.param(says_for_ever(CHUNKED + b"5;", b"a" * 1_000), id="endless chunk extension"),
        pytest.param(says_for_ever(CHUNKED, b"1;" + b"x" * 1_000 + b"\r\na\r\n"), id="chunks that are extension"),
    ],
)
async def test_answer_without_body_is_cut_off_long_before_the_timeout(
    server: Server, client: Client, behaviour: Behaviour
) -> None:
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, f"{rogue.url}/hook")
        assert error["error"] == (
            f"{rogue.where} did not answer in HTTP: 65536 bytes of it hold hardly any body, but sizes of chunks or "
            "trailers"
        )
        await rogue.connections_finished(1)


async def test_endless_trailers_are_cut_off_long_before_the_timeout(server: Server, client: Client) -> None:
    async with Rogue(says_for_ever(CHUNKED + b"0\r\n", b"X-Again: and again\r\n" * 100)) as rogue:
        error = await failure(server, client, f"{rogue.url}/hook")
        assert error["error"] == (
            f"{rogue.where} did not answer in HTTP: it has more than 512 headers, trailers and interim answers"
        )
        await rogue.connections_finished(1)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(is_silent, id="silent"),
        pytest.param(says_and_stays(b"HTTP/1.1 2"), id="half a status line"),
        pytest.param(says_and_stays(HEAD + b"Content-Ty"), id="half a header"),
        pytest.param(says_and_stays(b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answer only"),
    ],
)
async def test_answer_that_does_not_end_in_time_is_a_timeout(
    server: Server, client: Client, behaviour: Behaviour
) -> None:
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, rogue.url, Upstash_Timeout="100ms")
        assert error["error"] == f"no answer from {rogue.where} within 0.1 s"
        await rogue.connections_finished(1)


async def test_timeout_in_seconds_is_kept(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as rogue:
        error = await failure(server, client, rogue.url, Upstash_Timeout="0.2")
        assert error["error"] == f"no answer from {rogue.where} within 0.2 s"
        assert error["timeout"] == 200


async def test_timeout_counts_while_the_request_is_not_read(server: Server, client: Client) -> None:
    async with Rogue(never_reads) as rogue:
        error = await failure(server, client, rogue.url, bytes(9_000_000), Upstash_Timeout="200ms")
        assert error["error"] == f"no answer from {rogue.where} within 0.2 s"


async def test_unknown_name_is_said(server: Server, client: Client) -> None:
    error = await failure(server, client, "http://does-not-exist.invalid/hook")
    assert error["error"].startswith("cannot resolve the host of does-not-exist.invalid:80")


async def test_closed_port_asks_whether_the_app_runs(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as rogue:
        pass
    error = await failure(server, client, rogue.url)
    assert error["error"] == f"connection refused by {rogue.where}: is your app running?"


async def test_closed_port_of_a_name_with_several_addresses_asks_the_same(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as rogue:
        pass
    error = await failure(server, client, f"http://localhost:{rogue.port}")
    assert error["error"] == f"connection refused by localhost:{rogue.port}: is your app running?"


async def test_error_text_is_a_single_line(server: Server, client: Client) -> None:
    async with Rogue(says(b"evil\x1b[2J\r\n14:02:11 200 POST forged\r\n\r\n")) as rogue:
        error = await failure(server, client, rogue.url)
        assert error["error"].isprintable()


async def test_failed_attempt_is_followed_by_a_retry(server: Server, client: Client) -> None:
    # The connection that is closed at once is the probe that asks whether the port speaks TLS.
    async with Rogue(says(b"nonsense\r\n\r\n"), resets, closes_at_once, says(b""), answers_every_request) as rogue:
        id = await client.publish(rogue.url, b"payload", Upstash_Retry_Delay="100")
        await server.advance(1_000)
        failed = ["ACTIVE", "ERROR", "RETRY"]
        assert await client.states(id) == ["CREATED", *failed * 3, "ACTIVE", "DELIVERED"]
        assert [request.values(b"Upstash-Retried") for request in rogue.requests] == [[b"0"], [b"1"], [b"2"], [b"3"]]
        assert {request.body for request in rogue.requests} == {b"payload"}


async def test_silent_destination_does_not_hold_up_others(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as silent, Rogue(says(OK)) as good:
        stuck = await client.publish(silent.url, Upstash_Timeout="1h")
        other = await client.publish(good.url)
        await good.connections_finished(1)
        assert await client.states(stuck) == ["CREATED", "ACTIVE"]
        assert (await client.states(other))[:2] == ["CREATED", "ACTIVE"]
        assert len(good.requests) == 1
