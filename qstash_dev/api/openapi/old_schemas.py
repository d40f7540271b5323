"""What answers are made of. Objects are closed: a field that is not named here is not sent."""

from __future__ import annotations

from qstash_dev.api.openapi.parts import (
    FLAG,
    NAME,
    POSITIVE,
    TEXT,
    TIME_MS,
    WHOLE,
    Json,
    array,
    described,
    record,
    schema_ref,
)
from qstash_dev.state.message import State

BASE64: Json = {"type": "string", "contentEncoding": "base64"}
HEADERS: Json = {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}}
_STATUS = described({"type": "integer"}, "The destination's HTTP status.")
_METHOD: Json = {"type": "string", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}

_OPTIONS: Json = {
    "header": described(HEADERS, "Headers that the destination receives."),
    "timeout": described(POSITIVE, "Milliseconds that one delivery attempt may take."),
    "retryDelayExpression": TEXT,
    "label": described(TEXT, "The first label."),
    "labels": array(TEXT, minItems=1),
    "flowControlKey": TEXT,
    "parallelism": POSITIVE,
    "rate": POSITIVE,
    "period": described(POSITIVE, "Seconds."),
}
_ORIGIN: Json = {
    "topicName": described(NAME, "The URL group it was published to."),
    "endpointName": TEXT,
    "queueName": NAME,
    "scheduleId": NAME,
    "callerIP": TEXT,
}
RUN_FIELDS: Json = {
    "workflowRunId": described(TEXT, "The workflow run that it belongs to."),
    "workflowCreatedAt": described(TIME_MS, "When that run was created, unix milliseconds."),
    "workflowUrl": TEXT,
}
BODY: Json = {
    "body": described(TEXT, "The body, if it is UTF-8."),
    "bodyBase64": described(BASE64, "The body, if it is not UTF-8."),
}


def _callbacks(suffix: str) -> Json:
    fields: Json = {}
    for name in ("callback", "failureCallback"):
        fields |= {name: TEXT, name + suffix: HEADERS}
    return fields


MESSAGE_REQUIRED: Json = {
    "messageId": TEXT,
    "url": described(TEXT, "The destination as it was published."),
    "method": _METHOD,
    "maxRetries": WHOLE,
    "notBefore": described(TIME_MS, "When the first delivery attempt is due, unix milliseconds."),
    "createdAt": TIME_MS,
}
MESSAGE_OPTIONAL: Json = _ORIGIN | RUN_FIELDS | _OPTIONS | BODY | _callbacks("Header")

_DEDUPLICATED: Json = described(FLAG, "An earlier message had the same deduplication id.")
_RECEIPT: Json = record({"messageId": TEXT, "url": TEXT}, {"deduplicated": _DEDUPLICATED})

_DEAD_LETTER: Json = record(
    MESSAGE_REQUIRED | {"dlqId": TEXT, "responseStatus": described({"type": "integer"}, "0 if there was no answer.")},
    MESSAGE_OPTIONAL
    | {
        "responseHeader": HEADERS,
        "responseBody": TEXT,
        "responseBodyBase64": BASE64,
        "error": described(TEXT, "Why there was no answer."),
    },
)

_EVENT: Json = record(
    {
        "time": TIME_MS,
        "messageId": TEXT,
        "state": {"type": "string", "enum": [state.value for state in State]},
        "url": TEXT,
        "method": _METHOD,
        "maxRetries": WHOLE,
        "retried": described(WHOLE, "Delivery attempts before this one."),
    },
    _ORIGIN
    | RUN_FIELDS
    | _OPTIONS
    | _callbacks("Headers")
    | {
        "retryDelayExpr": TEXT,
        "callerIp": TEXT,
        "nextDeliveryTime": TIME_MS,
        "body": BASE64,
        "responseStatus": _STATUS,
        "responseHeader": HEADERS,
        "responseHeaders": HEADERS,
        "responseBody": BASE64,
        "error": TEXT,
    },
)

