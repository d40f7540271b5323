"""Probes of loopback addresses: whether a port that failed listens again, answers at another address, or speaks TLS.

Each is one connection to this machine, which sends nothing but the beginning of a TLS handshake.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from qstash_dev.delivery.connection import BrokenOff
from qstash_dev.delivery.dialling import connect, connect_to
from qstash_dev.delivery.failure import OtherAddress, SpeaksTls
from qstash_dev.delivery.resolver import LOOPBACK
from qstash_dev.protocol.target import Origin

_OTHER_FAMILY = {"127.0.0.1": "::1", "0.0.0.0": "::1", "::1": "127.0.0.1", "::": "127.0.0.1"}
_LOOPBACK = (*_OTHER_FAMILY, "localhost")
_HEAD_START_S = 0.05
_HANDSHAKE = b"\x16"  # RFC 8446, 5.1
_REFUSED_S = 1.0
# Longer, because an application may log a handshake that it does not understand.
_CLOSED_S = 60.0

Explained = Callable[[Exception], None]


def loopback_addresses(host: str) -> tuple[str, ...]:
    """The loopback addresses that a host stands for, none if it is elsewhere; no name is looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        return LOOPBACK if name == "localhost" or name.endswith(".localhost") else ()
    return (host,) if address.is_loopback or address.is_unspecified else ()


async def listens(origin: Origin, timeout_s: float) -> bool:
    """Whether a connection to this loopback origin is accepted; it is closed again."""
    try:
        async with asyncio.timeout(timeout_s):
            (await connect(loopback_addresses(origin.host), origin.port, _HEAD_START_S)).close()
    except OSError:
        return False
    return True


class Probes:
    """Finds better explanations of failed connections. For each origin there is at most one probe in a second after
    refused connections, and in a minute after closed ones: other failures get the explanation that it found.
    ``timeout_s`` limits a probe."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._recent: dict[tuple[Origin, bool], asyncio.Task[Exception | None]] = {}

    def explain(self, origin: Origin, error: ConnectionError, explained: Explained) -> None:
        """Call ``explained`` with a better error, or with this one; at once if no probe can help."""
        refused = isinstance(error, ConnectionRefusedError)
        if refused:
            can_help = origin.host in _OTHER_FAMILY
        else:
            can_help = origin.host in _LOOPBACK and not origin.tls and not isinstance(error, BrokenOff)
        if not can_help:
            explained(error)
            return
        key = origin, refused
        task = self._recent.get(key)
        if task is None:
            loop = asyncio.get_running_loop()
            self._recent[key] = task = loop.create_task(self._probe(*key))
            loop.call_later(_REFUSED_S if refused else _CLOSED_S, self._recent.pop, key, None)
        task.add_done_callback(partial(_report, error, explained))

    async def close(self) -> None:
        """Stop all probes."""
        for task in self._recent.values():
            task.cancel()
        await asyncio.gather(*self._recent.values(), return_exceptions=True)

    async def _probe(self, origin: Origin, refused: bool) -> Exception | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await (_other_address(origin) if refused else _tls(origin))
        except OSError:
            return None


def _report(error: Exception, explained: Explained, probe: asyncio.Task[Exception | None]) -> None:
    explained(error if probe.cancelled() else probe.result() or error)


async def _other_address(origin: Origin) -> Exception:
    other = origin._replace(host=_OTHER_FAMILY[origin.host])
    (await connect_to(other.host, other.port)).close()
    return OtherAddress(other)


async def _tls(origin: Origin) -> Exception | None:
    # By hand: a connection of asyncio whose handshake fails is left to the garbage collector.
    context, hello = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.MemoryBIO()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
    loop = asyncio.get_running_loop()
    with await connect(loopback_addresses(origin.host), origin.port, _HEAD_START_S) as sock:
        await loop.sock_sendall(sock, hello.read())
        return SpeaksTls() if await loop.sock_recv(sock, 1) == _HANDSHAKE else None
