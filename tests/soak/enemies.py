"""The process of the other users, who behave at first and are hostile later. Does what each line of its standard
input says until the next one comes, and ends with it.

Prints which messages the server has accepted from it, one JSON object twice a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

from qstash_dev.state.tenant import USERS
from tests.bench.load.cores import DRIVER_CORE, pin
from tests.bench.load.waiting import within
from tests.soak.clients import Server, connect
from tests.soak.destinations import listen
from tests.soak.guests import Guest

_REPORT_S = 0.5


async def main() -> None:
    """Listen, and do as each line says until the next one comes."""
    alive: set[asyncio.Task[None]] = set()
    urls = await listen(alive)
    orders = await _standard_input()
    print(json.dumps({"listening": len(urls)}), flush=True)
    promised: list[str] = []
    guest = Guest(urls, promised.append)
    next_order = asyncio.ensure_future(orders.readline())
    # An empty order, or the end of the driver, is the end of it.
    while order := json.loads(await next_order or b"{}"):
        server = Server(order["port"], USERS[1].token, urls["flaky"])
        fighting = asyncio.gather(
            connect(server, tuple(order["without"]), hostile=order["hostile"]),
            guest.stay(server, order["perS"], hostile=order["hostile"]),
            _report(guest, promised, alive),
        )
        next_order = asyncio.ensure_future(orders.readline())
        await asyncio.wait([fighting, next_order], return_when=asyncio.FIRST_COMPLETED)
        fighting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fighting
        await guest.leave(server)
    print(json.dumps(_told(guest, promised, alive) | {"done": True}), flush=True)
    await orders.read()
    # Hundreds of connections are in the middle of something, and none of them matters any more.
    os._exit(0)


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _report(guest: Guest, promised: list[str], alive: set[asyncio.Task[None]]) -> None:
    while True:
        await within(_REPORT_S)
        print(json.dumps(_told(guest, promised, alive)), flush=True)


def _told(guest: Guest, promised: list[str], alive: set[asyncio.Task[None]]) -> dict[str, object]:
    told = {"promised": promised.copy(), "refused": guest.refused, "deliveries": len(alive)}
    promised.clear()
    return told


if __name__ == "__main__":
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    pin(0, DRIVER_CORE)
    asyncio.run(main())