_SCHEDULE: Json = record(
    {
        "scheduleId": NAME,
        "cron": TEXT,
        "destination": TEXT,
        "createdAt": TIME_MS,
        "method": _METHOD,
        "isPaused": FLAG,
        "retries": WHOLE,
        "nextScheduleTime": TIME_MS,
    },
    _OPTIONS
    | BODY
    | _callbacks("Header")
    | {
        "queueName": NAME,
        "callerIP": TEXT,
        "callerIp": TEXT,
        "delay": described(POSITIVE, "Seconds."),
        "lastScheduleTime": TIME_MS,
        "lastScheduleStates": {
            "type": "object",
            "description": "The state of each message of the last trigger, by message id.",
            "additionalProperties": {"type": "string", "enum": ["IN_PROGRESS", "SUCCESS", "FAIL"]},
        },
        "error": described(TEXT, "Why the last trigger made no message."),
    },
)

_QUEUE: Json = record(
    {
        "name": NAME,
        "parallelism": POSITIVE,
        "createdAt": TIME_MS,
        "updatedAt": TIME_MS,
        "lag": described(WHOLE, "Messages that wait or are being delivered."),
        "paused": FLAG,
    }
)

_URL_GROUP: Json = record(
    {
        "name": NAME,
        "createdAt": TIME_MS,
        "updatedAt": TIME_MS,
        "endpoints": array(record({"url": TEXT}, {"name": TEXT})),
    }
)

_FLOW_CONTROL: Json = record(
    {
        "flowControlKey": TEXT,
        "waitListSize": WHOLE,
        "parallelismMax": described(WHOLE, "0 if there is no limit."),
        "parallelismCount": WHOLE,
        "rateMax": described(WHOLE, "0 if there is no limit."),
        "rateCount": WHOLE,
        "ratePeriod": described(WHOLE, "Seconds."),
        "ratePeriodStart": described(WHOLE, "Unix time in seconds."),
        "isPaused": FLAG,
        "isPinnedParallelism": FLAG,
        "isPinnedRate": FLAG,
    }
)

_CURSOR: Json = {"cursor": described(TEXT, "Where the next page starts; missing on the last page.")}
_EVENTS: Json = array(schema_ref("Event"))

SCHEMAS: Json = {
    "Receipt": _RECEIPT,
    "GroupReceipts": array(schema_ref("Receipt")),
    "RunReceipt": record(
        {"messageId": TEXT, "url": TEXT, "workflowRunId": TEXT, "workflowCreatedAt": TIME_MS},
        {"deduplicated": described(FLAG, "The run goes on already, or the step is there already.")},
    ),
    "BatchReceipts": array({"anyOf": [schema_ref("Receipt"), schema_ref("GroupReceipts"), schema_ref("RunReceipt")]}),
    "Message": record(MESSAGE_REQUIRED, MESSAGE_OPTIONAL),
    "Cancelled": record({"cancelled": WHOLE}),
    "DeadLetter": _DEAD_LETTER,
    "DeadLetters": record({"messages": array(schema_ref("DeadLetter"))}, _CURSOR),
    "Deleted": record({"deleted": WHOLE}, _CURSOR),
    "Retried": record({"messageId": TEXT}, {"deduplicated": _DEDUPLICATED}),
    "RetriedMany": record({"responses": array(schema_ref("Retried")), "cursor": TEXT}),
    "Event": _EVENT,
    "Events": record({"events": _EVENTS}, _CURSOR),
    "Logs": record({"logs": _EVENTS, "events": _EVENTS}, _CURSOR),
    "EventsByMessage": record(
        {"messages": array(record({"messageId": TEXT, "events": array(schema_ref("Event"), minItems=1)}))}, _CURSOR
    ),
    "Schedule": _SCHEDULE,
    "ScheduleCreated": record({"scheduleId": NAME}),
    "Queue": _QUEUE,
    "UrlGroup": _URL_GROUP,
    "FlowControl": _FLOW_CONTROL,
    "GlobalParallelism": record({"parallelismMax": WHOLE, "parallelismCount": WHOLE}),
}
