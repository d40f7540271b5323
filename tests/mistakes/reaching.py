"""Apps that are not reached, and answers that do not come."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qstash_dev.config import Config, Limits
from tests.delivery.rogue import (
    Behaviour,
    Connection,
    answers_every_request,
    greets_with,
    is_silent,
    says,
    says_and_stays,
)
from tests.delivery.test_tls import make_certificate
from tests.mistakes.mistake import Make, Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
REACHING = Section("The app is not reached")
ANSWERING = Section("The answer does not come, or not all of it")


def publishes(url: str, **options: Any) -> Make:
    async def make(scene: Scene) -> None:
        await scene.publish(url, **options)
        await scene.rest()

    return make


def to_rogue(*script: Behaviour, url: str = "http://127.0.0.1:{port}/api", **options: Any) -> Make:
    async def make(scene: Scene) -> None:
        rogue = await scene.rogue(*script)
        await scene.publish(url.format(port=rogue.port), **options)
        await scene.rest()

    return make


def listens_on(address: str, published: str) -> Make:
    async def make(scene: Scene) -> None:
        port = await scene.listening(address)
        await scene.publish(f"http://{published}:{port}/api")
        await scene.rest()

    return make


def with_tls(scheme: str) -> Make:
    async def make(scene: Scene) -> None:
        with TemporaryDirectory() as folder:
            context = make_certificate(Path(folder), "local", "DNS:localhost,IP:127.0.0.1", "-days", "2").context
        rogue = await scene.rogue(answers_every_request, tls=context)
        await scene.publish(f"{scheme}://127.0.0.1:{rogue.port}/api")
        await scene.rest()

    return make


async def closes_unread(connection: Connection) -> None:
    await connection.head()
    connection.reset()


def _attempt(section: Section, said: str, fault: Party, reason: str, make: Make, **options: Any) -> None:
    section.add(said, fault, Place.ATTEMPT, reason, make, **options)


_attempt(REACHING, "the app is not running", Party.APP, "connection-refused", publishes("http://localhost:1/api"))
_attempt(REACHING, "the app listens on `::1` only", Party.APP, "other-address", listens_on("::1", "127.0.0.1"))
_attempt(
    REACHING, "the app listens on `127.0.0.1` only", Party.APP, "other-address", listens_on("127.0.0.1", "[::1]")
)
_attempt(
    REACHING,
    "a host that only exists in production",
    Party.NETWORK,
    "host-not-found",
    publishes("https://api.shop.invalid/hook"),
)
_attempt(
    REACHING,
    "a host off this machine, with `--local-only`",
    Party.SETTING,
    "not-mapped",
    publishes("https://api.shop.invalid/hook"),
    config=Config(port=0, shutdown_grace_s=0, local_only=True),
)
_attempt(REACHING, "the name of a container", Party.NETWORK, "host-not-found", publishes("http://web:3000/api"))
_attempt(
    REACHING,
    "`host.docker.internal` outside of a container",
    Party.NETWORK,
    "host-not-found",
    publishes("http://host.docker.internal:3000/api"),
)
_attempt(REACHING, "`http://` for an https port", Party.CALLER, "https-expected", with_tls("http"), programs=True)
_attempt(
    REACHING,
    "`https://` for an http port",
    Party.CALLER,
    "http-expected",
    to_rogue(greets_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"), url="https://127.0.0.1:{port}/api"),
)
_attempt(REACHING, "a self-signed certificate", Party.APP, "tls-not-trusted", with_tls("https"), programs=True)
_attempt(
    REACHING,
    "another program listens on the port",
    Party.CALLER,
    "not-http",
    to_rogue(greets_with(b"SSH-2.0-OpenSSH_9.9\r\n")),
)
_attempt(REACHING, "the port of Redis", Party.CALLER, "not-http", to_rogue(says(b"-ERR unknown command 'POST'\r\n")))


async def to_own_server(scene: Scene) -> None:
    await scene.publish(f"{scene.server.url}/api/hook")
    await scene.rest()


_attempt(REACHING, "the address of qstash-dev itself", Party.CALLER, "own-server", to_own_server)


async def to_full_backlog(scene: Scene) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    scene.finally_(listener.close)
    address = listener.getsockname()
    for _ in range(2):
        waiting = socket.socket()
        waiting.setblocking(False)
        with suppress(BlockingIOError):
            waiting.connect(address)
        scene.finally_(waiting.close)
    await scene.publish(scene.named(f"http://127.0.0.1:{address[1]}/api"), timeout="1s")
    await scene.rest()


_attempt(REACHING, "nothing takes the connection", Party.NETWORK, "connect-timeout", to_full_backlog)

_attempt(
    ANSWERING,
    "the app is slow, or stopped in a debugger",
    Party.APP,
    "answer-timeout",
    to_rogue(is_silent, timeout="1s"),
)
_attempt(
    ANSWERING,
    "the app streams for longer than its timeout",
    Party.APP,
    "body-timeout",
    to_rogue(says_and_stays(CHUNKED), timeout="1s"),
)
_attempt(
    ANSWERING,
    "the app crashes before it answers",
    Party.APP,
    "closed-without-answer",
    to_rogue(says(b""), is_silent),
    config=Config(port=0, shutdown_grace_s=0, limits=Limits(probe_s=0.01)),
)
_attempt(ANSWERING, "the app crashes while it answers", Party.APP, "answer-broken-off", to_rogue(says(CHUNKED)))
_attempt(
    ANSWERING,
    "the app takes no body of this size and closes",
    Party.APP,
    "closed-while-sending",
    to_rogue(closes_unread, body=b"x" * 9_000_000),
)
_attempt(
    ANSWERING,
    "the answer is too large",
    Party.APP,
    "body-too-large",
    to_rogue(says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 11_000_000)),
)


async def meets_a_fault(scene: Scene) -> None:
    await scene.control("POST", "faults", match="*", status=503)
    await scene.publish("http://localhost:3000/api")
    await scene.rest()


_attempt(ANSWERING, "a fault that was forgotten", Party.SETTING, "injected-fault", meets_a_fault)
