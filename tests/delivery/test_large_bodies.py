"""Bodies of megabytes: they arrive complete and are copied as little as possible."""

from __future__ import annotations

import asyncio
import random
import socket
import tracemalloc

from qstash_dev.delivery.connection import Connection, Outcome
from qstash_dev.receiving import read_memory

SIZE = 8_000_000


async def test_a_large_body_is_copied_at_most_once_while_the_destination_reads_slowly() -> None:
    body, outcomes = random.Random(1).randbytes(SIZE), list[Outcome]()
    accepted: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    accepted = asyncio.get_running_loop().create_future()
    listener = await asyncio.start_server(lambda *streams: accepted.set_result(streams), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    transport, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(SIZE, read_memory()), "127.0.0.1", port
    )
    reader, writer = await accepted
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    tracemalloc.start()
    try:
        connection.exchange(b"POST / HTTP/1.1\r\n\r\n", body, outcomes.append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * SIZE
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(SIZE) == body
    connection.close()
    writer.close()
    listener.close()
