"""The pool of connections to destinations: idle ones, those that are being opened, and requests that wait for one."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict, deque
from collections.abc import Callable

from qstash_dev.clock import Clock
from qstash_dev.config import Limits
from qstash_dev.delivery.connection import Connection
from qstash_dev.delivery.dialling import connect
from qstash_dev.delivery.failure import HandshakeEnded
from qstash_dev.delivery.probes import Probes
from qstash_dev.delivery.resolver import Resolver
from qstash_dev.protocol.target import Origin
from qstash_dev.receiving import read_memory

# Common servers close idle connections after two seconds or more. If that happens during a request, it is not known
# whether the request was processed, so connections are closed earlier here.
MAX_IDLE_S = 1.5
_MAX_IDLE_CONNECTIONS = 256

OnConnection = Callable[[Connection | Exception], None]


class Pool:
    """Persistent connections by origin. Each serves one request at a time."""

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
        self._memory = read_memory()
        self._verify_tls = verify_tls
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._resolver = Resolver()
        self.probes = Probes(self._limits.probe_s)
        self._idle: dict[Origin, deque[Connection]] = {}
        self._opening: dict[Origin, list[asyncio.Task[None]]] = {}
        self._waiting: dict[Origin, OrderedDict[OnConnection, None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def idle(self, origin: Origin, now_s: float) -> Connection | None:
        """An open connection that the destination will not close soon, if there is one."""
        connections = self._idle.get(origin)
        while connections:
            # The one that was used last, so that the others become too old together.
            connection = connections.pop()
            limit_s = min(MAX_IDLE_S, (connection.keep_alive_s or MAX_IDLE_S + 1) - 1)
            if connection.usable and now_s - connection.idle_since_s < limit_s:
                return connection
            connection.close()
        return None

    def wait(self, origin: Origin, on_connection: OnConnection) -> None:
        """Call ``on_connection`` later with a free or new connection, or with the error if none could be opened."""
        self._waiting.setdefault(origin, OrderedDict())[on_connection] = None
        self._open_more(origin)

    def leave(self, origin: Origin, on_connection: OnConnection) -> None:
        """Stop waiting, and stop opening a connection that is no longer needed: it may take minutes to fail."""
        waiting = self._waiting.get(origin)
        if waiting is None or on_connection not in waiting:
            return
        del waiting[on_connection]
        self._fewer_wait(origin, waiting)

    def put_back(self, origin: Origin, connection: Connection, now_s: float) -> None:
        """Give a connection to a waiting request or keep it for the next one. A closed one is ignored."""
        if not connection.usable:
            return
        # Requests wait for the connections that are being opened: otherwise these would be opened and never used.
        if len(self._waiting.get(origin, ())) > len(self._opening.get(origin, ())) and self._give_to_waiting(
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
        """Close all connections."""
        if self._sweep is not None:
            self._sweep.cancel()
        await self.probes.close()
        for task in self._tasks:
            task.cancel()
        # Cancelled tasks too, because each may have a socket until it ends.
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
        try:
            opened: Connection | Exception = await self._connect(origin)
        except Exception as error:
            # Any error goes to the event log of the message; with its traceback it would refer to itself.
            opened = error.with_traceback(None)
        # Not before: the error of a cancelled task refers to its variables, and the task to its error.
        task = asyncio.current_task()
        assert task is not None
        opening = self._opening.get(origin, [])
        if task in opening:
            opening.remove(task)
        if not self._give_to_waiting(origin, opened) and isinstance(opened, Connection):
            # Not kept: a destination that serves one connection at a time would wait for a request on it.
            opened.close()
        self._open_more(origin)

    async def _connect(self, origin: Origin) -> Connection:
        addresses = await self._resolver.addresses(origin.host)
        sock = await connect(addresses, origin.port, self._limits.head_start_s)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._max_body_bytes, self._memory),
                sock=sock,
                ssl=self._tls_context() if origin.tls else None,
                server_hostname=origin.host if origin.tls else None,
            )
        except BaseException as error:
            sock.close()
            if origin.tls and isinstance(error, ConnectionError):
                raise HandshakeEnded from error
            raise
        return connection

    def _give_to_waiting(self, origin: Origin, opened: Connection | Exception) -> bool:
        """Give a connection or error to the request that has waited longest; ``False`` if none waits."""
        waiting = self._waiting.get(origin)
        if waiting is None:
            return False
        first, _ = waiting.popitem(last=False)
        self._fewer_wait(origin, waiting)
        first(opened)
        return True

    def _fewer_wait(self, origin: Origin, waiting: OrderedDict[OnConnection, None]) -> None:
        opening = self._opening.get(origin, [])
        if len(opening) > len(waiting):
            # The oldest, which is the most likely to fail.
            opening.pop(0).cancel()
            self._open_more(origin)
        if not waiting:
            del self._waiting[origin]

    def _close_idle(self) -> None:
        """Close connections that are idle for too long: a destination that shuts down may wait for it."""
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
