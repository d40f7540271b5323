"""All routes of the control API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
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
    refusals,
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
from qstash_dev.api.route import Answer, Route
from qstash_dev.api.shapes import (
    dev_clock,
    dev_dlq,
    dev_events,
    dev_faults,
    dev_feed,
    dev_inboxes,
    dev_mappings,
    dev_messages,
    dev_queues,
    dev_refusals,
    dev_runs,
    dev_schedules,
    dev_setup,
    dev_status,
)
from qstash_dev.api.shapes import dev_queries as queries
from qstash_dev.api.shapes.dev_parts import DeletedFaults, MadeMessages, MessageId
from qstash_dev.api.shapes.logs import Event

DevHandler = Callable[[DevRequest], Coroutine[Any, Any, web.StreamResponse]]
_CHANGES = "Events `change`, and events `gap` when lists must be read again."
_EVENTS = (
    "An event for each of the log, its id the number of it, events `gap` where the log has forgotten some, and "
    "events `refusal`, without an id."
)


def _summary(handler: DevHandler) -> str:
    """What a route does, which is what its handler's docstring says behind method and path."""
    first, _, _ = (handler.__doc__ or "").partition("\n\n")
    text = " ".join(first.partition(": ")[2].split()).rstrip(".").replace("``", "`")
    return text[:1].upper() + text[1:]


def _get(path: str, handler: DevHandler, id: str, answer: Any, query: Any = None, *errors: int) -> Route[DevHandler]:
    return Route("GET", f"/_dev/{path}", handler, id, _summary(handler), (Answer(answer),), errors, query)


def _do(
    method: str, path: str, handler: DevHandler, id: str, answer: Any, *errors: int, status: int = 200, **more: Any
) -> Route[DevHandler]:
    answers = (Answer(answer, status=status),)
    errors = (*errors, 413) if "body" in more else errors
    return Route(method, f"/_dev/{path}", handler, id, _summary(handler), answers, errors, **more)


def _stream(path: str, handler: DevHandler, id: str, data: Any, text: str) -> Route[DevHandler]:
    answers = (Answer(data, text, media="text/event-stream"),)
    query, headers = queries.StreamQuery, queries.StreamHeaders
    return Route("GET", f"/_dev/{path}", handler, id, _summary(handler), answers, (404,), query, headers)


_post, _put, _delete = (partial(_do, method) for method in ("POST", "PUT", "DELETE"))
_ONE, _ANY = queries.OfUser, queries.OfAnyUser

