"""All routes of the control API."""

from __future__ import annotations

from itertools import product

from aiohttp import web
from aiohttp.typedefs import Handler

from qstash_dev.api.dev import feed, inbox
from qstash_dev.api.dev.live_streams import add_streams
from qstash_dev.api.dev.long_requests import WAITING, Waiting, end_all
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.route_rows import DevHandler
from qstash_dev.api.dev.server_routes import SERVER_ROUTES
from qstash_dev.api.dev.user_routes import USER_ROUTES
from qstash_dev.api.request import SERVICES, with_head

DEV_ROUTES = [*SERVER_ROUTES, *USER_ROUTES]


def add_dev_routes(app: web.Application) -> None:
    """Add the control API to the application."""
    app[WAITING] = Waiting()
    app.on_shutdown.append(end_all)
    add_streams(app)
    feed.add_feed(app)
    for route in DEV_ROUTES:
        for method, spelling in product(with_head(route.method), (route.path, route.path + "/")):
            app.router.add_route(method, spelling, _adapted(route.handler))
    # An inbox is a destination: it takes any method, and any path below its own.
    app.router.add_route("*", "/_dev/inbox/{name}", _adapted(inbox.receive))
    app.router.add_route("*", "/_dev/inbox/{name}/{rest:(?s:.*)}", _adapted(inbox.receive))


def _adapted(handler: DevHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = DevRequest(request, request.config_dict[SERVICES])
        response = await request.config_dict[WAITING].until_stop(handler(call))
        call.services.broker.tenants.touched(request.method)
        return response

    return handle
