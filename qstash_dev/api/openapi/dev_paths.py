"""The operations of the control API, which need no token."""

from __future__ import annotations

from qstash_dev.api.openapi.dev_schemas import (
    ANSWER,
    DURATION,
    FAULT_FIELDS,
    INSTANT,
    MAX_STEPS,
    SHOWN_ANSWER,
    START,
    TIMEOUT,
)
from qstash_dev.api.openapi.parts import (
    CONFLICT,
    NAME,
    NOT_FOUND,
    QUOTA,
    TEXT,
    TOO_LARGE,
    WHOLE,
    Json,
    answer,
    array,
    in_header,
    in_path,
    in_query,
    json_body,
    operation,
    record,
    schema_ref,
)

_TAG = "Control"
_STOPPING: Json = {"$ref": "#/components/responses/Stopping"}

_USER = in_query("user", "Id of a user, the default one unless given.")
_ONLY = in_query("user", "Id of the user whose it must be, any unless given.")
_INBOX_NAME = in_path("name", "Name of the inbox, which receives at /_dev/inbox/{name} and below.", NAME)
_ID = in_path("id", "Id of the message.")


def _do(
    id: str,
    summary: str,
    schema: Json,
    body: Json | None = None,
    *,
    status: int = 200,
    parameters: list[Json] | None = None,
    errors: dict[int, Json] | None = None,
) -> Json:
    answers = {status: answer("Done.", schema), 503: _STOPPING, **(errors or {})}
    if body is not None:
        answers[413] = TOO_LARGE
    made = operation(id, _TAG, summary, answers, parameters=parameters or [], body=body)
    del made["responses"]["401"]
    return made | {"security": []}


def _fields(required: Json | None = None, optional: Json | None = None) -> Json:
    return json_body(record(required or {}, optional or {}), required=bool(required))


def _travel(id: str, summary: str, optional: Json, schema: Json) -> Json:
    body = _fields(optional=optional | {"timeout": TIMEOUT})
    return _do(id, summary, schema, body, errors={409: CONFLICT})


_CLOCK = schema_ref("Clock")
_PROGRESS_REF = schema_ref("Progress")
_MESSAGE_ID: Json = record({"messageId": TEXT})
_DELETED: Json = record({"deleted": WHOLE})
_SUMMARY = schema_ref("InboxSummary")
_UNKNOWN = {404: NOT_FOUND}
_STREAM: Json = {
    "description": "One event for each event of the log, its id the number of the event. "
    "An event named gap tells how many were missed, because the log has forgotten them.",
    "content": {"text/event-stream": {}},
}

