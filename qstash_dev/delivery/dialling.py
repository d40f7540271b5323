"""Connecting to a host that has several addresses (RFC 8305, Happy Eyeballs)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

Connect = Callable[[str, int], Coroutine[Any, Any, socket.socket]]


async def connect_to(address: str, port: int) -> socket.socket:
    """A socket that is connected to this address.

    Raises OSError: it does not accept.
    """
    parsed = ipaddress.ip_address(address)
    target: tuple[str, int] | tuple[str, int, int, int] = (address, port)
    if isinstance(parsed, ipaddress.IPv6Address):
        bare, _, zone = address.partition("%")
        target = (bare, port, 0, _zone_number(zone))
    family = socket.AF_INET if len(target) == 2 else socket.AF_INET6
    # asyncio sets TCP_NODELAY only on sockets with an explicit IPPROTO_TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, target)
    except BaseException:
        sock.close()
        raise
    return sock


async def connect(
    addresses: Sequence[str], port: int, head_start_s: float, connect_to: Connect = connect_to
) -> socket.socket:
    """A socket that is connected to the first address that accepts. After an error the next address is tried at once,
    otherwise after ``head_start_s``. ``connect_to`` connects to one of the addresses.

    Raises OSError: no address accepts; that of a refused connection, if there is one.
    """
    if len(addresses) == 1:
        return await connect_to(addresses[0], port)
    left = list(addresses)
    attempts: list[asyncio.Task[socket.socket]] = []
    try:
        while left or not all(attempt.done() for attempt in attempts):
            if left:
                attempts.append(asyncio.get_running_loop().create_task(connect_to(left.pop(0), port)))
            running = [attempt for attempt in attempts if not attempt.done()]
            timeout_s = head_start_s if left else None
            done, _ = await asyncio.wait(running, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                if attempt.exception() is None:
                    attempts.remove(attempt)
                    return attempt.result()
        errors = [error for attempt in attempts if (error := attempt.exception()) is not None]
        raise next((error for error in errors if isinstance(error, ConnectionRefusedError)), errors[0])
    finally:
        for attempt in attempts:
            if not attempt.done():
                attempt.cancel()
            elif attempt.exception() is None:
                attempt.result().close()


def _zone_number(zone: str) -> int:
    if zone.isascii() and zone.isdigit():
        return min(int(zone[:10]), 0xFFFFFFFF)
    return socket.if_nametoindex(zone) if zone else 0
