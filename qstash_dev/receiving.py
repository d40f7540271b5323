"""Memory of connections: a block that they share to read from their sockets, and the release of closed transports."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

_READ_BYTES = 256 * 1024


def read_memory() -> memoryview:
    """Memory for the connections of one event loop, which read one after the other."""
    return memoryview(bytearray(_READ_BYTES))


class Receiver(asyncio.BufferedProtocol):
    """A protocol that reads into ``memory``, which it shares with others, and gets what has arrived with
    ``data_received``.

    For other protocols asyncio allocates 256 KB for each read and returns all but what has arrived. What is kept of
    it stands between holes into which no read fits, so the memory of the process would grow without end.
    """

    __slots__ = ()
    memory: memoryview

    def get_buffer(self, _: int) -> memoryview:
        """Called by asyncio before it reads."""
        return self.memory

    def buffer_updated(self, size: int) -> None:
        """Called by asyncio when it has read ``size`` bytes."""
        self.data_received(bytes(self.memory[:size]))

    def data_received(self, data: bytes) -> None:
        """Called with bytes that have arrived."""
        raise NotImplementedError


def let_go(transport: Any) -> None:
    """Let a closed transport be freed at once: asyncio's own keeps a bound method of itself, and so would wait for
    the garbage collector, which seldom runs."""
    with contextlib.suppress(AttributeError):  # that of another loop
        del transport._read_ready_cb
