"""Acceptance of client connections, limited so that the process does not run out of file descriptors."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sequence

from qstash_dev.api.http.connections import Clients
from qstash_dev.internal_errors import tell
from qstash_dev.receiving import Receiver
from qstash_dev.sockets import BACKLOG

logger = logging.getLogger("qstash_dev")

_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# Connections accepted in one pass of the event loop.
_MAX_ACCEPTS_PER_PASS = 64
_PAUSE_S = 0.5


class Acceptor:
    """Accepts connections on its listening sockets and makes a protocol for each with ``connect``.

    When ``limit`` connections are open, an idle one is closed to make room for a new one. If none is idle, new ones
    wait in the backlog of the operating system.
    """

    def __init__(self, connect: Callable[[], Receiver], clients: Clients, limit: int) -> None:
        self.connect = connect
        self._clients = clients
        self._limit = limit
        self._listeners: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._paused: asyncio.TimerHandle | None = None
        self._has_warned = False
        self._stopped = False
        clients.on_left = self._client_left

    async def listen(self, sockets: Sequence[socket.socket]) -> None:
        """Accept connections on these sockets, which are listening already. :meth:`stop` closes them."""
        loop = asyncio.get_running_loop()
        for listener in sockets:
            try:
                loop.add_reader(listener, self._accept, listener)
                self._listeners.append(listener)
            except NotImplementedError:
                # Windows: its loop cannot watch a listening socket, and it has no limit on file descriptors.
                self._servers.append(await loop.create_server(self.connect, sock=listener, backlog=BACKLOG))

    async def stop(self) -> None:
        """Accept no more connections. Those that are open stay in ``clients``."""
        self._stopped = True
        self._stop_watching()
        for server in self._servers:
            server.close()
        while self._starting:
            await asyncio.wait(self._starting)
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        """Accept the connections that wait on a listening socket."""
        if self._is_full():
            self._make_room()
        for _ in range(_MAX_ACCEPTS_PER_PASS):
            if self._is_full():
                return
            try:
                accepted, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    tell("accepting a connection", error)
                self._pause(f"no new connection can be accepted ({error.strerror})")
                return
            accepted.setblocking(False)
            task = asyncio.get_running_loop().create_task(self._start(accepted))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self.connect, accepted)
        except OSError:
            # The client has disconnected already.
            accepted.close()
        except Exception as error:
            accepted.close()
            tell("accepting a connection", error)

    def _is_full(self) -> bool:
        return len(self._clients) + len(self._starting) >= self._limit

    def _make_room(self) -> None:
        """Close an idle connection if there is one, and pause: its descriptor is free in the next pass of the
        loop."""
        if self._clients.close_an_idle_one():
            self._pause(None)
        else:
            self._pause(f"{len(self._clients)} connections are open, which is the limit")

    def _pause(self, reason: str | None) -> None:
        """Accept nothing for half a second or until a client disconnects. ``reason`` is logged, but not
        again until half of the connections are closed."""
        self._stop_watching()
        self._paused = asyncio.get_running_loop().call_later(_PAUSE_S, self._resume)
        if reason is not None and not self._has_warned:
            self._has_warned = True
            logger.warning("warning: %s; new connections wait until others are closed", reason)

    def _stop_watching(self) -> None:
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None

    def _resume(self) -> None:
        self._paused = None
        if not self._stopped:
            for listener in self._listeners:
                asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _client_left(self) -> None:
        if len(self._clients) <= self._limit // 2:
            self._has_warned = False
        if self._paused is not None and len(self._clients) < self._limit:
            self._paused.cancel()
            self._resume()
