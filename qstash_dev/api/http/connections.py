"""The connections of clients that are open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

# So many are looked at for one that is idle.
_LOOKS = 64


class ClientConnection(Protocol):
    """Either reader of requests."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing has come that is not answered."""
        ...

    def close(self) -> None:
        """End the connection when what is under way is answered."""
        ...

    def abort(self) -> None:
        """End the connection now."""
        ...


class Clients:
    """Who is connected; ``on_left`` is called whenever somebody is not any more."""

    def __init__(self) -> None:
        self._connections: dict[ClientConnection, None] = {}
        self.on_left: Callable[[], None] | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def __contains__(self, connection: object) -> bool:
        return connection in self._connections

    def add(self, connection: ClientConnection) -> None:
        """Somebody has connected."""
        self._connections[connection] = None

    def replace(self, connection: ClientConnection, by: ClientConnection) -> None:
        """Another reader goes on."""
        del self._connections[connection]
        self._connections[by] = None

    def discard(self, connection: ClientConnection) -> None:
        """A connection is gone."""
        if self._connections.pop(connection, self) is None and self.on_left is not None:
            self.on_left()

    def close(self) -> None:
        """End all connections when what is under way on them is answered."""
        for connection in tuple(self._connections):
            connection.close()

    def abort(self) -> None:
        """End all connections now."""
        for connection in tuple(self._connections):
            connection.abort()

    def close_an_idle_one(self) -> bool:
        """Close a connection that is kept alive for nothing, the oldest first; whether there was one."""
        for _ in range(min(_LOOKS, len(self._connections))):
            connection = next(iter(self._connections))
            if connection.is_idle:
                connection.close()
                return True
            del self._connections[connection]
            self._connections[connection] = None
        return False
