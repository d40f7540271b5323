"""Destinations off this machine: told at the first delivery, and with ``--local-only`` never called."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from qstash_dev.config import Limits
from qstash_dev.delivery.this_machine import ThisMachine
from qstash_dev.protocol.mapping import parse_mapping
from tests.conftest import Client
from tests.delivery.conftest import Serve
from tests.delivery.explained import told
from tests.destination import Destination

# Reserved (RFC 6761): nothing answers, and nothing is asked.
FOREIGN = "https://myapp.invalid"
RIGHT = f"--map '{FOREIGN}/*=http://localhost:3000'"


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "app.localhost", "localhost.", "127.0.0.1", "127.8.9.1", "::1", "0.0.0.0", "::"),
        *("127.1", "2130706433", "::ffff:127.0.0.1", "web", "host.docker.internal", "mine.test"),
        socket.gethostname().lower(),
    ],
)
def test_what_is_this_machine(host: str) -> None:
    assert ThisMachine(["mine.test"]).has(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "myapp.com",
            "localhost.evil.org",
            "notlocalhost.org",
            "8.8.8.8",
            "192.0.2.1",
            "2001:db8::1",
            "mine.test.org",
        ),
        *("mine.test.org", "134744072", "0x8.8.8.8", "8.8.2056", "::ffff:8.8.8.8", "127.0.0.1.nip.io"),
    ],
)
def test_what_is_not_this_machine(host: str) -> None:
    assert not ThisMachine(["mine.test"]).has(host)


def test_an_address_of_an_interface_is_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            # Sends nothing: the system only chooses the interface.
            one.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address beyond loopback")
        address = one.getsockname()[0]
    assert ThisMachine().has(address)


async def test_nothing_off_this_machine_is_called_and_retries_cannot_help(serve: Serve) -> None:
    server, client = await serve(local_only=True)
    found = await told(server, client, f"{FOREIGN}/hook", Upstash_Retries="5")
    assert (found.reason, found.error) == ("not-mapped", f"not mapped: add {RIGHT}")
    assert "no retry changes that" in found.hint
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert letter["responseStatus"] == 0
    [attempt] = (await client.get(f"/_dev/messages/{letter['messageId']}"))["attempts"]
    assert (attempt["request"]["sentTo"], attempt["signature"]) == ("", None)


async def test_a_mapped_destination_is_called_and_so_is_this_machine(serve: Serve, destination: Destination) -> None:
    server, client = await serve(local_only=True, mappings=(parse_mapping(f"{FOREIGN}/*={destination.url}"),))
    for url in (f"{FOREIGN}/a", f"{destination.url}/b", f"{server.url}/_dev/inbox/c"):
        id = await client.publish(url)
        await server.idle()
        assert (await client.states(id))[-1] == "DELIVERED"
    assert destination.paths() == ["/a", "/b"]


async def test_a_message_that_was_not_mapped_is_delivered_from_the_dead_letter_queue(
    serve: Serve, destination: Destination
) -> None:
    server, client = await serve(local_only=True)
    await told(server, client, f"{FOREIGN}/hook")
    await client.call("POST", "/_dev/mappings", json={"pattern": "*", "target": destination.url})
    [letter] = (await client.get("/v2/dlq"))["messages"]
    status, _ = await client.call("POST", f"/v2/dlq/retry/{letter['dlqId']}")
    await server.idle()
    assert (status, destination.paths()) == (201, ["/hook"])


async def test_an_injected_failure_needs_no_mapping(serve: Serve) -> None:
    server, client = await serve(local_only=True)
    server.faults.add("*", status=503)
    server.faults.add("*", latency_ms=1)
    assert (await told(server, client, FOREIGN)).reason == "injected-fault"
    assert (await told(server, client, FOREIGN)).reason == "not-mapped"


async def warnings(client: Client, id: str) -> list[Any]:
    events = (await client.get(f"/_dev/messages/{id}"))["timeline"]
    return [event["warning"] for event in events if "warning" in event]


async def deliver(serve_answer: Any, url: str) -> list[Any]:
    server, client = serve_answer
    id = await client.publish(url, Upstash_Retries="0")
    await server.idle()
    return await warnings(client, id)


async def test_the_first_delivery_to_each_foreign_host_is_told(serve: Serve, destination: Destination) -> None:
    both = await serve(mappings=(parse_mapping(f"https://mapped.invalid/*={destination.url}"),))
    [warning] = await deliver(both, f"{FOREIGN}/hook")
    assert warning["code"] == "foreign-host"
    assert RIGHT in warning["text"]
    assert await deliver(both, f"{FOREIGN}:8443/other") == []
    assert await deliver(both, "https://mapped.invalid/a") == []
    assert await deliver(both, destination.url) == []
    assert len(await deliver(both, "https://another.invalid")) == 1
    await both[1].call("POST", "/_dev/reset")
    assert len(await deliver(both, FOREIGN)) == 1


async def test_a_limited_number_of_hosts_is_remembered(serve: Serve) -> None:
    both = await serve(limits=Limits(known_hosts=2))
    told_of = [len(await deliver(both, f"https://{name}.invalid")) for name in ("a", "b", "b", "c", "c", "a")]
    assert told_of == [1, 1, 0, 1, 0, 1]
