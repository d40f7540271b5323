"""Failed connections are explained by what is really there: another address, another protocol, another program."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client, within
from tests.delivery.conftest import Serve, settle
from tests.delivery.explained import told
from tests.delivery.rogue import OK, Behaviour, Connection, Rogue, answers_every_request, greets_with, is_silent, says
from tests.delivery.test_tls import Certificate, elsewhere, local

__all__ = ["elsewhere", "local"]
CHUNKED = b"HTTP/1.1 200 OK\r\nX-Is: here\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def listening(address: str) -> AsyncIterator[tuple[int, list[str]]]:
    """An application on this address only: its port, and who has connected."""
    connected: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer.get_extra_info("peername")[0])
        if await reader.read(100_000):
            writer.write(OK)
        writer.close()

    server = await asyncio.start_server(serve, address, 0)
    async with server:
        yield server.sockets[0].getsockname()[1], connected


@pytest.mark.parametrize(
    ("listens", "published", "shown"),
    [("::1", "127.0.0.1", "[::1]"), ("127.0.0.1", "[::1]", "127.0.0.1"), ("::1", "0.0.0.0", "[::1]")],
)
async def test_an_app_on_the_other_loopback_address_is_named(
    server: Server, client: Client, listens: str, published: str, shown: str
) -> None:
    async with listening(listens) as (port, connected):
        found = await told(server, client, f"http://{published}:{port}/x")
        assert found.reason == "other-address"
        assert found.error == f"connection refused by {published}:{port}, but something listens on {shown}:{port}"
        assert f"publish to http://localhost:{port}" in found.hint
        # All failures of a second are explained by one probe.
        assert (await told(server, client, f"http://{published}:{port}/y")).error == found.error
        assert len(connected) == 1
        # What the hint says is right.
        id = await client.publish(f"http://localhost:{port}/x")
        await server.idle()
        assert (await client.states(id))[-1] == "DELIVERED"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_nothing_anywhere_is_a_refused_connection(server: Server, client: Client, host: str) -> None:
    found = await told(server, client, f"http://{host}:1/x")
    assert (found.reason, found.error) == (
        "connection-refused",
        f"connection refused by {host}:1: is your app running?",
    )
    assert "start the app" in found.hint
    assert "0.0.0.0" not in found.hint


async def test_a_machine_that_is_not_this_one_may_listen_on_its_own_address_only(
    server: Server, client: Client
) -> None:
    found = await told(server, client, "http://127.0.0.2:1/x")
    assert found.reason == "connection-refused"
    assert "let it use 0.0.0.0" in found.hint


@pytest.mark.programs
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_http_to_an_https_port_names_the_url_to_publish_to(
    server: Server, client: Client, local: Certificate, host: str
) -> None:
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        found = await told(server, client, f"http://{host}:{rogue.port}/x")
        assert (found.reason, found.error) == (
            "https-expected",
            f"{host}:{rogue.port} speaks https, and was sent plain http",
        )
        assert f"publish to https://{host}:{rogue.port}" in found.hint


async def test_a_tls_alert_as_the_answer_to_plain_http_is_an_https_port(server: Server, client: Client) -> None:
    async with Rogue(says(b"\x15\x03\x03\x00\x02\x02\x46")) as rogue:
        assert (await told(server, client, rogue.url)).reason == "https-expected"


@pytest.mark.parametrize(
    "text",
    [
        b"<html>\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
        b"Client sent an HTTP request to an HTTPS server.\n",
    ],
)
async def test_an_https_server_that_says_so_over_http_is_understood(
    server: Server, client: Client, text: bytes
) -> None:
    async with Rogue(says(b"HTTP/1.0 400 Bad Request\r\n\r\n" + text)) as rogue:
        found = await told(server, client, rogue.url)
        assert (found.reason, found.response["status"]) == ("https-expected", 400)
        assert f"publish to https://{rogue.where}" in found.hint


async def test_https_to_an_http_port_names_the_url_to_publish_to(server: Server, client: Client) -> None:
    async with Rogue(greets_with(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as rogue:
        found = await told(server, client, f"https://{rogue.where}/x")
        assert (found.reason, found.error) == (
            "http-expected",
            f"{rogue.where} speaks no TLS: it answered the handshake with something else",
        )
        assert f"publish to http://{rogue.where}" in found.hint


async def closes(connection: Connection) -> None:
    await connection.close()


async def test_a_handshake_that_is_cut_off_is_no_crash_of_the_app(server: Server, client: Client) -> None:
    async with Rogue(closes) as rogue:
        found = await told(server, client, f"https://{rogue.where}/x")
        assert found.reason == "tls-failed"
        assert "during the TLS handshake" in found.error
        assert f"publish to http://{rogue.where}" in found.hint


@pytest.mark.programs
async def test_an_unknown_certificate_names_both_options(
    server: Server, client: Client, serve: Serve, local: Certificate, elsewhere: Certificate
) -> None:
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        found = await told(server, client, rogue.url)
        assert found.reason == "tls-not-trusted"
        assert "--insecure" in found.hint
        assert "--ca-file" in found.hint
    trusting, its_client = await serve(ca_file=str(elsewhere.file))
    async with Rogue(answers_every_request, tls=elsewhere.context) as rogue:
        assert (await told(trusting, its_client, rogue.url)).reason == "tls-wrong-host"


@pytest.mark.parametrize(
    ("behaviour", "shown"),
    [
        (greets_with(b"SSH-2.0-OpenSSH_9.9\r\n"), "SSH-2.0-OpenSSH_9.9.."),
        (greets_with(b"J\x00\x00\x00\x0a8.4.0\x00"), "J....8.4.0."),
        (says(b"-ERR unknown command 'POST'\r\n"), "-ERR unknown command 'POST'.."),
    ],
)
async def test_another_program_is_quoted(server: Server, client: Client, behaviour: Behaviour, shown: str) -> None:
    async with Rogue(behaviour) as rogue:
        found = await told(server, client, rogue.url)
        assert found.reason == "not-http"
        assert found.error.startswith(f"{rogue.where} did not answer in HTTP")
        assert found.error.endswith(f"it began with '{shown}'")
        assert "publish to the port of the app" in found.hint


@within(probe_s=0.01)
async def test_a_probe_that_gets_no_answer_is_given_up(server: Server, client: Client) -> None:
    async with Rogue(says(b""), is_silent) as rogue:
        found = await told(server, client, rogue.url)
        assert (found.reason, rogue.connections) == ("closed-without-answer", 2)
        # The next minute has no further probe.
        assert (await told(server, client, rogue.url, Upstash_Timeout="1s")).reason == "answer-timeout"
        assert rogue.connections == 3


@pytest.mark.own_server
@within(probe_s=600.0)
async def test_neither_a_reset_nor_the_end_waits_for_a_probe(server: Server, client: Client) -> None:
    async with Rogue(says(b""), is_silent) as rogue:
        await client.publish(rogue.url)
        await rogue.connections_finished(1)
        await settle()
        assert not server.dispatcher.is_idle
        await server.reset.all_and_clock(NOON_MS)
        await server.idle()
        await server.dispatcher.stop()
        await rogue.connections_finished(2)


@pytest.mark.parametrize("host", ["no-such-name.invalid", "web", "host.docker.internal"])
async def test_a_name_that_is_not_found_says_where_it_would_be(server: Server, client: Client, host: str) -> None:
    if host == "host.docker.internal":
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(host, None)
    found = await told(server, client, f"http://{host}:3000/x")
    assert found.reason == "host-not-found"
    assert f"cannot resolve the host of {host}:3000" in found.error
    where = {
        "no-such-name.invalid": "--map 'http://no-such-name.invalid:3000/*=http://…'",
        "web": "--map 'http://web:3000/*=http://localhost:PORT/*'",
        "host.docker.internal": "publish to http://localhost:3000; if it runs in a container",
    }
    assert where[host] in found.hint


async def streams_on(connection: Connection) -> None:
    await connection.request()
    await connection.send(CHUNKED + b"5\r\nhello\r\n")
    await connection.ended()


async def test_an_answer_that_does_not_end_in_time_is_kept_as_far_as_it_came(server: Server, client: Client) -> None:
    async with Rogue(streams_on) as rogue:
        found = await told(server, client, rogue.url, Upstash_Timeout="1s")
    assert found.reason == "body-timeout"
    assert found.error == "answered 200 but did not finish within 1 s, with 5 bytes of its body so far"
    assert "end it as well" in found.hint
    response = found.response
    assert (response["status"], response["body"], response["partial"]) == (200, "hello", True)
    assert response["headers"]["X-Is"] == ["here"]
    [event] = (await client.get("/v2/events?state=ERROR"))["events"]
    assert (event["responseStatus"], event["responseBody"]) == (200, "aGVsbG8=")
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert (letter["responseStatus"], letter["responseBody"], letter["error"]) == (200, "hello", found.error)


async def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(server: Server, client: Client) -> None:
    async with Rogue(says(CHUNKED + b"5\r\nhello\r\n")) as rogue:
        found = await told(server, client, rogue.url)
    assert found.reason == "answer-broken-off"
    assert found.error == "answered 200 but broke off, with 5 bytes of its body so far"
    assert found.response["partial"]


async def test_a_callback_never_takes_half_an_answer_for_one(server: Server, client: Client) -> None:
    callbacks: list[bytes] = []

    async def keeps(connection: Connection) -> None:
        callbacks.append((await connection.request()).body)
        await connection.send(OK)

    async with Rogue(streams_on) as rogue, Rogue(keeps) as callback:
        await told(server, client, rogue.url, Upstash_Timeout="1s", Upstash_Failure_Callback=callback.url)
    assert re.search(rb'"status":-1\b.*"body":"".*"error":"answered 200 but did not finish', callbacks[0])


async def test_an_app_that_closes_while_a_body_is_sent_has_not_read_it(server: Server, client: Client) -> None:
    async def closes_unread(connection: Connection) -> None:
        await connection.head()
        connection.reset()

    async with Rogue(closes_unread) as rogue:
        found = await told(server, client, rogue.url, b"x" * 9_000_000)
        assert found.reason == "closed-while-sending"
        assert found.error == f"{rogue.where} closed the connection before it had read the whole body"
        assert "raise its limit" in found.hint


async def test_an_answer_that_is_too_large_says_what_to_send_instead(server: Server, client: Client) -> None:
    async with Rogue(says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 11_000_000)) as rogue:
        found = await told(server, client, rogue.url)
    assert found.reason == "body-too-large"
    assert re.fullmatch(r"HTTP status 200, but its body is larger than \d+ bytes", found.error)
    assert "a reference to the data" in found.hint


@pytest.mark.parametrize("path", ["/api/hook", "/v2/publish"])
async def test_the_address_of_this_server_is_not_that_of_the_app(server: Server, client: Client, path: str) -> None:
    found = await told(server, client, f"http://localhost:{server.port}{path}")
    assert found.reason == "own-server"
    assert "publish to the port of the app" in found.hint


async def test_an_inbox_may_fail_as_any_app(server: Server, client: Client) -> None:
    await client.call("PUT", "/_dev/inboxes/a/script", json={"script": [500]})
    found = await told(server, client, f"http://localhost:{server.port}/_dev/inbox/a")
    assert (found.reason, found.response["status"]) == ("http-status", 500)
