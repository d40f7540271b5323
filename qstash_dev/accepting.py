"""Accepts connections, and no more than there are file descriptors for."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sequence

from qstash_dev.api.http.connections import Clients
from qstash_dev.internal_errors import tell
from qstash_dev.sockets import BACKLOG

logger = logging.getLogger("qstash_dev")

_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# So many are accepted in one pass of the loop.
_AT_ONCE = 64
_PAUSE_S = 0.5


class Acceptor:
    """Makes a protocol for each connection that comes on any of its sockets.

    At the limit idle connections are closed for new ones; if none is idle, new ones wait in the system's queue.
    """

    def __init__(self, connect: Callable[[], asyncio.Protocol], clients: Clients, limit: int) -> None:
        self.connect = connect
        self._clients = clients
        self._limit = limit
        self._listeners: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._beginning: set[asyncio.Task[None]] = set()
        self._paused: asyncio.TimerHandle | None = None
        self._told = False
        self._stopped = False
        clients.on_left = self._somebody_left

    async def listen(self, sockets: Sequence[socket.socket]) -> None:
        """Accept what comes on these, which are listening already, and close them in the end."""
        loop = asyncio.get_running_loop()
        for listener in sockets:
            try:
                loop.add_reader(listener, self._accept, listener)
                self._listeners.append(listener)
            except NotImplementedError:
                # The loop of Windows, which has no such limit.
                self._servers.append(await loop.create_server(self.connect, sock=listener, backlog=BACKLOG))

    async def stop(self) -> None:
        """Accept nothing more; who has been accepted is known to ``clients``."""
        self._stopped = True
        self._rest()
        for server in self._servers:
            server.close()
        while self._beginning:
            await asyncio.wait(self._beginning)
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        """Somebody waits to be accepted, and perhaps more do."""
        if self._is_full():
            self._make_room()
        for _ in range(_AT_ONCE):
            if self._is_full():
                return
            try:
                accepted, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    tell("accepting a connection", error)
                self._wait(f"no new connection can be accepted ({error.strerror})")
                return
            accepted.setblocking(False)
            task = asyncio.get_running_loop().create_task(self._begin(accepted))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _begin(self, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self.connect, accepted)
        except OSError:
            # It is gone already.
            accepted.close()
        except Exception as error:
            accepted.close()
            tell("accepting a connection", error)

    def _is_full(self) -> bool:
        return len(self._clients) + len(self._beginning) >= self._limit

    def _make_room(self) -> None:
        """Close an idle connection, whose descriptor is free in the next pass of the loop, or wait for another."""
        if self._clients.close_an_idle_one():
            self._wait(None)
        else:
            self._wait(f"{len(self._clients)} connections are open, which is the limit")

    def _wait(self, reason: str | None) -> None:
        """Accept nothing for a moment, or until somebody leaves; say why once for each time of trouble."""
        self._rest()
        self._paused = asyncio.get_running_loop().call_later(_PAUSE_S, self._go_on)
        if reason is not None and not self._told:
            self._told = True
            logger.warning("warning: %s; new ones wait until others end", reason)

    def _rest(self) -> None:
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None

    def _go_on(self) -> None:
        self._paused = None
        if not self._stopped:
            for listener in self._listeners:
                asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _somebody_left(self) -> None:
        if len(self._clients) <= self._limit // 2:
            self._told = False
        if self._paused is not None and len(self._clients) < self._limit:
            self._paused.cancel()
            self._go_on()