DEV_PATHS: Json = {
    "/_dev/clock": {"get": _do("getClock", "Read the clock", _CLOCK)},
    "/_dev/clock/due": {
        "get": _do(
            "getDue",
            "What the clock comes to next",
            schema_ref("Due"),
            parameters=[in_query("count", "How many at most, 100 by default.", WHOLE)],
        )
    },
    "/_dev/clock/pause": {"post": _do("pauseClock", "Let the clock stand still", _CLOCK)},
    "/_dev/clock/run": {
        "post": _do(
            "runClock",
            "Let the clock run on, so many times as fast as real time",
            _CLOCK,
            _fields(optional={"scale": {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000}}),
        )
    },
    "/_dev/clock/real": {
        "post": _travel(
            "realClock",
            "Let the clock run as real time does; one that is behind travels there, one that is ahead keeps its lead",
            {"maxSteps": MAX_STEPS},
            _CLOCK,
        )
    },
    "/_dev/clock/advance": {
        "post": _travel(
            "advanceClock",
            "Travel by a duration or to a time, stopping at all that is due",
            {"by": DURATION, "to": INSTANT, "maxSteps": MAX_STEPS},
            _PROGRESS_REF,
        )
    },
    "/_dev/clock/next": {"post": _travel("advanceToNext", "Travel to what is due next", {}, _PROGRESS_REF)},
    "/_dev/clock/run-all": {
        "post": _travel(
            "runAll",
            "Travel until nothing is left but recurring schedules",
            {"until": INSTANT, "maxSteps": MAX_STEPS},
            _PROGRESS_REF,
        )
    },
    "/_dev/idle": {
        "post": _do(
            "waitIdle",
            "Wait until nothing is in flight and nothing is due",
            schema_ref("Idle"),
            _fields(optional={"timeout": TIMEOUT}),
            errors={409: CONFLICT},
        )
    },
    "/_dev/reset": {
        "post": _do(
            "reset",
            "Start one user over, or all of them with inboxes, faults and mappings, and the clock if it is named",
            record({"reset": TEXT}),
            _fields(optional={"user": {"type": ["string", "null"]}, "clock": START}),
            parameters=[in_query("user", "Id of the one user to start over, instead of the field.")],
            errors=_UNKNOWN | {409: CONFLICT},
        )
    },
    "/_dev/messages/{id}/deliver": {
        "post": _do(
            "deliverNow",
            "Let a message that waits for its time be due now",
            _MESSAGE_ID,
            parameters=[_ID, _ONLY],
            errors=_UNKNOWN | {409: CONFLICT},
        )
    },
    "/_dev/messages/{id}/replay": {
        "post": _do(
            "replayMessage",
            "Publish a message once more",
            _MESSAGE_ID,
            _fields(optional={"body": TEXT, "bodyBase64": TEXT, "headers": {"type": "object"}}),
            status=201,
            parameters=[_ID, _ONLY],
            errors=_UNKNOWN | {409: CONFLICT, 412: QUOTA},
        )
    },
    "/_dev/schedules/{id}/trigger": {
        "post": _do(
            "triggerSchedule",
            "Fire a schedule now",
            record({"messageIds": array(TEXT)}),
            status=201,
            parameters=[in_path("id", "Id of the schedule.", NAME), _USER],
            errors=_UNKNOWN | {409: CONFLICT},
        )
    },
    "/_dev/inboxes": {"get": _do("listInboxes", "List the inboxes", array(_SUMMARY))},
    "/_dev/inboxes/{name}": {
        "get": _do(
            "getInbox",
            "What an inbox caught",
            schema_ref("Inbox"),
            parameters=[
                _INBOX_NAME,
                in_query("after", "Only requests with higher numbers.", WHOLE),
                in_query("before", "Only requests with lower numbers.", WHOLE),
                in_query("last", "Only so many, the latest of them.", WHOLE),
                in_query("trimBody", "How many bytes of each body are shown, all unless given.", WHOLE),
            ],
            errors=_UNKNOWN,
        ),
        "delete": _do("clearInbox", "Forget what it caught", _SUMMARY, parameters=[_INBOX_NAME], errors=_UNKNOWN),
    },
    "/_dev/inboxes/{name}/requests": {
        "delete": _do(
            "forgetRequests",
            "Forget what it caught; the script goes on",
            _SUMMARY,
            parameters=[_INBOX_NAME],
            errors=_UNKNOWN,
        )
    },
    "/_dev/inboxes/{name}/script": {
        "get": _do(
            "getScript",
            "What it answers from now on",
            record({"script": array(SHOWN_ANSWER)}),
            parameters=[_INBOX_NAME],
            errors=_UNKNOWN,
        ),
        "put": _do(
            "scriptInbox",
            "Say what it answers; the last answer repeats",
            _SUMMARY,
            _fields({"script": array(ANSWER, minItems=1, maxItems=10_000)}),
            parameters=[_INBOX_NAME],
        ),
    },
    "/_dev/inboxes/{name}/wait": {
        "post": _do(
            "waitForInbox",
            "Wait until it has caught so many requests",
            schema_ref("Inbox"),
            _fields(optional={"count": {"type": "integer", "minimum": 1, "maximum": 10_000}, "timeout": TIMEOUT}),
            parameters=[_INBOX_NAME],
            errors={409: CONFLICT},
        )
    },
    "/_dev/faults": {
        "get": _do("listFaults", "List the faults", array(schema_ref("Fault"))),
        "post": _do(
            "addFault",
            "Let delivery attempts fail",
            schema_ref("Fault"),
            _fields(
                {"match": FAULT_FIELDS["match"]},
                {**FAULT_FIELDS, "latency": DURATION},
            ),
            status=201,
        ),
        "delete": _do("deleteFaults", "Remove all faults", _DELETED),
    },
    "/_dev/faults/{id}": {
        "delete": _do(
            "deleteFault",
            "Remove a fault",
            schema_ref("Fault"),
            parameters=[in_path("id", "Id of the fault.")],
            errors=_UNKNOWN,
        )
    },
    "/_dev/mappings": {
        "get": _do("listMappings", "List where published URLs are delivered instead", array(schema_ref("Mapping"))),
        "post": _do(
            "addMapping",
            "Deliver what is published to one place at another",
            schema_ref("Mapping"),
            _fields({"pattern": TEXT, "target": TEXT}),
            status=201,
        ),
    },
    "/_dev/events": {
        "get": operation(
            "streamEvents",
            _TAG,
            "Server-sent events of one user, from now on or after Last-Event-ID",
            {200: _STREAM, 404: NOT_FOUND, 503: _STOPPING},
            parameters=[
                _USER,
                in_header("Last-Event-ID", "The last event that is known already; 0 for all that are kept."),
                in_query("lastEventId", "Like the header Last-Event-ID."),
            ],
        )
        | {"security": []}
    },
}
