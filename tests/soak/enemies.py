"""The process of everything that is hostile. Reads one line that starts it, and ends with its standard input.

Prints what was promised to it, one JSON object a second.
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
from tests.soak.clients import Server, attack
from tests.soak.destinations import listen
from tests.soak.guests import Guest

_REPORT_S = 0.5
_NICE = 19


async def main() -> None:
    """Listen, wait for the word, attack, and let go."""
    alive: set[asyncio.Task[None]] = set()
    urls = await listen(alive)
    orders = await _standard_input()
    print(json.dumps({"listening": len(urls)}), flush=True)
    order = json.loads(await orders.readline())
    server = Server(order["port"], USERS[1].token, urls["flaky"])
    promised: list[str] = []
    guest = Guest(server, urls, promised.append)
    fighting = asyncio.gather(
        attack(server, tuple(order["without"])),
        guest.stay(order["perS"]),
        _report(guest, promised, alive),
    )
    # The next line, or the end of the driver, is the end of it.
    stopped = asyncio.ensure_future(orders.readline())
    await asyncio.wait([fighting, stopped], return_when=asyncio.FIRST_COMPLETED)
    fighting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await fighting
    await guest.leave()
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
    os.nice(_NICE)
    pin(0, DRIVER_CORE)
    asyncio.run(main())
