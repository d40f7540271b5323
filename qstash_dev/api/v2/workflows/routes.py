"""The routes of Upstash Workflow, in the order in which paths are compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta

from qstash_dev.api.request import ApiRequest
from qstash_dev.api.route import Answer, Route, all_of, found
from qstash_dev.api.shapes import queries
from qstash_dev.api.shapes.dlq import Deleted, DlqIds, Recovered, WorkflowDeadLetter, WorkflowDeadLetters
from qstash_dev.api.shapes.messages import Cancelled
from qstash_dev.api.shapes.workflow_logs import Runs, WorkflowEvents
from qstash_dev.api.shapes.workflow_runs import (
    Ended,
    Hooked,
    HowToEnd,
    InstanceHeaders,
    Notified,
    RawStep,
    RunName,
    RunsToCancel,
    Triggered,
    TriggerHeaders,
    TriggerItem,
    Waiter,
    WaitHeaders,
    WaitRequest,
    Waits,
)
from qstash_dev.api.v2.workflows import dlq, logs, runs, triggers, waits

_RUN = (Answer(RunName, "The run."),)
_RECOVERED = (Answer(Recovered, "The new runs."),)
_ITEMS = Annotated[list[TriggerItem], Meta(max_length=10_000)]
_IDS = DlqIds | list[str] | None

# Rows of a table, which one line for each value would hide.
# fmt: off
WORKFLOW_ROUTES: list[Route[Callable[[ApiRequest], Awaitable[web.Response]]]] = [
    Route("POST", "/v2/trigger/{destination:(?s:.*)}", triggers.trigger, "triggerWorkflow", "Start a workflow run",
          (Answer(Triggered, "The run."),), (412,), headers=TriggerHeaders, takes_options=True, body=bytes),
    Route("POST", "/v2/batch/trigger", triggers.batch_trigger, "triggerWorkflows",
          "Start several workflow runs, all or none",
          (Answer(list[Triggered], "The runs, in the order of the items.", 201),), (412, 413), body=_ITEMS),
    Route("GET", "/v2/workflows/runs/{id}", runs.steps, "getRunSteps", "Read the raw steps of a run that goes on",
          (Answer(list[RawStep], "All of them, the payload first."),), (404,), headers=InstanceHeaders),
    Route("DELETE", "/v2/workflows/runs/{id}", runs.end, "endRun",
          "Cancel a run; the SDK finishes it with `cancel=false` and the result as the body",
          (Answer(Ended, "It has ended."),), (404, 413), query=HowToEnd, headers=InstanceHeaders, body=bytes),
    Route("DELETE", "/v2/workflows/runs", runs.cancel_many, "cancelRuns",
          "Cancel the runs that the ids or filters mean; without any, all, 100 at a time",
          (Answer(Cancelled, "How many were cancelled."),), (413,), query=queries.RunsToEnd,
          body=RunsToCancel | None),
    Route("POST", "/v2/wait/{event}", waits.wait, "waitForEvent",
          "Let a run wait for an event; the SDK sends this, with the headers of a step",
          (Answer(Waits, "It waits.", 201),), (412, 413), headers=WaitHeaders, body=WaitRequest),
    Route("POST", "/v2/notify/{event}", waits.notify, "notify",
          "Resume every run that waits for an event; the body is handed to it",
          (Answer(list[Notified], "Who was resumed.", 201),), (413,), body=bytes),
    Route("POST", "/v2/notify/{id}/{event}", waits.notify_run, "notifyRun",
          "Resume one run, or keep the event until it waits for it",
          (Answer(Notified | RunName, "It was resumed, or will be.", 201),), (404, 412, 413), body=bytes),
    Route("GET", "/v2/waiters/{event}", waits.waiters, "listWaiters", "List who waits for an event", all_of(Waiter)),
    Route("GET", "/v2/workflows/logs", logs.logs, "listRuns", "Read the log of the runs, newest first",
          (Answer(Runs, "One page."),), query=queries.RunPage),
    Route("GET", "/v2/workflows/events", logs.events, "listRunEvents",
          "Read what happened to the messages of runs, newest first", (Answer(WorkflowEvents | Runs, "One page."),),
          query=queries.RunEventPage),
    Route("GET", "/v2/workflows/dlq", dlq.list_all, "listFailedRuns", "List the runs that failed",
          (Answer(WorkflowDeadLetters, "One page."),), query=queries.RunDeadLetterPage),
    Route("DELETE", "/v2/workflows/dlq", dlq.delete_many, "deleteFailedRuns", "Delete entries",
          (Answer(Deleted, "How many were deleted."),), (413,), query=queries.RunDeadLetterChoice, body=_IDS),
    Route("POST", "/v2/workflows/dlq/resume", dlq.resume_many, "resumeRuns", "Go on where runs stopped, 50 at a time",
          _RECOVERED, (404, 412, 413), query=queries.RunDeadLetterChoice, takes_options=True, body=_IDS),
    Route("POST", "/v2/workflows/dlq/restart", dlq.restart_many, "restartRuns",
          "Run workflows once more from the beginning, 50 at a time", _RECOVERED, (404, 412, 413),
          query=queries.RunDeadLetterChoice, takes_options=True, body=_IDS),
    Route("POST", "/v2/workflows/dlq/resume/{id}", dlq.resume, "resumeRun", "Go on where a run stopped, as a new run",
          _RUN, (404, 412), takes_options=True),
    Route("POST", "/v2/workflows/dlq/restart/{id}", dlq.restart, "restartRun",
          "Run a workflow once more from the beginning", _RUN, (404, 412), takes_options=True),
    Route("POST", "/v2/workflows/dlq/callback/{id}", dlq.retry_callback, "retryFailureFunction",
          "Tell the failure function once more", _RUN, (404,)),
    Route("DELETE", "/v2/workflows/dlq/callback/{id}", dlq.cancel_callback, "cancelFailureFunction",
          "Stop telling the failure function", _RUN, (404,)),
    Route("GET", "/v2/workflows/dlq/{id}", dlq.get, "getFailedRun", "Read an entry", found(WorkflowDeadLetter),
          (404,)),
    Route("DELETE", "/v2/workflows/dlq/{id}", dlq.delete, "deleteFailedRun", "Delete an entry",
          (Answer(Deleted, "Deleted."),), (404,)),
]

# To know the address of a webhook is enough to call it.
OPEN_ROUTES: list[Route[Handler]] = [
    Route("*", "/v2/workflows/hooks/{user}/{id}/{event}", waits.hook, "callWebhook", "Call the webhook of a run",
          (Answer(Hooked, "The run has it, or keeps it until it waits."),), (404, 412, 413), body=bytes),
]
