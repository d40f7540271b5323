"""Every route of the control API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import product
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from qstash_dev.api.dev import (
    clock,
    clock_due,
    dlq,
    events,
    faults,
    feed,
    inbox,
    mappings,
    message_actions,
    message_detail,
    messages,
    queues,
    run_detail,
    runs,
    schedules,
    setup,
    status,
)
from qstash_dev.api.dev.live_streams import add_streams
from qstash_dev.api.dev.long_requests import WAITING, Waiting, end_all
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import SERVICES, with_head

DevHandler = Callable[[DevRequest], Coroutine[Any, Any, web.StreamResponse]]

DEV_ROUTES: list[tuple[str, str, DevHandler]] = [
    ("GET", "/_dev/clock", clock.get),
    ("GET", "/_dev/clock/due", clock_due.get),
    ("POST", "/_dev/clock/pause", clock.pause),
    ("POST", "/_dev/clock/run", clock.run),
    ("POST", "/_dev/clock/real", clock.real),
    ("POST", "/_dev/clock/advance", clock.advance),
    ("POST", "/_dev/clock/next", clock.next_due),
    ("POST", "/_dev/clock/run-all", clock.run_all),
    ("POST", "/_dev/idle", clock.idle),
    ("POST", "/_dev/reset", message_actions.reset),
    ("GET", "/_dev/status", status.get),
    ("GET", "/_dev/setup", setup.get),
    ("GET", "/_dev/feed", feed.feed),
    ("GET", "/_dev/messages", messages.messages),
    ("GET", "/_dev/messages/{id}", message_detail.get),
    ("POST", "/_dev/messages/{id}/cancel", message_actions.cancel),
    ("POST", "/_dev/messages/{id}/deliver", message_actions.deliver),
    ("POST", "/_dev/messages/{id}/replay", message_actions.replay),
    ("GET", "/_dev/queues", queues.list_all),
    ("GET", "/_dev/schedules", schedules.list_all),
    ("GET", "/_dev/schedules/{id}", schedules.get),
    ("POST", "/_dev/schedules/{id}/trigger", message_actions.trigger),
    ("GET", "/_dev/dlq", dlq.list_all),
    ("GET", "/_dev/dlq/groups", dlq.groups),
    ("GET", "/_dev/dlq/{id}", dlq.get),
    ("GET", "/_dev/runs", runs.runs),
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
    ("GET", "/_dev/mappings", mappings.list_all),
    ("POST", "/_dev/mappings", mappings.add),
    ("GET", "/_dev/events", events.events),
]


def add_dev(app: web.Application) -> None:
    """Put what the control API remembers into the application."""
    app[WAITING] = Waiting()
    app.on_shutdown.append(end_all)
    add_streams(app)
    feed.add_feed(app)


def add_dev_routes(router: web.UrlDispatcher) -> None:
    """Add the routes of the control API."""
    for route, path, handler in DEV_ROUTES:
        for method, spelling in product(with_head(route), (path, path + "/")):
            router.add_route(method, spelling, _adapted(handler))
    # A destination takes any method, and any path below its own.
    router.add_route("*", "/_dev/inbox/{name}", _adapted(inbox.receive))
    router.add_route("*", "/_dev/inbox/{name}/{rest:(?s:.*)}", _adapted(inbox.receive))


def _adapted(handler: DevHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = DevRequest(request, request.config_dict[SERVICES])
        response = await request.config_dict[WAITING].until_stop(handler(call))
        call.services.broker.tenants.touched(request.method)
        return response

    return handle
