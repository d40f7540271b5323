"""Every route of QStash's own API, in the order in which paths are compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from qstash_dev.api.request import ApiRequest
from qstash_dev.api.route import DONE, Answer, Route, all_of, found
from qstash_dev.api.shapes import queries
from qstash_dev.api.shapes.dlq import (
    DeadLetter,
    DeadLetters,
    Deleted,
    DlqIds,
    Retried,
    RetriedMany,
    WorkflowDeadLetters,
)
from qstash_dev.api.shapes.flow_control import FlowControl, GlobalParallelism, KeySearch, Pin, Unpin
from qstash_dev.api.shapes.keys import SigningKeys
from qstash_dev.api.shapes.logs import Events, EventsByMessage, Logs
from qstash_dev.api.shapes.messages import BatchItem, Cancelled, Message, MessageIds, Receipt, RunReceipt
from qstash_dev.api.shapes.queues import Queue, QueueChange
from qstash_dev.api.shapes.schedules import Schedule, ScheduleCreated, ScheduleHeaders
from qstash_dev.api.shapes.url_groups import GivenEndpoints, GroupDefaults, NamedEndpoints, UrlGroup
from qstash_dev.api.v2 import batch, dlq, flow_control, keys, logs, messages, publish, queues, schedules, url_groups
from qstash_dev.api.v2.workflows.routes import WORKFLOW_ROUTES

ApiHandler = Callable[[ApiRequest], Awaitable[web.Response]]

_Receipts = Receipt | list[Receipt] | RunReceipt
_KNOWN = Answer(_Receipts, "Accepted, and known already: nothing new will be delivered.", 202)
_BY_GROUP = "Accepted; a URL group answers with one receipt for each endpoint"
_PUBLISHED = (Answer(_Receipts | ScheduleCreated, f"{_BY_GROUP}, `Upstash-Cron` makes a schedule.", 201), _KNOWN)
_ENQUEUED = (Answer(_Receipts, f"{_BY_GROUP}.", 201), _KNOWN)
_BATCH = (
    Answer(list[_Receipts], "Accepted; receipts in the order of the messages.", 201),
    Answer(list[_Receipts], "Accepted, and all known already.", 202),
)
_ITEMS = Annotated[list[BatchItem], Meta(max_length=10_000)]
_BOTH_KEYS = (Answer(SigningKeys, "The keys."),)

# `{destination:…}` only matches, also line feeds: handlers read the destination from the raw request target.
_DESTINATION = "{destination:(?s:.*)}"
_ALL_SCHEDULES = "/v2/{_:[Ss]}chedules"
_SCHEDULE = _ALL_SCHEDULES + "/{id:[^/%:]+}"
# SDKs do not percent-encode the key, which may contain any character.
_KEY = "/v2/flowControl/{key:(?s:.*)}"

# Rows of a table, which one line for each value would hide.
# fmt: off
ROUTES: list[Route[ApiHandler]] = [
    # Messages
    Route("POST", f"/v2/publish/{_DESTINATION}", publish.publish, "publish", "Publish a message", _PUBLISHED,
          errors=(404, 412), takes_options=True, body=bytes),
    Route("POST", "/v2/enqueue/{queue}/" + _DESTINATION, publish.enqueue, "enqueue",
          "Publish a message through a queue, which is made if it is missing", _ENQUEUED, errors=(404, 412),
          takes_options=True, body=bytes),
    Route("POST", "/v2/batch", batch.batch, "batch", "Publish several messages, all or none", _BATCH,
          (404, 409, 412, 413), body=_ITEMS),
    Route("GET", "/v2/messages/{id}", messages.get, "getMessage", "Read a message", found(Message), (404,)),
    Route("DELETE", "/v2/messages/{id}", messages.cancel, "cancelMessage", "Cancel a message", found(Cancelled),
          (404,)),
    Route("DELETE", "/v2/messages", messages.cancel_many, "cancelMessages",
          "Cancel the messages that the ids or filters mean; without any, all",
          (Answer(Cancelled, "How many were cancelled."),), (413,), query=queries.MessageChoice,
          body=MessageIds | list[str] | None),
    # Schedules, those that create last: a destination may hold anything
    Route("POST", f"{_SCHEDULE}/pause", schedules.pause, "pauseScheduleByPost", "Pause a schedule", DONE, (404,)),
    Route("POST", f"{_SCHEDULE}/resume", schedules.resume, "resumeScheduleByPost", "Resume a schedule", DONE, (404,)),
    Route("PATCH", f"{_SCHEDULE}/pause", schedules.pause, "pauseSchedule", "Pause a schedule", DONE, (404,)),
    Route("PATCH", f"{_SCHEDULE}/resume", schedules.resume, "resumeSchedule", "Resume a schedule", DONE, (404,)),
    Route("GET", _ALL_SCHEDULES, schedules.list_all, "listSchedules", "List the schedules", all_of(Schedule)),
    Route("GET", _SCHEDULE, schedules.get, "getSchedule", "Read a schedule", found(Schedule), (404,)),
    Route("DELETE", _SCHEDULE, schedules.delete, "deleteSchedule", "Delete a schedule; its messages stay", DONE,
          (404,)),
    Route("POST", f"{_ALL_SCHEDULES}/{_DESTINATION}", schedules.create, "createSchedule",
          "Create a schedule, or overwrite the one with this id", (Answer(ScheduleCreated, "Created.", 201),),
          (404, 412), headers=ScheduleHeaders, takes_options=True, body=bytes),
    # URL groups
    Route("POST", "/v2/topics/{name}/endpoints", url_groups.upsert_endpoints, "upsertEndpoints",
          "Add or update endpoints, and make the group if it is missing", DONE, (412, 413), body=GivenEndpoints),
    Route("DELETE", "/v2/topics/{name}/endpoints", url_groups.remove_endpoints, "removeEndpoints",
          "Remove endpoints by name or url; the group goes with the last one", DONE, (404, 413), body=NamedEndpoints),
    Route("PATCH", "/v2/topics/{name}", url_groups.patch, "updateUrlGroup",
          "Set the default headers of every publish to the group", DONE, (404, 413), body=GroupDefaults),
    Route("GET", "/v2/topics", url_groups.list_all, "listUrlGroups", "List the URL groups", all_of(UrlGroup)),
    Route("GET", "/v2/topics/{name}", url_groups.get, "getUrlGroup", "Read a URL group", found(UrlGroup), (404,)),
    Route("DELETE", "/v2/topics/{name}", url_groups.delete, "deleteUrlGroup", "Delete a URL group"),
    # Queues
    Route("POST", "/v2/queues", queues.upsert, "upsertQueue", "Make or change a queue; what is left out stays", DONE,
          (412, 413), body=QueueChange),
    Route("GET", "/v2/queues", queues.list_all, "listQueues", "List the queues", all_of(Queue)),
    Route("GET", "/v2/queues/{name}", queues.get, "getQueue", "Read a queue", found(Queue), (404,)),
    Route("DELETE", "/v2/queues/{name}", queues.delete, "deleteQueue", "Delete a queue and what waits in it"),
    Route("POST", "/v2/queues/{name}/pause", queues.pause, "pauseQueue", "Pause a queue", DONE, (404,)),
    Route("POST", "/v2/queues/{name}/resume", queues.resume, "resumeQueue", "Resume a queue", DONE, (404,)),
    # Flow control
    Route("GET", "/v2/flowControl", flow_control.list_all, "listFlowControlKeys", "List the flow control keys",
          all_of(FlowControl), query=KeySearch),
    Route("POST", f"{_KEY}/pause", flow_control.pause, "pauseFlowControlKey", "Hold the messages of a key back"),
    Route("POST", f"{_KEY}/resume", flow_control.resume, "resumeFlowControlKey", "Let them go on"),
    Route("POST", f"{_KEY}/pin", flow_control.pin, "pinFlowControlKey", "Set limits that messages do not change",
          query=Pin),
    Route("POST", f"{_KEY}/unpin", flow_control.unpin, "unpinFlowControlKey", "Let messages set the limits again",
          query=Unpin),
    Route("POST", f"{_KEY}/resetRate", flow_control.reset_rate, "resetFlowControlRate", "Start a fresh period"),
    Route("POST", f"{_KEY}/reset", flow_control.reset_rate, "resetFlowControlKey", "An older name of resetRate"),
    Route("GET", "/v2/flowControl/{key:(?s:.*)[^/]}", flow_control.get, "getFlowControlKey", "Read a key",
          found(FlowControl), (404,)),
    Route("GET", "/v2/globalParallelism", flow_control.global_parallelism, "getGlobalParallelism",
          "How many calls are in flight, and how many there may be", (Answer(GlobalParallelism, "Now."),)),
    # The dead letter queue
    Route("GET", "/v2/dlq", dlq.list_all, "listDeadLetters", "List the dead letter queue",
          (Answer(DeadLetters | WorkflowDeadLetters, "One page."),), query=queries.DeadLetterPage),
    Route("DELETE", "/v2/dlq", dlq.delete_many, "deleteDeadLetters", "Delete entries of the dead letter queue",
          (Answer(Deleted, "How many were deleted."),), (413,), query=queries.DeadLetterChoice,
          body=DlqIds | list[str] | None),
    Route("POST", "/v2/dlq/retry", dlq.retry_many, "retryDeadLetters",
          "Publish entries of the dead letter queue again; publish headers override theirs",
          (Answer(RetriedMany, "The new messages.", 201),), (404, 409, 412, 413), query=queries.DeadLetterChoice,
          takes_options=True, body=DlqIds | list[str] | None),
    Route("POST", "/v2/dlq/retry/{id}", dlq.retry, "retryDeadLetter",
          "Publish one entry of the dead letter queue again; publish headers override its own",
          (Answer(Retried, "The new message.", 201),), (404, 409, 412), takes_options=True),
    Route("GET", "/v2/dlq/{id}", dlq.get, "getDeadLetter", "Read an entry", found(DeadLetter), (404,)),
    Route("DELETE", "/v2/dlq/{id}", dlq.delete, "deleteDeadLetter", "Delete an entry", found(Deleted), (404,)),
    # The event log
    Route("GET", "/v2/events", logs.events, "listEvents", "Read the events",
          (Answer(Events | EventsByMessage, "One page."),), query=queries.EventPage),
    Route("GET", "/v2/logs", logs.logs, "listLogs", "Read the events", (Answer(Logs | EventsByMessage, "One page."),),
          query=queries.EventPage),
    # Signing keys
    Route("GET", "/v2/keys", keys.get, "getSigningKeys", "Read the signing keys", _BOTH_KEYS),
    Route("POST", "/v2/keys/rotate", keys.rotate, "rotateSigningKeys", "Next becomes current", _BOTH_KEYS),
    Route("POST", "/v2/rotate", keys.rotate, "rotate", "The Go SDK's path for it", _BOTH_KEYS),
    # Workflow runs
    *WORKFLOW_ROUTES,
]