DEV_ROUTES: list[Route[DevHandler]] = [
    _get("clock", clock.get, "getClock", dev_clock.Clock),
    _get("clock/due", clock_due.get, "getDue", dev_clock.Due, queries.DueQuery),
    _post("clock/pause", clock.pause, "pauseClock", dev_clock.Clock),
    _post("clock/run", clock.run, "runClock", dev_clock.Clock, body=dev_clock.ClockRun | None),
    _post("clock/real", clock.real, "realClock", dev_clock.Clock, 409, body=dev_clock.Limits | None),
    _post("clock/advance", clock.advance, "advanceClock", dev_clock.Progress, 409, body=dev_clock.Advance | None),
    _post("clock/next", clock.next_due, "advanceToNext", dev_clock.Progress, 409, body=dev_clock.Patience | None),
    _post("clock/run-all", clock.run_all, "runAll", dev_clock.Progress, 409, body=dev_clock.RunAll | None),
    _post("idle", clock.idle, "waitIdle", dev_clock.Idle, 409, body=dev_clock.Patience | None),
    _post(
        "reset",
        message_actions.reset,
        "reset",
        dev_messages.ResetDone,
        404,
        409,
        body=dev_messages.Reset | None,
        query=queries.ResetQuery,
    ),
    _get("status", status.get, "getStatus", dev_status.Status),
    _get("setup", setup.get, "getSetup", dev_setup.Setup),
    _stream("feed", feed.feed, "streamChanges", dev_feed.FeedChange | dev_feed.FeedGap, _CHANGES),
    _get("messages", messages.messages, "listAllMessages", dev_messages.MessageList, queries.MessageQuery, 404),
    _get(
        "messages/{id}", message_detail.get, "getMessageDetail", dev_messages.MessageDetail, queries.DetailQuery, 404
    ),
    _post("messages/{id}/cancel", message_actions.cancel, "cancelAnyMessage", MessageId, 404, 409, query=_ANY),
    _post("messages/{id}/deliver", message_actions.deliver, "deliverNow", MessageId, 404, 409, query=_ANY),
    _post(
        "messages/{id}/replay",
        message_actions.replay,
        "replayMessage",
        MessageId,
        404,
        409,
        412,
        body=dev_messages.Replay | None,
        query=_ANY,
        status=201,
    ),
    _get("queues", queues.list_all, "listQueuesInDetail", list[dev_queues.QueueDetail], _ONE, 404),
    _get(
        "schedules", schedules.list_all, "listSchedulesWithoutBodies", list[dev_schedules.ScheduleSummary], _ONE, 404
    ),
    _get("schedules/{id}", schedules.get, "getScheduleDetail", dev_schedules.ScheduleDetail, _ONE, 404),
    _post(
        "schedules/{id}/trigger", schedules.trigger, "triggerSchedule", MadeMessages, 404, 409, query=_ONE, status=201
    ),
    _get("dlq", dlq.list_all, "listAllDeadLetters", dev_dlq.DeadLetterList, queries.DeadLetterQuery, 404),
    _get(
        "dlq/groups", dlq.groups, "listDeadLetterGroups", dev_dlq.DeadLetterGroups, queries.DeadLetterGroupQuery, 404
    ),
    _get("dlq/{id}", dlq.get, "getAnyDeadLetter", dev_dlq.DeadLetterDetail, queries.DeadLetterDetailQuery, 404),
    _get("runs", runs.runs, "listAllRuns", dev_runs.RunList, queries.RunQuery, 404),
    _get("runs/{id}", run_detail.get, "getRunDetail", dev_runs.RunDetail, queries.RunDetailQuery, 404),
    _get("inboxes", inbox.list_all, "listInboxes", list[dev_inboxes.InboxSummary]),
    _get("inboxes/{name}", inbox.get, "getInbox", dev_inboxes.Inbox, queries.InboxQuery, 404),
    _delete("inboxes/{name}", inbox.delete, "clearInbox", dev_inboxes.InboxSummary, 404),
    _delete("inboxes/{name}/requests", inbox.forget, "forgetRequests", dev_inboxes.InboxSummary, 404),
    _get("inboxes/{name}/script", inbox.get_script, "getScript", dev_inboxes.Script, None, 404),
    _put("inboxes/{name}/script", inbox.script, "scriptInbox", dev_inboxes.InboxSummary, body=dev_inboxes.NewScript),
    _post(
        "inboxes/{name}/wait", inbox.wait, "waitForInbox", dev_inboxes.Inbox, 409, body=dev_inboxes.InboxWait | None
    ),
    _get("faults", faults.list_all, "listFaults", list[dev_faults.Fault]),
    _post("faults", faults.add, "addFault", dev_faults.Fault, body=dev_faults.NewFault, status=201),
    _delete("faults", faults.delete_all, "deleteFaults", DeletedFaults),
    _delete("faults/{id}", faults.delete, "deleteFault", dev_faults.Fault, 404),
    _get("mappings", mappings.list_all, "listMappings", list[dev_mappings.Mapping]),
    _post("mappings", mappings.add, "addMapping", dev_mappings.Mapping, body=dev_mappings.Mapping, status=201),
    _get("refusals", refusals.list_all, "listRefusals", dev_refusals.RefusalList, queries.RefusalQuery, 404),
    _delete(
        "refusals", refusals.delete_all, "deleteRefusals", dev_refusals.DeletedRefusals, 404, query=queries.OfRefusals
    ),
    _stream(
        "events",
        events.events,
        "streamEvents",
        Event | dev_events.WarningEvent | dev_events.RunEvent | dev_refusals.Refusal | dev_events.EventGap,
        _EVENTS,
    ),
]


def add_dev(app: web.Application) -> None:
    """Add the state of the control API to the application."""
    app[WAITING] = Waiting()
    app.on_shutdown.append(end_all)
    add_streams(app)
    feed.add_feed(app)


def add_dev_routes(router: web.UrlDispatcher) -> None:
    """Add the routes of the control API."""
    for route in DEV_ROUTES:
        for method, spelling in product(with_head(route.method), (route.path, route.path + "/")):
            router.add_route(method, spelling, _adapted(route.handler))
    # An inbox is a destination: it takes any method, and any path below its own.
    router.add_route("*", "/_dev/inbox/{name}", _adapted(inbox.receive))
    router.add_route("*", "/_dev/inbox/{name}/{rest:(?s:.*)}", _adapted(inbox.receive))


def _adapted(handler: DevHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = DevRequest(request, request.config_dict[SERVICES])
        response = await request.config_dict[WAITING].until_stop(handler(call))
        call.services.broker.tenants.count_request(request.method)
        return response

    return handle
