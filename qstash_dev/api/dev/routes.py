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
    server,
    verdicts,
)
from qstash_dev.api.dev.live_streams import add_streams
from qstash_dev.api.dev.long_requests import WAITING, Waiting, end_all
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import SERVICES, with_head
from qstash_dev.api.route import Answer, Route
from qstash_dev.api.shapes import dev_queries as queries
from qstash_dev.api.shapes.dev_clock import (
    Advance,
    Clock,
    ClockRun,
    Due,
    Idle,
    Limits,
    Next,
    Patience,
    Progress,
    RunAll,
    Travel,
)
from qstash_dev.api.shapes.dev_dlq import DeadLetterDetail, DeadLetterGroups, DeadLetterList
from qstash_dev.api.shapes.dev_faults import Fault, NewFault
from qstash_dev.api.shapes.dev_inboxes import Inbox, InboxSummary, InboxWait, NewScript, Script
from qstash_dev.api.shapes.dev_messages import MessageDetail, MessageList, Replay, Reset, ResetDone
from qstash_dev.api.shapes.dev_parts import DeletedFaults, MadeMessages, Mapping, MessageId, RunId
from qstash_dev.api.shapes.dev_refusals import DeletedRefusals, Refusal, RefusalList
from qstash_dev.api.shapes.dev_runs import RunDetail, RunList
from qstash_dev.api.shapes.dev_server import Setup, Status
from qstash_dev.api.shapes.dev_streams import EventGap, FeedChange, FeedGap, NoticeEvent, RunEvent, WarningEvent
from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.logs import Event
from qstash_dev.api.shapes.queues import QueueDetail
from qstash_dev.api.shapes.schedules import ScheduleDetail, ScheduleSummary

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
_ONE, _ANY, _CANCEL = queries.OfUser, queries.OfAnyUser, queries.CancelQuery

DEV_ROUTES: list[Route[DevHandler]] = [
    _get("clock", clock.get, "getClock", Clock),
    _get("clock/due", clock.due, "getDue", Due, queries.DueQuery),
    _post("clock/pause", clock.pause, "pauseClock", Clock),
    _post("clock/run", clock.run, "runClock", Clock, body=ClockRun | None),
    _post("clock/real", clock.real, "realClock", Clock, 409, body=Limits | None),
    _post("clock/advance", clock.advance, "advanceClock", Progress, 409, body=Advance | None),
    _post("clock/next", clock.next_due, "advanceToNext", Progress, 409, body=Next | None),
    _post("clock/run-all", clock.run_all, "runAll", Progress, 409, body=RunAll | None),
    _delete("clock/travel", clock.stop, "stopTravel", Travel, 404),
    _post("idle", clock.idle, "waitIdle", Idle, 409, body=Patience | None),
    _post("reset", message_actions.reset, "reset", ResetDone, 404, 409, body=Reset | None, query=queries.ResetQuery),
    _get("status", server.get_status, "getStatus", Status),
    _get("setup", server.get_setup, "getSetup", Setup),
    _stream("feed", feed.feed, "streamChanges", FeedChange | FeedGap, _CHANGES),
    _get("messages", messages.messages, "listAllMessages", MessageList, queries.MessageQuery, 404),
    _get("messages/{id}", message_detail.get, "getMessageDetail", MessageDetail, queries.DetailQuery, 404),
    _post("messages/{id}/abort", message_actions.abort, "abortCall", MessageId, 404, 409, query=_ANY),
    _post("messages/{id}/cancel", message_actions.cancel, "cancelAnyMessage", MessageId, 404, 409, query=_CANCEL),
    _post("messages/{id}/deliver", message_actions.deliver, "deliverNow", MessageId, 404, 409, query=_ANY),
    _post(
        "messages/{id}/replay",
        message_actions.replay,
        "replayMessage",
        MessageId,
        404,
        409,
        412,
        body=Replay | None,
        query=_ANY,
        status=201,
    ),
    _get("queues", queues.list_all, "listQueuesInDetail", list[QueueDetail], _ONE, 404),
    _get("schedules", schedules.list_all, "listSchedulesWithoutBodies", list[ScheduleSummary], _ONE, 404),
    _get("schedules/{id}", schedules.get, "getScheduleDetail", ScheduleDetail, _ONE, 404),
    _post(
        "schedules/{id}/trigger", schedules.trigger, "triggerSchedule", MadeMessages, 404, 409, query=_ONE, status=201
    ),
    _get("dlq", dlq.list_all, "listAllDeadLetters", DeadLetterList, queries.DeadLetterQuery, 404),
    _get("dlq/groups", dlq.groups, "listDeadLetterGroups", DeadLetterGroups, queries.DeadLetterGroupQuery, 404),
    _get("dlq/{id}", dlq.get, "getAnyDeadLetter", DeadLetterDetail, queries.DeadLetterDetailQuery, 404),
    _get("verdicts/{kind}/{id}", verdicts.get, "getVerdict", Verdict, _ANY, 404),
    _get("runs", runs.runs, "listAllRuns", RunList, queries.RunQuery, 404),
    _get("runs/{id}", run_detail.get, "getRunDetail", RunDetail, queries.RunDetailQuery, 404),
    _post("runs/{id}/cancel", run_detail.cancel, "cancelAnyRun", RunId, 404, 409, query=queries.CancelRunQuery),
    _get("inboxes", inbox.list_all, "listInboxes", list[InboxSummary]),
    _get("inboxes/{name}", inbox.get, "getInbox", Inbox, queries.InboxQuery, 404),
    _delete("inboxes/{name}", inbox.delete, "clearInbox", InboxSummary, 404),
    _delete("inboxes/{name}/requests", inbox.forget, "forgetRequests", InboxSummary, 404),
    _get("inboxes/{name}/script", inbox.get_script, "getScript", Script, None, 404),
    _put("inboxes/{name}/script", inbox.script, "scriptInbox", InboxSummary, body=NewScript),
    _post("inboxes/{name}/wait", inbox.wait, "waitForInbox", Inbox, 409, body=InboxWait | None),
    _get("faults", faults.list_all, "listFaults", list[Fault]),
    _post("faults", faults.add, "addFault", Fault, body=NewFault, status=201),
    _delete("faults", faults.delete_all, "deleteFaults", DeletedFaults),
    _delete("faults/{id}", faults.delete, "deleteFault", Fault, 404),
    _get("mappings", mappings.list_all, "listMappings", list[Mapping]),
    _post("mappings", mappings.add, "addMapping", Mapping, body=Mapping, status=201),
    _get("refusals", refusals.list_all, "listRefusals", RefusalList, queries.RefusalQuery, 404),
    _delete("refusals", refusals.delete_all, "deleteRefusals", DeletedRefusals, 404, query=queries.OfRefusals),
    _stream(
        "events",
        events.events,
        "streamEvents",
        Event | WarningEvent | NoticeEvent | RunEvent | Refusal | EventGap,
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
