"""What the console looks at: status, set-up, messages in lists and in detail, and the feed of changes."""

from __future__ import annotations

from qstash_dev.api.openapi.parameters import LOG_QUERY
from qstash_dev.api.openapi.parts import (
    CONFLICT,
    FAILURE_REASON,
    FLAG,
    NOT_FOUND,
    POSITIVE,
    TEXT,
    TIME_MS,
    WHOLE,
    Json,
    answer,
    array,
    described,
    in_path,
    in_query,
    operation,
    record,
    schema_ref,
)
from qstash_dev.protocol.option_values import METHODS
from qstash_dev.protocol.warning import WarningCode
from qstash_dev.state.message import State
from qstash_dev.state.related_messages import Relation

_TAG = "Control"
_DURATION_MS = described(WHOLE, "Milliseconds.")
_STATE: Json = {"type": "string", "enum": [state.value for state in State]}
_HEADERS: Json = {"type": "object", "additionalProperties": array(TEXT)}
_BODY: Json = {"body": described(TEXT, "Empty if the bytes are not UTF-8."), "bodySize": WHOLE}
_MORE_BODY: Json = {"bodyBase64": TEXT, "truncated": FLAG}
_KIN: Json = record(
    {"relation": {"type": "string", "enum": [relation.value for relation in Relation]}, "messageId": TEXT},
    {"state": _STATE, "url": TEXT},
)
_CHECK: Json = record({"name": TEXT, "value": TEXT, "ok": FLAG, "text": TEXT})
_ATTEMPT: Json = record(
    {
        "number": POSITIVE,
        "time": TIME_MS,
        "duration": _DURATION_MS,
        "succeeded": FLAG,
        "request": record(
            {
                "method": {"type": "string", "enum": list(METHODS)},
                "url": TEXT,
                "sentTo": described(TEXT, "Where it went after the mappings, empty if it never left."),
                "headers": _HEADERS,
                **_BODY,
            },
            _MORE_BODY,
        ),
        "signature": {
            "anyOf": [record({"token": TEXT, "valid": FLAG, "checks": array(_CHECK)}), {"type": "null"}],
        },
    },
    {
        "response": record({"status": WHOLE, "headers": _HEADERS, **_BODY}, _MORE_BODY),
        "error": TEXT,
        **FAILURE_REASON,
        "hint": described(TEXT, "What to look at."),
        "fault": described(TEXT, "Id of the fault that struck it."),
    },
)
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_CALLBACK: Json = described(
    record(
        {"method": {"type": "string", "enum": list(METHODS)}, "retries": WHOLE},
        {"retryDelay": TEXT, "delay": _DURATION_MS, "timeout": _DURATION_MS},
    ),
    "How the callback is delivered.",
)
_WARNING: Json = described(
    record({"code": {"type": "string", "enum": list(WarningCode)}, "text": TEXT}),
    "What hosted QStash may not take, or may take otherwise.",
)
_STEP: Json = record(
    {"seq": WHOLE, "time": TIME_MS, "state": _STATE, "retried": WHOLE},
    {
        "nextDelivery": TIME_MS,
        "responseStatus": WHOLE,
        "duration": _DURATION_MS,
        "error": TEXT,
        **FAILURE_REASON,
        "warning": _WARNING,
    },
)

_SCHEDULE: Json = {
    "scheduleId": TEXT,
    "cron": TEXT,
    "timeZone": described(TEXT, "That its cron expression is read in."),
    "destination": TEXT,
    "isPaused": FLAG,
    "nextScheduleTime": TIME_MS,
    "bodySize": WHOLE,
}
_SCHEDULE_WARNINGS: Json = {"warnings": array(_WARNING)}
_RUN: Json = record({"time": TIME_MS, "inZone": described(TEXT, "In the zone of the schedule, ISO 8601.")})

