"""A socket to whichever address of a host answers first."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

# How long an address may be silent before the next one is tried as well (RFC 8305, 5).
HEAD_START_S = 0.25


async def connected(addresses: Sequence[str], port: int) -> socket.socket:
    """A connected socket. A refusal, as ``localhost`` has for a program that listens on one family only, leads on to
    the next address at once; silence leads on after a moment.

    Raises:
        OSError: no address answers; a refusal tells more than any other reason.
    """
    if len(addresses) == 1:
        return await _dial(addresses[0], port)
    left = list(addresses)
    dials: list[asyncio.Task[socket.socket]] = []
    try:
        while left or not all(dial.done() for dial in dials):
            if left:
                dials.append(asyncio.get_running_loop().create_task(_dial(left.pop(0), port)))
            under_way = [dial for dial in dials if not dial.done()]
            patience_s = HEAD_START_S if left else None
            done, _ = await asyncio.wait(under_way, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            for dial in done:
                if dial.exception() is None:
                    dials.remove(dial)
                    return dial.result()
        raise _reason([error for dial in dials if (error := dial.exception()) is not None])
    finally:
        for dial in dials:
            _give_up(dial)


def _reason(errors: list[BaseException]) -> BaseException:
    return next((error for error in errors if isinstance(error, ConnectionRefusedError)), errors[0])


def _give_up(dial: asyncio.Task[socket.socket]) -> None:
    if not dial.done():
        dial.cancel()
    elif dial.exception() is None:
        dial.result().close()


async def _dial(address: str, port: int) -> socket.socket:
    parsed = ipaddress.ip_address(address)
    where: tuple[str, int] | tuple[str, int, int, int] = (address, port)
    if isinstance(parsed, ipaddress.IPv6Address):
        bare, _, zone = address.partition("%")
        where = (bare, port, 0, _zone_number(zone))
    family = socket.AF_INET if len(where) == 2 else socket.AF_INET6
    # Named, or asyncio would not let small answers go out at once.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def _zone_number(zone: str) -> int:
    if zone.isascii() and zone.isdigit():
        return min(int(zone[:10]), 0xFFFFFFFF)
    return socket.if_nametoindex(zone) if zone else 0
