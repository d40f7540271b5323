"""What the console looks at: dead letters in groups, and workflow runs with the times of their steps."""

from __future__ import annotations

from qstash_dev.api.dev.dlq import KINDS
from qstash_dev.api.openapi.parts import (
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
from qstash_dev.state.run import CallbackState, RunState

_TAG = "Control"
_KIND: Json = {"type": "string", "enum": list(KINDS)}
_RUN_STATE: Json = {"type": "string", "enum": [state.value for state in RunState]}
_FUNCTION_STATE: Json = {"type": "string", "enum": [state.value for state in CallbackState]}
_CUT_BODY: Json = {"body": described(TEXT, "Empty if the bytes are not UTF-8."), "bodySize": WHOLE}
_MORE_BODY: Json = {"bodyBase64": TEXT, "truncated": FLAG}
_HEADERS: Json = {"type": "object", "additionalProperties": array(TEXT)}
_KEY: Json = {
    "kind": described(_KIND, "Whether a plain message or a workflow run died."),
    "what": described(TEXT, "The last status, or the error if there was no answer."),
    "to": described(TEXT, "The URL without its query."),
}
_WAIT: Json = record(
    {
        "kind": {
            "type": "string",
            "enum": ["delivery", "retry", "sleep", "delay", "turn", "call", "event", "webhook", "invoke"],
        },
        "text": TEXT,
    },
    {
        "messageId": TEXT,
        "url": TEXT,
        "stepName": TEXT,
        "stepId": WHOLE,
        "dueAt": TIME_MS,
        "eventId": TEXT,
        "waiters": described(POSITIVE, "How many runs wait for the event."),
        "hook": described(TEXT, "The webhook's address below that of the server."),
        "workflowRunId": TEXT,
    },
)
_CHILD: Json = record({"workflowRunId": TEXT, "url": TEXT, "state": _RUN_STATE, "stepName": TEXT})

CONSOLE_RUN_SCHEMAS: Json = {
    "LetterSummary": record(
        {
            "dlqId": TEXT,
            **_KEY,
            "messageId": TEXT,
            "method": {"type": "string", "enum": list(METHODS)},
            "url": TEXT,
            "failedAt": TIME_MS,
            "attempts": POSITIVE,
            "duration": described(WHOLE, "Milliseconds of the last attempt."),
            "error": TEXT,
            **FAILURE_REASON,
        },
        {
            "responseStatus": WHOLE,
            "topicName": TEXT,
            "queueName": TEXT,
            "scheduleId": TEXT,
            "labels": array(TEXT),
            "workflowRunId": TEXT,
            "workflowCreatedAt": TIME_MS,
            "failureFunctionState": _FUNCTION_STATE,
        },
    ),
    "RunSummary": record(
        {
            "workflowRunId": TEXT,
            "createdAt": TIME_MS,
            "url": TEXT,
            "state": _RUN_STATE,
            "steps": described(WHOLE, "How many steps are done."),
        },
        {
            "completedAt": TIME_MS,
            "labels": array(TEXT),
            "flowControlKey": TEXT,
            "invokedBy": described(TEXT, "The run that waits for this one."),
            "error": TEXT,
            **FAILURE_REASON,
            "failureFunctionState": _FUNCTION_STATE,
            "waits": array(_WAIT),
            "older": described(FLAG, "Another run has used its id since."),
            "moreWaits": described(POSITIVE, "How many waits are left out."),
        },
    ),
    "RunDetail": record(
        {
            "user": TEXT,
            "now": TIME_MS,
            "run": described(
                {"type": "object"},
                "As GET /v2/workflows/logs has it; a step also has `phase`, `begunAt`, `endedAt` or `dueAt`, and its "
                "`attempts`, which are those of the message `triedIn`.",
            ),
            "payload": record(_CUT_BODY, _MORE_BODY),
            "headers": _HEADERS,
            "waits": array(_WAIT),
            "inDeadLetterQueue": FLAG,
            "retries": WHOLE,
            "children": array(_CHILD),
        },
        {"parentState": _RUN_STATE},
    ),
}

_USER = in_query("user", "Id of a user, the default one unless given.")
_ONLY = in_query("user", "Id of the user whose it must be, any unless given.")
_TRIM = in_query("trimBody", "Show at most so many bytes of each body, 65,536 by default.", WHOLE)
_CURSOR = in_query("cursor", "The cursor of the answer before, unchanged.")
_LETTERS = [
    _USER,
    in_query("search", "Text in an id, a URL, a name, a label, an error or the beginning of the answer."),
    in_query("kind", "What died.", _KIND),
    in_query("what", "One status or error."),
    in_query("to", "One URL, without a query."),
]
_RUNS = [
    _USER,
    in_query("search", "Text in an id, a URL, a label, an event or an error, in upper or lower case."),
    in_query("state", "States of the runs.", _RUN_STATE, many=True),
    *(in_query(name, f"Filter as in /v2/workflows/logs: {name}.", many=True) for name in ("workflowUrl", "label")),
    in_query("count", "How many at most, 50 by default, 200 at most.", WHOLE),
    _CURSOR,
]


def _get(id: str, summary: str, schema: Json, parameters: list[Json]) -> Json:
    answers = {200: answer("Done.", schema), 404: NOT_FOUND}
    made = operation(id, _TAG, summary, answers, parameters=parameters)
    del made["responses"]["401"]
    return {"get": made | {"security": []}}


CONSOLE_RUN_PATHS: Json = {
    "/_dev/dlq": _get(
        "listAllDeadLetters",
        "Dead letters of messages and of workflow runs, newest first",
        record({"letters": array(schema_ref("LetterSummary")), "total": WHOLE}, {"cursor": TEXT}),
        [*_LETTERS, in_query("count", "How many at most, 100 by default, 500 at most.", WHOLE), _CURSOR],
    ),
    "/_dev/dlq/groups": _get(
        "listDeadLetterGroups",
        "How many dead letters there are of each error and destination",
        record(
            {
                "groups": array(
                    record(
                        {**_KEY, "count": POSITIVE, "newest": TIME_MS, "oldest": TIME_MS, **FAILURE_REASON},
                        {"responseStatus": WHOLE},
                    )
                ),
                "more": described(WHOLE, "How many groups are left out."),
                "counts": record(dict.fromkeys(KINDS, WHOLE)),
                "total": WHOLE,
            }
        ),
        _LETTERS,
    ),
    "/_dev/dlq/{id}": _get(
        "getAnyDeadLetter",
        "One dead letter with what was sent and what was answered",
        record(
            {"letter": schema_ref("LetterSummary"), "request": record(_CUT_BODY, _MORE_BODY)},
            {
                "response": record({"status": WHOLE, "headers": _HEADERS, **_CUT_BODY}, _MORE_BODY),
                "hint": described(TEXT, "What to look at."),
            },
        ),
        [in_path("id", "Id of the entry."), _USER, _TRIM],
    ),
    "/_dev/runs": _get(
        "listAllRuns",
        "Workflow runs of one user, newest first",
        record({"runs": array(schema_ref("RunSummary")), "total": WHOLE}, {"cursor": TEXT}),
        _RUNS,
    ),
    "/_dev/runs/{id}": _get(
        "getRunDetail",
        "Everything that is known about a workflow run",
        schema_ref("RunDetail"),
        [
            in_path("id", "Id of the run."),
            _ONLY,
            in_query("createdAt", "Which of several runs of this id.", WHOLE),
            _TRIM,
        ],
    ),
}
