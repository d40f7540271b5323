"""Connections to destinations: those that are idle, those being opened, and who waits for one."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict, deque
from collections.abc import Callable

from qstash_dev.clock import Clock
from qstash_dev.config import Limits
from qstash_dev.delivery.connection import Connection
from qstash_dev.delivery.dialling import connected
from qstash_dev.delivery.resolver import Resolver
from qstash_dev.protocol.target import Origin

# Common servers drop idle connections after two seconds or more; a request that meets the end of its connection
# could not be told from one that was processed, so we give up earlier.
MAX_IDLE_S = 1.5
_MAX_IDLE_CONNECTIONS = 256

Given = Callable[[Connection | Exception], None]


class Pool:
    """A connection serves one request at a time, and is handed on to the next."""

    def __init__(
        self,
        clock: Clock,
        max_body_bytes: int,
        *,
        verify_tls: bool = True,
        ca_file: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._max_body_bytes = max_body_bytes
        self._verify_tls = verify_tls
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._resolver = Resolver()
        self._idle: dict[Origin, deque[Connection]] = {}
        self._opening: dict[Origin, list[asyncio.Task[None]]] = {}
        self._waiting: dict[Origin, OrderedDict[Given, None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def idle(self, origin: Origin, now_s: float) -> Connection | None:
        """A connection that is open already, if there is one to be trusted."""
        connections = self._idle.get(origin)
        while connections:
            # The latest first: the others grow old together and are dropped.
            connection = connections.pop()
            limit_s = min(MAX_IDLE_S, (connection.keep_alive_s or MAX_IDLE_S + 1) - 1)
            if connection.usable and now_s - connection.idle_since_s < limit_s:
                return connection
            connection.close()
        return None

    def wait(self, origin: Origin, given: Given) -> None:
        """Call ``given`` later with a connection that has become free or was opened, or with why none could be."""
        self._waiting.setdefault(origin, OrderedDict())[given] = None
        self._open_more(origin)

    def leave(self, origin: Origin, given: Given) -> None:
        """Do not wait any longer. Nobody opens connections that nobody waits for: some take minutes to fail."""
        waiting = self._waiting.get(origin)
        if waiting is None or given not in waiting:
            return
        del waiting[given]
        self._fewer_wait(origin, waiting)

    def put_back(self, origin: Origin, connection: Connection, now_s: float) -> None:
        """Hand a connection on to whoever waits for one, or keep it for the next request, if it is good for one."""
        if not connection.usable:
            return
        # Whoever has a connection coming waits for that one: a destination would see it opened for nothing.
        if len(self._waiting.get(origin, ())) > len(self._opening.get(origin, ())) and self._hand_on(
            origin, connection
        ):
            return
        connection.idle_since_s = now_s
        connections = self._idle.setdefault(origin, deque())
        connections.append(connection)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(MAX_IDLE_S, self._close_idle)
        if len(connections) > _MAX_IDLE_CONNECTIONS:
            connections.popleft().close()
        if len(self._idle) > _MAX_IDLE_CONNECTIONS:
            self._drop_oldest_origin()

    async def close(self) -> None:
        """Drop all connections."""
        if self._sweep is not None:
            self._sweep.cancel()
        for task in self._tasks:
            task.cancel()
        # Also those that nobody needed any more: each may hold a socket until it has ended.
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        # Aborted transports close their sockets in the next pass of the loop.
        await asyncio.sleep(0)

    def _open_more(self, origin: Origin) -> None:
        waiting = self._waiting.get(origin, ())
        opening = self._opening.setdefault(origin, [])
        while len(opening) < min(len(waiting), self._limits.opening_connections):
            task = asyncio.get_running_loop().create_task(self._open(origin))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            opening.append(task)
        if not opening:
            del self._opening[origin]

    async def _open(self, origin: Origin) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            given: Connection | Exception = await self._connect(origin)
        except Exception as error:
            # Whatever a destination does must end in the event log, not in the server.
            given = error
        opening = self._opening.get(origin, [])
        if task in opening:
            opening.remove(task)
        if not self._hand_on(origin, given) and isinstance(given, Connection):
            # A server that serves one connection at a time would wait for what nobody sends.
            given.close()
        self._open_more(origin)

    async def _connect(self, origin: Origin) -> Connection:
        addresses = await self._resolver.addresses(origin.host)
        sock = await connected(addresses, origin.port, self._limits.head_start_s)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._max_body_bytes),
                sock=sock,
                ssl=self._tls_context() if origin.tls else None,
                server_hostname=origin.host if origin.tls else None,
            )
        except BaseException:
            sock.close()
            raise
        return connection

    def _hand_on(self, origin: Origin, given: Connection | Exception) -> bool:
        """Give it to whoever has waited longest; ``False`` if nobody waits."""
        waiting = self._waiting.get(origin)
        if waiting is None:
            return False
        first, _ = waiting.popitem(last=False)
        self._fewer_wait(origin, waiting)
        first(given)
        return True

    def _fewer_wait(self, origin: Origin, waiting: OrderedDict[Given, None]) -> None:
        opening = self._opening.get(origin, [])
        if len(opening) > len(waiting):
            # The oldest: if one of them leads nowhere, it is most likely that.
            opening.pop(0).cancel()
            self._open_more(origin)
        if not waiting:
            del self._waiting[origin]

    def _close_idle(self) -> None:
        """Close what nobody has used for long: a destination that shuts down may wait for us to do so."""
        self._sweep = None
        oldest_s = self._clock.monotonic_s() - MAX_IDLE_S
        for origin, connections in list(self._idle.items()):
            while connections and connections[0].idle_since_s <= oldest_s:
                connections.popleft().close()
            if not connections:
                del self._idle[origin]
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(MAX_IDLE_S, self._close_idle)

    def _drop_oldest_origin(self) -> None:
        for connection in self._idle.pop(next(iter(self._idle))):
            connection.close()

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            if self._ca_file is not None:
                self._tls.load_verify_locations(self._ca_file)
            if not self._verify_tls:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE
        return self._tls
