"""The open connections of clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

# Connections that are examined to find an idle one.
_LOOKS = 64


class ClientConnection(Protocol):
    """A connection as either reader of requests implements it, the fast path or :class:`RequestReader`."""

    @property
    def is_idle(self) -> bool:
        """Whether every request that has begun to arrive is answered."""
        ...

    def close(self) -> None:
        """Close the connection as soon as the requests in progress are answered."""
        ...

    def abort(self) -> None:
        """Close the connection now."""
        ...


class Clients:
    """The open connections. ``on_left`` is called after each client that has disconnected."""

    def __init__(self) -> None:
        self._connections: dict[ClientConnection, None] = {}
        self.on_left: Callable[[], None] | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def __contains__(self, connection: object) -> bool:
        return connection in self._connections

    def add(self, connection: ClientConnection) -> None:
        """Add a new connection."""
        self._connections[connection] = None

    def replace(self, connection: ClientConnection, by: ClientConnection) -> None:
        """Replace a connection by the reader that takes over its socket."""
        del self._connections[connection]
        self._connections[by] = None

    def discard(self, connection: ClientConnection) -> None:
        """Remove a connection that is closed. Does nothing if it was replaced."""
        if self._connections.pop(connection, self) is None and self.on_left is not None:
            self.on_left()

    def close(self) -> None:
        """Close each connection as soon as its requests in progress are answered."""
        for connection in tuple(self._connections):
            connection.close()

    def abort(self) -> None:
        """Close all connections now."""
        for connection in tuple(self._connections):
            connection.abort()

    def close_an_idle_one(self) -> bool:
        """Close an idle connection, the oldest first. Returns whether there was one."""
        for _ in range(min(_LOOKS, len(self._connections))):
            connection = next(iter(self._connections))
            if connection.is_idle:
                connection.close()
                return True
            del self._connections[connection]
            self._connections[connection] = None
        return False
