"""Every operation, in the order of the routes."""

from __future__ import annotations

from qstash_dev.api.openapi.parameters import (
    BODY_FILTERS,
    CANCEL_QUERY,
    DEAD_LETTER_QUERY,
    DESTINATION,
    FLOW_CONTROL_KEY,
    ID,
    ITEM_BODY,
    LOG_QUERY,
    PUBLISH_HEADERS,
    QUEUE,
    SCHEDULE,
    SCHEDULE_HEADERS,
    TRIM_BODY,
    URL_GROUP,
)
from qstash_dev.api.openapi.parts import (
    ANY_BODY,
    CONFLICT,
    FLAG,
    NAME,
    NOT_FOUND,
    POSITIVE,
    QUOTA,
    TEXT,
    TOO_LARGE,
    Json,
    answer,
    array,
    described,
    in_path,
    in_query,
    json_body,
    operation,
    record,
    schema_ref,
)

_DONE: dict[int, Json] = {200: answer("Done.")}
_DONE_IF_KNOWN: dict[int, Json] = {**_DONE, 404: NOT_FOUND}
_HEADERS: Json = {
    "type": "object",
    "description": "`Upstash-*` headers and Content-Type.",
    "additionalProperties": {"anyOf": [TEXT, array(TEXT)]},
}
_RECEIPTS: Json = {"anyOf": [schema_ref("Receipt"), schema_ref("GroupReceipts"), schema_ref("RunReceipt")]}
_PUBLISHED: dict[int, Json] = {
    201: answer("Accepted; a URL group answers with one receipt for each endpoint.", _RECEIPTS),
    202: answer("Accepted, and known already: nothing new will be delivered.", _RECEIPTS),
    404: NOT_FOUND,
    412: QUOTA,
}
_PUBLISHED_OR_SCHEDULED: dict[int, Json] = {
    **_PUBLISHED,
    201: answer(
        "Accepted; a URL group answers with one receipt for each endpoint, `Upstash-Cron` makes a schedule.",
        {"anyOf": [*_RECEIPTS["anyOf"], schema_ref("ScheduleCreated")]},
    ),
}
_BATCH_ITEM: Json = record(
    {"destination": TEXT},
    {"headers": _HEADERS, "body": ITEM_BODY, "queue": {"type": ["string", "null"]}},
    open=True,
)
_ENDPOINTS: Json = record(
    {"endpoints": array(record({"url": TEXT}, {"name": TEXT}, open=True), minItems=1)}, open=True
)
_REMOVED_ENDPOINTS: Json = record(
    {"endpoints": array(record({}, {"url": TEXT, "name": TEXT}, open=True), minItems=1)}, open=True
)
_BY_MESSAGE = "EventsByMessage"
_TRUE_OR_FALSE: Json = {"type": "string", "enum": ["true", "false"]}


def _ids(field: str) -> Json:
    schema: Json = {"anyOf": [record({}, {field: array(TEXT)}, open=True), array(TEXT)]}
    return json_body(described(schema, BODY_FILTERS), required=False)


def _page(*schemas: str) -> dict[int, Json]:
    return {200: answer("One page.", {"anyOf": [schema_ref(schema) for schema in schemas]})}


def _found(schema: str) -> dict[int, Json]:
    return {200: answer("Found.", schema_ref(schema)), 404: NOT_FOUND}


def _all(schema: str) -> dict[int, Json]:
    return {200: answer("All of them.", array(schema_ref(schema)))}


def _switch(id: str, tag: str, summary: str, parameter: Json) -> Json:
    return operation(id, tag, summary, _DONE_IF_KNOWN, parameters=[parameter])


_MESSAGES: Json = {
    "/v2/publish/{destination}": {
        "post": operation(
            "publish",
            "Messages",
            "Publish a message",
            _PUBLISHED_OR_SCHEDULED,
            parameters=[DESTINATION, *PUBLISH_HEADERS],
            body=ANY_BODY,
        )
    },
    "/v2/enqueue/{queue}/{destination}": {
        "post": operation(
            "enqueue",
            "Messages",
            "Publish a message through a queue, which is made if it is missing",
            _PUBLISHED,
            parameters=[in_path("queue", "Name of the queue.", NAME), DESTINATION, *PUBLISH_HEADERS],
            body=ANY_BODY,
        )
    },
    "/v2/batch": {
        "post": operation(
            "batch",
            "Messages",
            "Publish several messages, all or none",
            {
                201: answer("Accepted; receipts in the order of the messages.", schema_ref("BatchReceipts")),
                202: answer("Accepted, and all known already.", schema_ref("BatchReceipts")),
                404: NOT_FOUND,
                409: CONFLICT,
                412: QUOTA,
                413: TOO_LARGE,
            },
            body=json_body(array(_BATCH_ITEM, maxItems=10_000)),
        )
    },
    "/v2/messages/{id}": {
        "get": operation("getMessage", "Messages", "Read a message", _found("Message"), parameters=[ID]),
        "delete": operation("cancelMessage", "Messages", "Cancel a message", _found("Cancelled"), parameters=[ID]),
    },
    "/v2/messages": {
        "delete": operation(
            "cancelMessages",
            "Messages",
            "Cancel the messages that the ids or filters mean; without any, all",
            {200: answer("How many were cancelled.", schema_ref("Cancelled")), 413: TOO_LARGE},
            parameters=CANCEL_QUERY,
            body=_ids("messageIds"),
        )
    },
}

