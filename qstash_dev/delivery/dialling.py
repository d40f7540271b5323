"""A socket to whichever address of a host answers first."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

Dial = Callable[[str, int], Coroutine[Any, Any, socket.socket]]


async def dial(address: str, port: int) -> socket.socket:
    """A socket connected to one address.

    Raises:
        OSError: it does not answer.
    """
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


async def connected(addresses: Sequence[str], port: int, head_start_s: float, dial: Dial = dial) -> socket.socket:
    """A connected socket. A refusal, as ``localhost`` has for a program that listens on one family only, leads on to
    the next address at once; silence leads on after ``head_start_s``. ``dial`` opens a connection to one address.

    Raises:
        OSError: no address answers; a refusal tells more than any other reason.
    """
    if len(addresses) == 1:
        return await dial(addresses[0], port)
    left = list(addresses)
    dials: list[asyncio.Task[socket.socket]] = []
    try:
        while left or not all(one.done() for one in dials):
            if left:
                dials.append(asyncio.get_running_loop().create_task(dial(left.pop(0), port)))
            under_way = [one for one in dials if not one.done()]
            patience_s = head_start_s if left else None
            done, _ = await asyncio.wait(under_way, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                if one.exception() is None:
                    dials.remove(one)
                    return one.result()
        raise _reason([error for one in dials if (error := one.exception()) is not None])
    finally:
        for one in dials:
            _give_up(one)


def _reason(errors: list[BaseException]) -> BaseException:
    return next((error for error in errors if isinstance(error, ConnectionRefusedError)), errors[0])


def _give_up(task: asyncio.Task[socket.socket]) -> None:
    if not task.done():
        task.cancel()
    elif task.exception() is None:
        task.result().close()


def _zone_number(zone: str) -> int:
    if zone.isascii() and zone.isdigit():
        return min(int(zone[:10]), 0xFFFFFFFF)
    return socket.if_nametoindex(zone) if zone else 0
