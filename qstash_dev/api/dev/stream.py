"""A live stream of one user's events, as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from typing import Any

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.dev.call import DevCall
from qstash_dev.protocol import errors
from qstash_dev.state.event_log import LogEntry

KEEP_ALIVE_S = 15.0
_BURST = 500

OPEN_STREAMS: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("open_streams")


async def events(call: DevCall) -> web.StreamResponse:
    """``GET /_dev/events?user=``: new events, after all those that came later than ``Last-Event-ID``.

    A client that reads too slowly misses what the log has dropped meanwhile; an event ``gap`` tells it.
    """
    log = call.tenant().log
    last_seq = _last_seen(call, log.last_seq)
    changed = asyncio.Event()

    def subscriber(_: LogEntry) -> None:
        changed.set()

    log.subscribers.append(subscriber)
    streams = call.request.config_dict[OPEN_STREAMS]
    task = asyncio.current_task()
    assert task is not None
    streams.add(task)
    try:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(call.request)
        await response.write(b": connected\n\n")
        while True:
            changed.clear()
            burst = list(islice(log.walk(latest_first=False, after=last_seq), _BURST))
            if burst:
                await response.write(_gap(burst[0], last_seq) + b"".join(map(_written, burst)))
                last_seq = burst[-1].seq
            elif not await _soon(changed):
                await response.write(b": still here\n\n")
    finally:
        streams.discard(task)
        log.subscribers.remove(subscriber)


async def close_all(app: web.Application) -> None:
    """End all streams, for they would never end by themselves."""
    streams = app[OPEN_STREAMS]
    for task in tuple(streams):
        task.cancel()


async def _soon(changed: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(KEEP_ALIVE_S):
            await changed.wait()
    except TimeoutError:
        return False
    return True


def _last_seen(call: DevCall, latest: int) -> int:
    text = call.request.headers.get("Last-Event-ID", call.request.query.get("lastEventId", ""))
    if not text:
        return latest
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise errors.INVALID_PARAMETER(
            name="Last-Event-ID", reason="use the id of an event of this stream", value=text[:100]
        )
    return int(text)


def _gap(first: LogEntry, last_seq: int) -> bytes:
    missed = first.seq - last_seq - 1
    return f'event: gap\ndata: {{"missed":{missed}}}\n\n'.encode() if missed > 0 else b""


def _written(entry: LogEntry) -> bytes:
    data = json.dumps(wire.event(entry), separators=(",", ":"))
    return f"id: {entry.seq}\ndata: {data}\n\n".encode()
