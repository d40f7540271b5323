"""The connection handler: what is not even a proper request gets a JSON error as well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from qstash_dev.api.app import make_app
from qstash_dev.api.call import Services
from qstash_dev.protocol.headers import MAX_HEADERS

MAX_LINE_BYTES = 65_536
_MAX_GRACE_S = 1.0
_MIN_GRACE_S = 0.01


class JsonErrorHandler(web.RequestHandler):
    """aiohttp's handler of one connection, with its plain-text errors turned into the API's own form."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be read, then close the connection."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, an error cannot follow")
        reason = (message or str(exc) or "bad request").replace("\n", " ")[:500]
        if "more than" in reason or "Too many" in reason:
            reason += f"; lines are limited to {MAX_LINE_BYTES} bytes, requests to {MAX_HEADERS} headers"
        body = json.dumps({"error": f"not a valid HTTP request: {reason}"})
        response = web.Response(status=status, text=body, content_type="application/json")
        response.force_close()
        return response

    def close(self) -> None:
        """Close when the request in progress is answered. Without one close now, which aiohttp would not do:
        it only stops reading, and a client on a kept-alive connection would wait for nothing."""
        idle = self._waiter is not None
        super().close()
        if idle and self.transport is not None:
            self.transport.close()


async def make_runner(services: Services, *more: Callable[[web.Application], None]) -> web.AppRunner:
    """The application, with what ``more`` add to it, started and ready for connections."""
    app = make_app(services)
    for add in more:
        add(app)
    # To aiohttp no time at all would mean that there is no limit.
    grace_s = max(_MIN_GRACE_S, min(services.config.shutdown_grace_s, _MAX_GRACE_S))
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=grace_s)
    await runner.setup()
    return runner


def new_connection(runner: web.AppRunner) -> web.RequestHandler:
    """The protocol of one accepted connection. Bodies are left as they come: they belong to the destination."""
    assert runner.server is not None
    return JsonErrorHandler(
        runner.server,
        loop=asyncio.get_running_loop(),
        access_log=None,  # type: ignore[arg-type]  # what AppRunner passes on when no log is wanted
        auto_decompress=False,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
        max_headers=MAX_HEADERS,
    )
