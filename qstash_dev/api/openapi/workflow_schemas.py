"""What answers about workflow runs are made of."""

from __future__ import annotations

from qstash_dev.api.openapi.old_schemas import BASE64, BODY, HEADERS, MESSAGE_OPTIONAL, MESSAGE_REQUIRED, RUN_FIELDS
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
    schema_ref,
)
from qstash_dev.broker.workflows.log_rows import STEP_STATES
from qstash_dev.state.run import CallbackState, RunState

_RUN_NAME: Json = {"workflowRunId": TEXT, "workflowCreatedAt": TIME_MS}
_RUN_STATE: Json = {"type": "string", "enum": [state.value for state in RunState]}
_STEP_STATE: Json = {"type": "string", "enum": sorted(set(STEP_STATES.values()))}
_CALLBACK_STATE: Json = {"type": "string", "enum": [state.value for state in CallbackState]}
_DURATION: Json = {"type": ["number", "string"]}
_LABELS: Json = {"label": described(TEXT, "The first label."), "labels": array(TEXT, minItems=1)}
_CURSOR: Json = {"cursor": described(TEXT, "Where the next page starts; missing on the last page.")}
_KNOWN: Json = {"deduplicated": described(FLAG, "A run of this id goes on, or the step is there already.")}
_RESPONSE: Json = {"responseStatus": {"type": "integer"}, "responseBody": TEXT, "responseHeaders": HEADERS}

_STEP_ERROR: Json = record(
    {
        "error": described(TEXT, "The status and its reason, or why there was no answer."),
        "headers": HEADERS,
        "status": described(WHOLE, "0 if there was no answer."),
        "time": TIME_MS,
    },
    {"body": TEXT},
)
_ERRORS: Json = {"errors": array(schema_ref("StepError"), minItems=1)}
_TRIES: Json = {"retries": WHOLE}
_NEXT_TRY: Json = {"retryDelay": TEXT, "nextDeliveryTime": TIME_MS, **_ERRORS}

