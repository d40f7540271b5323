"""Every route of the control API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import product
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from qstash_dev.api.call import SERVICES, with_head
from qstash_dev.api.dev import (
    clock,
    detail,
    due,
    faults,
    feed,
    inbox,
    letters,
    listing,
    messages,
    resources,
    run_detail,
    run_listing,
    setup,
    status,
    stream,
)
from qstash_dev.api.dev.call import DevCall
from qstash_dev.api.dev.streams import add_streams
from qstash_dev.api.dev.waiting import WAITING, Waiting, end_all

DevHandler = Callable[[DevCall], Coroutine[Any, Any, web.StreamResponse]]

DEV_ROUTES: list[tuple[str, str, DevHandler]] = [
    ("GET", "/_dev/clock", clock.get),
    ("GET", "/_dev/clock/due", due.get),
    ("POST", "/_dev/clock/pause", clock.pause),
    ("POST", "/_dev/clock/run", clock.run),
    ("POST", "/_dev/clock/real", clock.real),
    ("POST", "/_dev/clock/advance", clock.advance),
    ("POST", "/_dev/clock/next", clock.next_due),
    ("POST", "/_dev/clock/run-all", clock.run_all),
    ("POST", "/_dev/idle", clock.idle),
    ("POST", "/_dev/reset", messages.reset),
    ("GET", "/_dev/status", status.get),
    ("GET", "/_dev/setup", setup.get),
    ("GET", "/_dev/feed", feed.feed),
    ("GET", "/_dev/messages", listing.messages),
    ("GET", "/_dev/messages/{id}", detail.get),
    ("POST", "/_dev/messages/{id}/cancel", messages.cancel),
    ("POST", "/_dev/messages/{id}/deliver", messages.deliver),
    ("POST", "/_dev/messages/{id}/replay", messages.replay),
    ("GET", "/_dev/queues", resources.queues),
    ("GET", "/_dev/schedules", resources.schedules),
    ("GET", "/_dev/schedules/{id}", resources.schedule),
    ("POST", "/_dev/schedules/{id}/trigger", messages.trigger),
    ("GET", "/_dev/dlq", letters.list_all),
    ("GET", "/_dev/dlq/groups", letters.groups),
    ("GET", "/_dev/dlq/{id}", letters.get),
    ("GET", "/_dev/runs", run_listing.runs),
    ("GET", "/_dev/runs/{id}", run_detail.get),
    ("GET", "/_dev/inboxes", inbox.list_all),
    ("GET", "/_dev/inboxes/{name}", inbox.get),
    ("DELETE", "/_dev/inboxes/{name}", inbox.delete),
    ("DELETE", "/_dev/inboxes/{name}/requests", inbox.forget),
    ("GET", "/_dev/inboxes/{name}/script", inbox.get_script),
    ("PUT", "/_dev/inboxes/{name}/script", inbox.script),
    ("POST", "/_dev/inboxes/{name}/wait", inbox.wait),
    ("GET", "/_dev/faults", faults.list_all),
    ("POST", "/_dev/faults", faults.add),
    ("DELETE", "/_dev/faults", faults.delete_all),
    ("DELETE", "/_dev/faults/{id}", faults.delete),
    ("GET", "/_dev/mappings", faults.list_mappings),
    ("POST", "/_dev/mappings", faults.add_mapping),
    ("GET", "/_dev/events", stream.events),
]


def add_dev_routes(app: web.Application) -> None:
    """Put the control API into the application."""
    app[WAITING] = Waiting()
    app.on_shutdown.append(end_all)
    add_streams(app)
    feed.add_feed(app)
    for route, path, handler in DEV_ROUTES:
        for method, spelling in product(with_head(route), (path, path + "/")):
            app.router.add_route(method, spelling, _adapted(handler))
    # A destination takes any method, and any path below its own.
    app.router.add_route("*", "/_dev/inbox/{name}", _adapted(inbox.receive))
    app.router.add_route("*", "/_dev/inbox/{name}/{rest:(?s:.*)}", _adapted(inbox.receive))


def _adapted(handler: DevHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = DevCall(request, request.config_dict[SERVICES])
        response = await request.config_dict[WAITING].until_stop(handler(call))
        call.services.broker.tenants.touched(request.method)
        return response

    return handle
