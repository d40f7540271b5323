"""The HTTP server: aiohttp's runner with the application, and the protocol of each connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from aiohttp import web

from qstash_dev.api.app import make_app
from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.head import MAX_LINE_BYTES
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.refused_calls import note_unread
from qstash_dev.api.request import Services
from qstash_dev.protocol.headers import MAX_HEADERS

_MAX_GRACE_S = 1.0
_MIN_GRACE_S = 0.01


async def make_runner(services: Services, *more: Callable[[web.Application], None]) -> web.AppRunner:
    """A runner with the application, to which the functions ``more`` have added their routes. It is started and takes
    connections."""
    app = make_app(services)
    for add in more:
        add(app)
    # 0 would mean no limit to aiohttp.
    grace_s = max(_MIN_GRACE_S, min(services.config.shutdown_grace_s, _MAX_GRACE_S))
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=grace_s)
    await runner.setup()
    return runner


def new_connection(runner: web.AppRunner, services: Services, clients: Clients) -> RequestReader:
    """The protocol of one accepted connection. Bodies are not decompressed, since they are delivered as they
    arrive."""
    assert runner.server is not None
    # :mod:`framing` enforces the limits of heads before aiohttp gets them.
    return RequestReader(
        services.incoming,
        clients,
        partial(note_unread, services),
        runner.server,
        loop=asyncio.get_running_loop(),
        # No access log.
        access_log=None,
        auto_decompress=False,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
        max_headers=MAX_HEADERS + 2,
    )