_DEAD_LETTERS: Json = {
    "/v2/dlq": {
        "get": operation(
            "listDeadLetters",
            "DLQ",
            "List the dead letter queue",
            _page("DeadLetters", "WorkflowDeadLetters"),
            parameters=[*DEAD_LETTER_QUERY, TRIM_BODY],
        ),
        "delete": operation(
            "deleteDeadLetters",
            "DLQ",
            "Delete entries of the dead letter queue",
            {200: answer("How many were deleted.", schema_ref("Deleted")), 413: TOO_LARGE},
            parameters=DEAD_LETTER_QUERY,
            body=_ids("dlqIds"),
        ),
    },
    "/v2/dlq/retry": {
        "post": operation(
            "retryDeadLetters",
            "DLQ",
            "Publish entries of the dead letter queue again; publish headers override theirs",
            {
                201: answer("The new messages.", schema_ref("RetriedMany")),
                404: NOT_FOUND,
                409: CONFLICT,
                412: QUOTA,
                413: TOO_LARGE,
            },
            parameters=[*DEAD_LETTER_QUERY, *PUBLISH_HEADERS],
            body=_ids("dlqIds"),
        )
    },
    "/v2/dlq/retry/{id}": {
        "post": operation(
            "retryDeadLetter",
            "DLQ",
            "Publish one entry of the dead letter queue again; publish headers override its own",
            {201: answer("The new message.", schema_ref("Retried")), 404: NOT_FOUND, 409: CONFLICT, 412: QUOTA},
            parameters=[ID, *PUBLISH_HEADERS],
        )
    },
    "/v2/dlq/{id}": {
        "get": operation("getDeadLetter", "DLQ", "Read an entry", _found("DeadLetter"), parameters=[ID]),
        "delete": operation("deleteDeadLetter", "DLQ", "Delete an entry", _found("Deleted"), parameters=[ID]),
    },
}

_LOGS: Json = {
    "/v2/events": {
        "get": operation("listEvents", "Logs", "Read the events", _page("Events", _BY_MESSAGE), parameters=LOG_QUERY)
    },
    "/v2/logs": {
        "get": operation("listLogs", "Logs", "Read the events", _page("Logs", _BY_MESSAGE), parameters=LOG_QUERY)
    },
}

_SCHEDULES: Json = {
    "/v2/schedules/{destination}": {
        "post": operation(
            "createSchedule",
            "Schedules",
            "Create a schedule, or overwrite the one with this id",
            {
                201: answer("Created.", schema_ref("ScheduleCreated")),
                404: NOT_FOUND,
                412: QUOTA,
            },
            parameters=[DESTINATION, *SCHEDULE_HEADERS, *PUBLISH_HEADERS],
            body=ANY_BODY,
        )
    },
    "/v2/schedules": {"get": operation("listSchedules", "Schedules", "List the schedules", _all("Schedule"))},
    "/v2/schedules/{id}": {
        "get": operation("getSchedule", "Schedules", "Read a schedule", _found("Schedule"), parameters=[SCHEDULE]),
        "delete": _switch("deleteSchedule", "Schedules", "Delete a schedule; its messages stay", SCHEDULE),
    },
    "/v2/schedules/{id}/pause": {
        "post": _switch("pauseScheduleByPost", "Schedules", "Pause a schedule", SCHEDULE),
        "patch": _switch("pauseSchedule", "Schedules", "Pause a schedule", SCHEDULE),
    },
    "/v2/schedules/{id}/resume": {
        "post": _switch("resumeScheduleByPost", "Schedules", "Resume a schedule", SCHEDULE),
        "patch": _switch("resumeSchedule", "Schedules", "Resume a schedule", SCHEDULE),
    },
}

