"""The addresses of hosts, resolved in threads so that a slow name does not delay other deliveries."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections import OrderedDict

LOOPBACK = ("127.0.0.1", "::1")
# A look-up cannot be cancelled and may take half a minute to fail. One user never has this many calls in flight, so
# there are always look-ups left for the others.
MAX_LOOKUPS = 1_000

Found = list[str] | Exception


class Resolver:
    """Looks up each name in a daemon thread, once at a time. The end of the process does not wait for the threads.

    Addresses are not looked up, and neither are ``localhost`` and the names below it, which are both loopback
    addresses (RFC 6761, 6.3).
    """

    def __init__(self, max_lookups: int = MAX_LOOKUPS) -> None:
        self._max_lookups = max_lookups
        self._lookups: dict[str, asyncio.Future[Found]] = {}
        self._queue: OrderedDict[str, None] = OrderedDict()
        self._running = 0

    async def addresses(self, host: str) -> list[str]:
        """The addresses of a host, in the order in which to try them.

        Raises OSError: the name has no address.
        Raises UnicodeError: it is not a valid name.
        """
        if _is_address(host):
            return [host]
        name = host.lower().removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return list(LOOPBACK)
        lookup = self._lookups.get(host)
        if lookup is None:
            self._lookups[host] = lookup = asyncio.get_running_loop().create_future()
            self._queue[host] = None
            self._start_more()
        # Shielded, because other requests may wait for the same look-up.
        found = await asyncio.shield(lookup)
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _start_more(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue and self._running < self._max_lookups:
            host, _ = self._queue.popitem(last=False)
            try:
                threading.Thread(target=self._look_up, args=(host, loop), name=f"lookup {host}", daemon=True).start()
            except RuntimeError as error:
                # The system has no more threads: wait until one of ours ends, if there is one.
                if self._running:
                    self._queue[host] = None
                    self._queue.move_to_end(host, last=False)
                else:
                    self._lookups.pop(host).set_result(OSError(str(error)))
                return
            self._running += 1

    def _look_up(self, host: str, loop: asyncio.AbstractEventLoop) -> None:
        found: Found
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(address[0]) for *_, address in answers))
        except Exception as error:
            found = error
        with contextlib.suppress(RuntimeError):
            # The loop may have been closed meanwhile.
            loop.call_soon_threadsafe(self._ended, host, found)

    def _ended(self, host: str, found: Found) -> None:
        self._running -= 1
        self._lookups.pop(host).set_result(found)
        self._start_more()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
