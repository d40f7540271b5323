"""The operations about workflow runs."""

from __future__ import annotations

from qstash_dev.api.openapi.parameters import BODY_FILTERS, ID, ITEM_BODY, PUBLISH_HEADERS, TRIM_BODY
from qstash_dev.api.openapi.parts import (
    ANY_BODY,
    NAME,
    NOT_FOUND,
    QUOTA,
    TEXT,
    TOO_LARGE,
    WHOLE,
    Json,
    answer,
    array,
    described,
    in_header,
    in_path,
    in_query,
    json_body,
    operation,
    record,
    schema_ref,
)
from qstash_dev.api.v2.workflows.logs import STATES
from qstash_dev.state.run import CallbackState

_TEXTS: Json = {"anyOf": [TEXT, array(TEXT)]}
_HEADERS: Json = {"type": "object", "additionalProperties": _TEXTS}
_TRUE_OR_FALSE: Json = {"type": "string", "enum": ["true", "false"]}

_RUN = in_path("id", "Id of the workflow run.")
_EVENT = in_path("event", "Id of the event.", NAME)
_WORKFLOW = in_path("destination", "The URL of the workflow, raw or percent-encoded.")
_INSTANCE = in_header("Upstash-Workflow-CreatedAt", "Which run of this id, by its creation in unix milliseconds.")
_RUN_ID = in_header(
    "Upstash-Workflow-RunId",
    "Id of the run, ASCII without white space, `/`, `?` and `#`; `wfr_` is put before it where it is missing.",
)
_UNKNOWN_SDK = in_header(
    "Upstash-Workflow-Unknown-Sdk", "Let the SDK of the endpoint start the run itself.", _TRUE_OR_FALSE
)

_OF_RUNS: list[Json] = [
    in_query("workflowUrl", "URLs of workflows.", many=True),
    in_query("label", "Labels.", many=True),
    in_query("callerIp", "Addresses of those who triggered them.", many=True),
    in_query("callerIP", "An older spelling of callerIp.", many=True),
    in_query("flowControlKey", "Flow control keys.", many=True),
    in_query("host", "Hosts of the workflows, with or without the port.", many=True),
    in_query("path", "Paths of the workflows.", many=True),
    in_query("fromDate", "Not before this unix time in milliseconds.", WHOLE),
    in_query("toDate", "Not after this unix time in milliseconds.", WHOLE),
    in_query("count", "How many at most.", WHOLE),
    in_query("cursor", "The cursor of the answer before, unchanged."),
]
_INSTANCES: list[Json] = [
    in_query("workflowRunId", "Ids of runs.", many=True),
    in_query("workflowCreatedAt", "When the runs were created, unix milliseconds.", many=True),
]
CANCEL_RUNS_QUERY: list[Json] = [
    in_query("workflowRunIds", "Runs; every other filter is void then.", many=True),
    in_query("workflowUrlExactMatch", "`workflowUrl` is the whole URL rather than its beginning.", _TRUE_OR_FALSE),
    *_OF_RUNS,
]
RUN_DEAD_LETTER_QUERY: list[Json] = [
    in_query("dlqIds", "Entries of the dead letter queue; every other filter is void then.", many=True),
    *_INSTANCES,
    in_query("url", "URLs of the messages that failed.", many=True),
    in_query("responseStatus", "Statuses that the last attempt was answered with.", many=True),
    in_query(
        "failureFunctionState",
        "What became of the failure function.",
        {"type": "string", "enum": [state.value for state in CallbackState]},
        many=True,
    ),
    in_query("failureCallbackState", "Another spelling of failureFunctionState.", many=True),
    in_query("source", "Accepted and without effect."),
    *_OF_RUNS,
]
RUN_LOG_QUERY: list[Json] = [
    in_query("workflowRuns", "Runs as `id@createdAt`; every other filter is void then.", many=True),
    *_INSTANCES,
    in_query("messageId", "Messages of the runs.", many=True),
    in_query("state", "States of the runs, or of any of their steps.", {"type": "string", "enum": STATES}, many=True),
    TRIM_BODY,
    *_OF_RUNS,
]
_GROUP_BY = in_query(
    "groupBy",
    "`workflowRunId` lists runs, as `/v2/workflows/logs` does.",
    {"type": "string", "enum": ["workflowRunId"]},
)