CONSOLE_SCHEMAS: Json = {
    "ScheduleSummary": described(
        record(_SCHEDULE, _SCHEDULE_WARNINGS, open=True), "As GET /v2/schedules/{id} has it, without its body."
    ),
    "ScheduleDetail": described(
        record({**_SCHEDULE, "body": TEXT, "nextRuns": array(_RUN)}, _MORE_BODY | _SCHEDULE_WARNINGS, open=True),
        "As GET /v2/schedules/{id} has it, its body cut. The next runs are those it would have if it is paused.",
    ),
    "QueueDetail": record(
        {
            "name": TEXT,
            "parallelism": POSITIVE,
            "createdAt": TIME_MS,
            "updatedAt": TIME_MS,
            "lag": WHOLE,
            "paused": FLAG,
            "waiting": described(WHOLE, "Due, and in line."),
            "inUse": described(WHOLE, "Places of the parallelism that are taken, also by what waits for a retry."),
        }
    ),
    "MessageSummary": record(
        {
            "messageId": TEXT,
            "state": _STATE,
            "method": {"type": "string", "enum": list(METHODS)},
            "url": TEXT,
            "createdAt": TIME_MS,
            "retried": WHOLE,
            "maxRetries": WHOLE,
            "size": described(WHOLE, "Bytes of the body."),
        },
        {
            "inFlight": FLAG,
            "due": described(TIME_MS, "When it waits for its time: unix milliseconds."),
            "topicName": TEXT,
            "endpointName": TEXT,
            "queueName": TEXT,
            "scheduleId": TEXT,
            "flowControlKey": TEXT,
            "labels": array(TEXT),
            "workflowRunId": TEXT,
            "warnings": array(_WARNING),
            "duration": described(_DURATION_MS, "Of the latest attempt."),
            "responseStatus": WHOLE,
            "error": TEXT,
            **FAILURE_REASON,
        },
    ),
    "MessageDetail": record(
        {
            "user": TEXT,
            "now": TIME_MS,
            "seq": WHOLE,
            "summary": schema_ref("MessageSummary"),
            "message": described({"type": "object"}, "As GET /v2/messages/{id} has it, its body cut."),
            "options": record(
                {"destination": TEXT},
                {
                    "delay": _DURATION_MS,
                    "notBefore": TIME_MS,
                    "callback": _CALLBACK,
                    "failureCallback": _CALLBACK,
                    "deduplicationId": TEXT,
                    "contentBasedDeduplication": FLAG,
                    "redact": array(TEXT),
                },
            ),
            "attempts": array(_ATTEMPT),
            "timeline": array(_STEP),
            "parent": {"anyOf": [_KIN, {"type": "null"}]},
            "children": array(_KIN),
        },
        {"waitsFor": described(TEXT, "Why it has not been delivered yet.")},
    ),
    "Status": record(
        {
            "version": TEXT,
            "clock": schema_ref("Clock"),
            "users": array(
                record(
                    {
                        "name": TEXT,
                        "inFlight": described(WHOLE, "On the wire."),
                        "due": described(WHOLE, "Waiting for a gate or a connection."),
                        "later": described(WHOLE, "Waiting for their time."),
                        "failed": described(WHOLE, "In the dead letter queue."),
                        "messages": described(WHOLE, "All that are kept."),
                    }
                )
            ),
        }
    ),
    "Setup": record(
        {
            "version": TEXT,
            "url": described(TEXT, "As it was just called."),
            "openapi": TEXT,
            "users": array(
                record(
                    {
                        "name": TEXT,
                        "token": TEXT,
                        "readOnlyToken": TEXT,
                        "env": {"type": "object", "additionalProperties": TEXT},
                    }
                )
            ),
            "quota": {"type": "object"},
            "limits": {"type": "object"},
            "modes": record(
                {
                    "host": described(_TEXT_OR_NULL, "The address it listens on; null for both loopback addresses."),
                    "logPort": {"type": ["integer", "null"]},
                    "allowHosts": array(TEXT),
                    "allowOrigins": array(TEXT),
                    "gate": described(FLAG, "Whether plain publishes are answered ahead of the web framework."),
                    "ownCertificates": described(FLAG, "Whether a file of certificate authorities was given."),
                    "lazyFetchBytes": {"type": ["integer", "null"]},
                }
            ),
            "mappings": array(schema_ref("Mapping")),
        }
    ),
}