_URL_GROUPS: Json = {
    "/v2/topics": {"get": operation("listUrlGroups", "URL groups", "List the URL groups", _all("UrlGroup"))},
    "/v2/topics/{name}": {
        "get": operation("getUrlGroup", "URL groups", "Read a URL group", _found("UrlGroup"), parameters=[URL_GROUP]),
        "patch": operation(
            "updateUrlGroup",
            "URL groups",
            "Set the default headers of every publish to the group",
            {**_DONE_IF_KNOWN, 413: TOO_LARGE},
            parameters=[URL_GROUP],
            body=json_body(record({}, {"headers": _HEADERS}, open=True)),
        ),
        "delete": operation("deleteUrlGroup", "URL groups", "Delete a URL group", _DONE, parameters=[URL_GROUP]),
    },
    "/v2/topics/{name}/endpoints": {
        "post": operation(
            "upsertEndpoints",
            "URL groups",
            "Add or update endpoints, and make the group if it is missing",
            {**_DONE, 412: QUOTA, 413: TOO_LARGE},
            parameters=[URL_GROUP],
            body=json_body(_ENDPOINTS),
        ),
        "delete": operation(
            "removeEndpoints",
            "URL groups",
            "Remove endpoints by name or url; the group goes with the last one",
            {**_DONE_IF_KNOWN, 413: TOO_LARGE},
            parameters=[URL_GROUP],
            body=json_body(_REMOVED_ENDPOINTS),
        ),
    },
}

_QUEUES: Json = {
    "/v2/queues": {
        "get": operation("listQueues", "Queues", "List the queues", _all("Queue")),
        "post": operation(
            "upsertQueue",
            "Queues",
            "Make or change a queue; what is left out stays",
            {**_DONE, 412: QUOTA, 413: TOO_LARGE},
            body=json_body(record({"queueName": NAME}, {"parallelism": POSITIVE, "paused": FLAG}, open=True)),
        ),
    },
    "/v2/queues/{name}": {
        "get": operation("getQueue", "Queues", "Read a queue", _found("Queue"), parameters=[QUEUE]),
        "delete": operation(
            "deleteQueue", "Queues", "Delete a queue and what waits in it", _DONE, parameters=[QUEUE]
        ),
    },
    "/v2/queues/{name}/pause": {"post": _switch("pauseQueue", "Queues", "Pause a queue", QUEUE)},
    "/v2/queues/{name}/resume": {"post": _switch("resumeQueue", "Queues", "Resume a queue", QUEUE)},
}

_PIN_QUERY = [
    in_query("parallelism", "Messages on the wire at once.", POSITIVE),
    in_query("rate", "Messages started in a period.", POSITIVE),
    in_query("period", "Seconds.", described(POSITIVE, "At most seven days.")),
]
_UNPIN_QUERY = [
    in_query("parallelism", "Let messages set the parallelism again.", _TRUE_OR_FALSE),
    in_query("rate", "Let messages set the rate again.", _TRUE_OR_FALSE),
]


def _key(id: str, summary: str, answers: dict[int, Json] | None = None, query: list[Json] | None = None) -> Json:
    parameters = [FLOW_CONTROL_KEY, *(query or [])]
    return operation(id, "Flow control", summary, answers or _DONE, parameters=parameters)


_FLOW_CONTROL: Json = {
    "/v2/flowControl": {
        "get": operation(
            "listFlowControlKeys",
            "Flow control",
            "List the flow control keys",
            _all("FlowControl"),
            parameters=[in_query("search", "Part of the key.")],
        )
    },
    "/v2/flowControl/{key}": {"get": _key("getFlowControlKey", "Read a key", _found("FlowControl"))},
    "/v2/flowControl/{key}/pause": {"post": _key("pauseFlowControlKey", "Hold the messages of a key back")},
    "/v2/flowControl/{key}/resume": {"post": _key("resumeFlowControlKey", "Let them go on")},
    "/v2/flowControl/{key}/pin": {
        "post": _key("pinFlowControlKey", "Fix limits, whatever messages bring", query=_PIN_QUERY)
    },
    "/v2/flowControl/{key}/unpin": {
        "post": _key("unpinFlowControlKey", "Let messages set the limits again", query=_UNPIN_QUERY)
    },
    "/v2/flowControl/{key}/resetRate": {"post": _key("resetFlowControlRate", "Start a fresh period")},
    "/v2/flowControl/{key}/reset": {"post": _key("resetFlowControlKey", "An older name of resetRate")},
    "/v2/globalParallelism": {
        "get": operation(
            "getGlobalParallelism",
            "Flow control",
            "How many calls are on the wire, and how many there may be",
            {200: answer("Now.", schema_ref("GlobalParallelism"))},
        )
    },
}

PATHS: Json = _MESSAGES | _DEAD_LETTERS | _LOGS | _SCHEDULES | _URL_GROUPS | _QUEUES | _FLOW_CONTROL