_WAIT: Json = record(
    {
        "step": record(
            {"stepId": WHOLE, "stepName": TEXT, "stepType": TEXT},
            {"concurrent": WHOLE, "targetStep": WHOLE},
            open=True,
        )
    },
    {
        "url": described(TEXT, "Where the run goes on."),
        "timeout": {"type": "string", "examples": ["7d", "20s"]},
        "timeoutUrl": TEXT,
        "timeoutHeaders": _HEADERS,
    },
    open=True,
)
_TRIGGER_ITEM: Json = record({"destination": TEXT}, {"headers": _HEADERS, "body": ITEM_BODY}, open=True)
_CANCEL_BODY: Json = record(
    {},
    {name: _TEXTS for name in ("workflowRunIds", "workflowUrl", "label", "callerIp", "flowControlKey")}
    | {"fromDate": WHOLE, "toDate": WHOLE, "count": WHOLE},
    open=True,
)
_IDS: Json = json_body(
    {"anyOf": [described(record({}, {"dlqIds": array(TEXT)}, open=True), BODY_FILTERS), array(TEXT)]},
    required=False,
)
_RUN_NAME: dict[int, Json] = {200: answer("The run.", schema_ref("RunName")), 404: NOT_FOUND}


def _again(id: str, summary: str) -> Json:
    answers = {
        200: answer("The new runs.", schema_ref("Recovered")),
        404: NOT_FOUND,
        412: QUOTA,
        413: TOO_LARGE,
    }
    parameters = [*RUN_DEAD_LETTER_QUERY, *PUBLISH_HEADERS]
    return {"post": operation(id, "Workflow DLQ", summary, answers, parameters=parameters, body=_IDS)}


def _again_one(id: str, summary: str) -> Json:
    answers = {**_RUN_NAME, 412: QUOTA}
    return {"post": operation(id, "Workflow DLQ", summary, answers, parameters=[ID, *PUBLISH_HEADERS])}


def _hook(method: str) -> Json:
    parameters = [in_path("user", "Id of the user."), _RUN, _EVENT]
    answers = {
        200: answer("The run has it, or keeps it until it waits.", schema_ref("Hooked")),
        404: NOT_FOUND,
        412: QUOTA,
        413: TOO_LARGE,
    }
    id = f"callWebhookBy{method.capitalize()}"
    made = operation(id, "Workflow events", "Call the webhook of a run", answers, parameters=parameters)
    del made["responses"]["401"]
    return made | {"security": []} | ({} if method in ("get", "delete") else {"requestBody": ANY_BODY})


_RUNS: Json = {
    "/v2/trigger/{destination}": {
        "post": operation(
            "triggerWorkflow",
            "Workflows",
            "Start a workflow run",
            {200: answer("The run.", schema_ref("Triggered")), 412: QUOTA},
            parameters=[_WORKFLOW, _RUN_ID, _UNKNOWN_SDK, *PUBLISH_HEADERS],
            body=ANY_BODY,
        )
    },
    "/v2/batch/trigger": {
        "post": operation(
            "triggerWorkflows",
            "Workflows",
            "Start several workflow runs, all or none",
            {
                201: answer("The runs, in the order of the items.", array(schema_ref("Triggered"))),
                412: QUOTA,
                413: TOO_LARGE,
            },
            body=json_body(array(_TRIGGER_ITEM, maxItems=10_000)),
        )
    },
    "/v2/workflows/runs/{id}": {
        "get": operation(
            "getRunSteps",
            "Workflows",
            "Read the raw steps of a run that goes on",
            {200: answer("All of them, the payload first.", array(schema_ref("RawStep"))), 404: NOT_FOUND},
            parameters=[_RUN, _INSTANCE],
        ),
        "delete": operation(
            "endRun",
            "Workflows",
            "Cancel a run; the SDK finishes it with `cancel=false` and the result as the body",
            {200: answer("It has ended.", schema_ref("Ended")), 404: NOT_FOUND, 413: TOO_LARGE},
            parameters=[_RUN, _INSTANCE, in_query("cancel", "Whether it is cancelled.", _TRUE_OR_FALSE)],
            body=ANY_BODY,
        ),
    },
    "/v2/workflows/runs": {
        "delete": operation(
            "cancelRuns",
            "Workflows",
            "Cancel the runs that the ids or filters mean; without any, all, 100 at a time",
            {200: answer("How many were cancelled.", schema_ref("Cancelled")), 413: TOO_LARGE},
            parameters=CANCEL_RUNS_QUERY,
            body=json_body(_CANCEL_BODY, required=False),
        )
    },
    "/v2/workflows/logs": {
        "get": operation(
            "listRuns",
            "Workflows",
            "Read the log of the runs, newest first",
            {200: answer("One page.", schema_ref("Runs"))},
            parameters=RUN_LOG_QUERY,
        )
    },
    "/v2/workflows/events": {
        "get": operation(
            "listRunEvents",
            "Workflows",
            "Read what happened to the messages of runs, newest first",
            {200: answer("One page.", {"anyOf": [schema_ref("WorkflowEvents"), schema_ref("Runs")]})},
            parameters=[*RUN_LOG_QUERY, _GROUP_BY],
        )
    },
}

