"""The shapes of what the control API takes and answers."""

from __future__ import annotations

from qstash_dev.api.openapi.parts import (
    FLAG,
    POSITIVE,
    TEXT,
    TIME_MS,
    WHOLE,
    Json,
    array,
    described,
    record,
)
from qstash_dev.dev.arguments import MOST_STEPS
from qstash_dev.dev.faults import KINDS

_NUMBER: Json = {"type": "number", "minimum": 0}
_OR_NULL: Json = {"type": "null"}
_ISO: Json = {"type": "string", "format": "date-time"}
DURATION: Json = {"anyOf": [_NUMBER, TEXT], "description": "Seconds, or a duration such as '4d'."}
INSTANT: Json = {"anyOf": [WHOLE, TEXT], "description": "Unix milliseconds, or ISO 8601."}
MAX_STEPS: Json = {"type": "integer", "minimum": 1, "maximum": MOST_STEPS, "description": "Most stops on the way."}
START: Json = {
    "anyOf": [WHOLE, TEXT, _OR_NULL],
    "description": "'real', or the time at which the clock is to stand still: unix milliseconds, or ISO 8601.",
}
TIMEOUT: Json = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 600,
    "description": "Seconds of real time until it is an error, 5 by default.",
}
_PROGRESS: Json = {
    "now": TIME_MS,
    "time": _ISO,
    "steps": described(WHOLE, "Stops on the way."),
    "attempts": described(WHOLE, "Delivery attempts started."),
}
_PENDING: Json = record(
    {"user": TEXT, "url": TEXT, "state": TEXT, "waitsFor": TEXT},
    {"messageId": TEXT, "workflowRunId": TEXT, "due": TIME_MS, "dueTime": _ISO},
)
_INBOX: Json = {
    "name": TEXT,
    "received": WHOLE,
    "forgotten": WHOLE,
    "script": described(WHOLE, "Answers that are left, the last of which repeats."),
}
_LATEST: Json = {"latest": described(TIME_MS, "When the latest request came.")}
_CAPTURED: Json = record(
    {
        "number": described(POSITIVE, "Counts on when the inbox is cleared."),
        "at": TIME_MS,
        "time": _ISO,
        "method": TEXT,
        "target": described(TEXT, "Path and query below the inbox."),
        "headers": {"type": "object", "additionalProperties": array(TEXT)},
        "signatureError": {
            "type": ["string", "null"],
            "description": "Why the signature is not valid, null if it is.",
        },
        "claims": {"type": "object"},
    },
    {
        "body": TEXT,
        "bodyBase64": TEXT,
        "bodySize": described(WHOLE, "Bytes of the whole body; there if trimBody is."),
        "truncated": FLAG,
    },
)
ANSWER: Json = {
    "anyOf": [
        {"type": "integer", "minimum": 200, "maximum": 599},
        array({}, minItems=2, maxItems=2),
        record(
            {},
            {
                "status": {"type": "integer", "minimum": 200, "maximum": 599},
                "body": TEXT,
                "bodyBase64": TEXT,
                "json": {},
                "headers": {"type": "object", "additionalProperties": TEXT},
                "delay": described(DURATION, "Real time, at most 600 s: seconds, or a duration such as '500ms'."),
                "drop": described(FLAG, "Reset the connection instead of answering."),
            },
        ),
    ]
}
SHOWN_ANSWER: Json = record(
    {},
    {
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "body": TEXT,
        "bodyBase64": TEXT,
        "headers": {"type": "object", "additionalProperties": TEXT},
        "delay": described(_NUMBER, "Seconds."),
        "drop": FLAG,
        "function": described(TEXT, "Name of a function in a test, which makes the answer."),
    },
)
_DUE: Json = record(
    {
        "due": TIME_MS,
        "dueTime": _ISO,
        "kind": {"type": "string", "enum": ["message", "retry", "schedule", "event", "flowControl"]},
        "user": TEXT,
    },
    {
        "url": described(TEXT, "Or the name of a URL group."),
        "messageId": TEXT,
        "scheduleId": TEXT,
        "workflowRunId": TEXT,
        "eventId": TEXT,
        "flowControlKey": TEXT,
    },
)
FAULT_FIELDS: Json = {
    "match": described({"type": "string", "minLength": 1, "maxLength": 2_000}, "URL in which * stands for anything."),
    "status": {"anyOf": [{"type": "integer", "minimum": 100, "maximum": 999}, _OR_NULL]},
    "error": {"anyOf": [{"type": "string", "enum": list(KINDS)}, _OR_NULL]},
    "times": {"anyOf": [POSITIVE, _OR_NULL], "description": "How often, null for every time."},
    "probability": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "seed": described(WHOLE, "Determines which attempts the probability spares."),
}

DEV_SCHEMAS: Json = {
    "Clock": record(
        {
            "now": TIME_MS,
            "time": _ISO,
            "mode": {"type": "string", "enum": ["real", "travelled", "scaled", "paused"]},
            "paused": FLAG,
            "scale": described(_NUMBER, "How many times as fast as real time it runs."),
            "offset": {"type": "integer", "description": "Milliseconds ahead of real time."},
        }
    ),
    "Progress": record(_PROGRESS),
    "Idle": record(_PROGRESS | {"pending": array(_PENDING), "count": WHOLE}),
    "Due": record({"now": TIME_MS, "due": array(_DUE), "count": described(WHOLE, "Of all, shown or not.")}),
    "InboxSummary": record(_INBOX, _LATEST),
    "Inbox": record(
        _INBOX
        | {
            "first": described(POSITIVE, "Number of the oldest request that is kept, or of the next one."),
            "requests": array(_CAPTURED),
        },
        _LATEST,
    ),
    "Fault": record({"id": TEXT, **FAULT_FIELDS, "latency": _NUMBER, "struck": WHOLE}),
    "Mapping": record({"pattern": TEXT, "target": TEXT}),
}