_STEP: Json = record(
    {
        "stepName": TEXT,
        "stepType": TEXT,
        "callType": TEXT,
        "messageId": described(TEXT, "Empty for what the server waits for itself."),
        "concurrent": described(POSITIVE, "How many steps its group has."),
        "createdAt": TIME_MS,
        "state": _STEP_STATE,
        "headers": HEADERS,
        **_TRIES,
    },
    {
        "stepId": described(POSITIVE, "Missing for the start of the run."),
        "out": described(TEXT, "What the step came to, or what the run was started with."),
        "retryDelay": TEXT,
        **_ERRORS,
        "sleepFor": _DURATION,
        "sleepUntil": _DURATION,
        "waitEventId": TEXT,
        "waitTimeoutDuration": TEXT,
        "waitTimeoutDeadline": TIME_MS,
        "waitTimeout": described(FLAG, "The time was up."),
        "callUrl": TEXT,
        "callMethod": TEXT,
        "callHeaders": HEADERS,
        "callBody": TEXT,
        "callResponseStatus": described({"type": "integer"}, "-1 if there was no answer."),
        "callResponseBody": TEXT,
        "callResponseHeaders": HEADERS,
        "invokedWorkflowRunId": TEXT,
        "invokedWorkflowUrl": TEXT,
        "invokedWorkflowCreatedAt": TIME_MS,
        "invokedWorkflowRunBody": TEXT,
        "invokedWorkflowRunHeaders": HEADERS,
    },
)
_NEXT_STEP: Json = record(
    {"messageId": TEXT, "state": _STEP_STATE, **_TRIES},
    {**_NEXT_TRY, "stepName": described(TEXT, "The step that it fails in, where the SDK tells.")},
)
_STEPS: Json = {
    "anyOf": [
        record({"type": {"const": "sequential"}, "steps": array(schema_ref("Step"), minItems=1, maxItems=1)}),
        record({"type": {"const": "parallel"}, "steps": array(schema_ref("Step"), minItems=1)}),
        record({"type": {"const": "next"}, "steps": array(schema_ref("NextStep"), minItems=1)}),
    ],
    "description": "Steps done one after the other or beside each other, and what is delivered next.",
}
_FAILURE_FUNCTION: Json = record(
    {
        "messageId": TEXT,
        "url": TEXT,
        "state": _CALLBACK_STATE,
        "failHeaders": HEADERS,
        "failStatus": described(WHOLE, "The status that the run failed with, 0 if there was no answer."),
        "dlqId": TEXT,
        "maxRetries": WHOLE,
    },
    {"failResponse": TEXT, "nextDeliveryTime": TIME_MS, **_ERRORS, **_RESPONSE},
)
_INVOKER: Json = record({"workflowRunId": TEXT, "workflowUrl": TEXT, "workflowRunCreatedAt": TIME_MS})
_RUN: Json = record(
    {
        "workflowRunId": TEXT,
        "workflowUrl": TEXT,
        "workflowState": _RUN_STATE,
        "workflowRunCreatedAt": TIME_MS,
        "workflowRunCallerIp": TEXT,
        "steps": array(schema_ref("StepGroup")),
    },
    {
        "workflowRunCompletedAt": TIME_MS,
        "workflowRunResponse": described(TEXT, "What the route returned, as the SDK sent it."),
        "invoker": described(_INVOKER, "The run that waits for this one."),
        "failureFunction": schema_ref("FailureFunction"),
        "dlqId": TEXT,
        "flowControlKey": TEXT,
        "notes": described(
            array(record({"time": TIME_MS, "text": TEXT})), "What a person must know of it, in words."
        ),
        **_LABELS,
    },
)
_EVENT: Json = record(
    {
        "time": TIME_MS,
        "state": {"type": "string", "enum": [*_RUN_STATE["enum"], *_STEP_STATE["enum"]]},
        **RUN_FIELDS,
        "headers": HEADERS,
        "callerIp": TEXT,
    },
    {
        "messageId": described(TEXT, "Of a step; this and stepInfo are missing where the event is one of the run."),
        "stepInfo": record({"stepName": TEXT, "stepType": TEXT}),
        "nextDeliveryTime": TIME_MS,
        "error": TEXT,
        "invokerWorkflowRunId": TEXT,
        "invokerWorkflowUrl": TEXT,
        "invokerWorkflowCreatedAt": TIME_MS,
        "workflowRunResponse": TEXT,
        "dlqId": TEXT,
        **_RESPONSE,
        **_LABELS,
    },
)
_DEAD_LETTER: Json = record(
    MESSAGE_REQUIRED
    | RUN_FIELDS
    | {"dlqId": TEXT, "responseStatus": described({"type": "integer"}, "0 if there was no answer.")},
    MESSAGE_OPTIONAL
    | BODY
    | {
        "responseHeader": HEADERS,
        "responseBody": TEXT,
        "responseBodyBase64": BASE64,
        "error": described(TEXT, "Why there was no answer."),
        "failureCallback": TEXT,
        "failureFunctionState": _CALLBACK_STATE,
        "failureCallbackInfo": record({"state": _CALLBACK_STATE}, _RESPONSE),
    },
)
_WAITER: Json = record(
    {
        "url": TEXT,
        "headers": HEADERS,
        "deadline": described(WHOLE, "Unix time in seconds."),
        "timeoutUrl": TEXT,
        "timeoutHeaders": HEADERS,
    }
)
_RAW_STEP: Json = record(
    {
        "messageId": TEXT,
        "body": BASE64,
        "callType": {"type": "string", "enum": ["step", "toCallback", "fromCallback"]},
    }
)

WORKFLOW_SCHEMAS: Json = {
    "RunName": record(_RUN_NAME),
    "Triggered": record(_RUN_NAME, _KNOWN),
    "Ended": record({}, {"cancelled": described(WHOLE, "1 if the run was cancelled.")}),
    "RawStep": _RAW_STEP,
    "Waiter": _WAITER,
    "Notified": record({"waiter": schema_ref("Waiter"), "messageId": TEXT, "error": TEXT, **_RUN_NAME}),
    "Hooked": record(_RUN_NAME, {"messageId": described(TEXT, "Missing if the run does not wait for it yet.")}),
    "StepError": _STEP_ERROR,
    "Step": _STEP,
    "NextStep": _NEXT_STEP,
    "StepGroup": _STEPS,
    "FailureFunction": _FAILURE_FUNCTION,
    "Run": _RUN,
    "Runs": record({"runs": array(schema_ref("Run"))}, _CURSOR),
    "WorkflowEvents": record({"events": array(_EVENT)}, _CURSOR),
    "WorkflowDeadLetter": _DEAD_LETTER,
    "WorkflowDeadLetters": record({"messages": array(schema_ref("WorkflowDeadLetter"))}, _CURSOR),
    "Recovered": record({"cursor": TEXT, "workflowRuns": array(schema_ref("RunName"))}),
}