_EVENTS: Json = {
    "/v2/wait/{event}": {
        "post": operation(
            "waitForEvent",
            "Workflow events",
            "Let a run wait for an event; the SDK sends this, with the headers of a step",
            {201: answer("It waits.", record({})), 412: QUOTA, 413: TOO_LARGE},
            parameters=[
                _EVENT,
                {**in_header("Upstash-Workflow-RunId", "Id of the run."), "required": True},
                {**in_header("Upstash-Workflow-Init", "false.", _TRUE_OR_FALSE), "required": True},
                _INSTANCE,
            ],
            body=json_body(_WAIT),
        )
    },
    "/v2/notify/{event}": {
        "post": operation(
            "notify",
            "Workflow events",
            "Resume every run that waits for an event; the body is handed to it",
            {201: answer("Who was resumed.", array(schema_ref("Notified"))), 413: TOO_LARGE},
            parameters=[_EVENT],
            body=ANY_BODY,
        )
    },
    "/v2/notify/{id}/{event}": {
        "post": operation(
            "notifyRun",
            "Workflow events",
            "Resume one run, or keep the event until it waits for it",
            {
                201: answer(
                    "It was resumed, or will be.", {"anyOf": [schema_ref("Notified"), schema_ref("RunName")]}
                ),
                404: NOT_FOUND,
                412: QUOTA,
                413: TOO_LARGE,
            },
            parameters=[_RUN, _EVENT],
            body=ANY_BODY,
        )
    },
    "/v2/waiters/{event}": {
        "get": operation(
            "listWaiters",
            "Workflow events",
            "List who waits for an event",
            {200: answer("All of them.", array(schema_ref("Waiter")))},
            parameters=[_EVENT],
        )
    },
    "/v2/workflows/hooks/{user}/{id}/{event}": {
        method: _hook(method) for method in ("get", "post", "put", "patch", "delete")
    },
}

_DEAD_LETTERS: Json = {
    "/v2/workflows/dlq": {
        "get": operation(
            "listFailedRuns",
            "Workflow DLQ",
            "List the runs that failed",
            {200: answer("One page.", schema_ref("WorkflowDeadLetters"))},
            parameters=[*RUN_DEAD_LETTER_QUERY, TRIM_BODY],
        ),
        "delete": operation(
            "deleteFailedRuns",
            "Workflow DLQ",
            "Delete entries",
            {200: answer("How many were deleted.", schema_ref("Deleted")), 413: TOO_LARGE},
            parameters=RUN_DEAD_LETTER_QUERY,
            body=_IDS,
        ),
    },
    "/v2/workflows/dlq/resume": _again("resumeRuns", "Go on where runs stopped, 50 at a time"),
    "/v2/workflows/dlq/restart": _again("restartRuns", "Run workflows once more from the beginning, 50 at a time"),
    "/v2/workflows/dlq/resume/{id}": _again_one("resumeRun", "Go on where a run stopped, as a new run"),
    "/v2/workflows/dlq/restart/{id}": _again_one("restartRun", "Run a workflow once more from the beginning"),
    "/v2/workflows/dlq/callback/{id}": {
        "post": operation(
            "retryFailureFunction", "Workflow DLQ", "Tell the failure function once more", _RUN_NAME, parameters=[ID]
        ),
        "delete": operation(
            "cancelFailureFunction", "Workflow DLQ", "Stop telling the failure function", _RUN_NAME, parameters=[ID]
        ),
    },
    "/v2/workflows/dlq/{id}": {
        "get": operation(
            "getFailedRun",
            "Workflow DLQ",
            "Read an entry",
            {200: answer("Found.", schema_ref("WorkflowDeadLetter")), 404: NOT_FOUND},
            parameters=[ID],
        ),
        "delete": operation(
            "deleteFailedRun",
            "Workflow DLQ",
            "Delete an entry",
            {200: answer("Deleted.", schema_ref("Deleted")), 404: NOT_FOUND},
            parameters=[ID],
        ),
    },
}

WORKFLOW_PATHS: Json = _RUNS | _EVENTS | _DEAD_LETTERS