_ID = in_path("id", "Id of the message.")
_USER = in_query("user", "Id of a user, the default one unless given.")
_ONLY = in_query("user", "Id of the user whose it must be, any unless given.")
_LIST_QUERY = [
    _USER,
    in_query("search", "Text in an id, a URL, a name, a label or a body, in upper or lower case."),
    in_query("state", "States of the messages.", _STATE, many=True),
    in_query(
        "due",
        "Messages that wait for nothing but a gate or a connection, or for their time.",
        {"type": "string", "enum": ["now", "later"]},
    ),
    in_query("count", "How many at most, 50 by default, 200 at most.", WHOLE),
    in_query("cursor", "The cursor of the answer before, unchanged."),
    *(one for one in LOG_QUERY if one["name"] not in ("messageIds", "state", "count", "cursor", "order", "trimBody")),
]


def _do(id: str, summary: str, schema: Json, parameters: list[Json] | None = None, **errors: Json) -> Json:
    answers = {200: answer("Done.", schema)} | {int(name[1:]): error for name, error in errors.items()}
    made = operation(id, _TAG, summary, answers, parameters=parameters or [])
    del made["responses"]["401"]
    return made | {"security": []}


_FEED: Json = {
    "description": (
        "Events `change`, with changed messages as MessageSummary, their `seq`, how many `more` were left out, and "
        "the Status when it is another; events `gap` when the list must be read again."
    ),
    "content": {"text/event-stream": {}},
}

CONSOLE_PATHS: Json = {
    "/_dev/status": {"get": _do("getStatus", "What the messages of each user are doing", schema_ref("Status"))},
    "/_dev/setup": {"get": _do("getSetup", "Tokens, environment, limits and mappings", schema_ref("Setup"))},
    "/_dev/messages": {
        "get": _do(
            "listAllMessages",
            "Messages of one user, newest first",
            record(
                {
                    "messages": array(schema_ref("MessageSummary")),
                    "total": described(WHOLE, "All messages of the user."),
                    "lookedAt": described(WHOLE, "How many were compared with the filters for this answer."),
                    "seq": described(WHOLE, "The latest event that the answer takes account of."),
                },
                {"cursor": described(TEXT, "Leads on; an answer may have one and yet hold few messages, or none.")},
            ),
            _LIST_QUERY,
            s404=NOT_FOUND,
        )
    },
    "/_dev/messages/{id}": {
        "get": _do(
            "getMessageDetail",
            "Everything that is known about a message",
            schema_ref("MessageDetail"),
            [_ID, _ONLY, in_query("trimBody", "Show at most so many bytes of each body, 65,536 by default.", WHOLE)],
            s404=NOT_FOUND,
        )
    },
    "/_dev/messages/{id}/cancel": {
        "post": _do(
            "cancelAnyMessage",
            "Cancel a message, whoever published it",
            record({"messageId": TEXT}),
            [_ID, _ONLY],
            s404=NOT_FOUND,
            s409=CONFLICT,
        )
    },
    "/_dev/schedules": {
        "get": _do(
            "listSchedulesWithoutBodies",
            "Schedules of one user",
            array(schema_ref("ScheduleSummary")),
            [_USER],
            s404=NOT_FOUND,
        )
    },
    "/_dev/schedules/{id}": {
        "get": _do(
            "getScheduleDetail",
            "A schedule and its next runs",
            schema_ref("ScheduleDetail"),
            [in_path("id", "Id of the schedule."), _USER],
            s404=NOT_FOUND,
        )
    },
    "/_dev/queues": {
        "get": _do(
            "listQueuesInDetail", "Queues of one user", array(schema_ref("QueueDetail")), [_USER], s404=NOT_FOUND
        )
    },
    "/_dev/feed": {
        "get": operation(
            "streamChanges",
            _TAG,
            "Server-sent events about the messages that change, at most ten a second",
            {200: _FEED, 404: NOT_FOUND},
            parameters=[_USER, in_query("lastEventId", "Like the header Last-Event-ID.")],
        )
        | {"security": []}
    },
}
