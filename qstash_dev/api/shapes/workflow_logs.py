"""The log of workflow runs (https://upstash.com/docs/workflow/basics/client/logs)."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Meta

from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Positive, Shape, TimeMs, Whole, doc
from qstash_dev.state.run import CallbackState, NoteKind, RunState

STEP_STATES = ("STEP_PROGRESS", "STEP_SUCCESS", "STEP_RETRY", "STEP_FAILED", "STEP_CANCELED")
StepState: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(STEP_STATES)})]
EventState: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": [*map(str, RunState), *STEP_STATES]})]


class StepError(Shape, kw_only=True):
    """A delivery attempt that failed."""

    error: Annotated[str, doc("The status and its reason, or why there was no answer.")]
    body: Maybe[Annotated[str, doc("Body of the answer.")]] = UNSET
    headers: Annotated[Headers, doc("Headers of the answer.")]
    status: Annotated[Whole, doc("HTTP status of the answer, 0 if there was none.")]
    time: Annotated[TimeMs, doc("When it failed, unix milliseconds.")]


class Step(Shape):
    """A step that was done or goes on, or the start of the run."""

    step_name: Annotated[str, doc("Name of the step.")]
    step_type: Annotated[str, doc("Type of the step.")]
    call_type: Annotated[str, doc("How the step was submitted.")]
    message_id: Annotated[str, doc("Its message, empty for what the server waits for itself.")]
    concurrent: Annotated[Positive, doc("How many steps its group has.")]
    created_at: Annotated[TimeMs, doc("When it was submitted, unix milliseconds.")]
    state: Annotated[StepState, doc("State of the step.")]
    retries: Annotated[Whole, doc("Delivery attempts after the first, at most.")]
    headers: Annotated[Headers, doc("Headers of its message.")]
    step_id: Maybe[Annotated[Positive, doc("Number of the step; missing for the start of the run.")]] = UNSET
    retry_delay: Maybe[Annotated[str, doc("Milliseconds until the next attempt, over `retried`.")]] = UNSET
    out: Maybe[Annotated[str, doc("The result of the step, or what the run was started with.")]] = UNSET
    sleep_for: Maybe[Annotated[float | str, doc("How long it sleeps.")]] = UNSET
    sleep_until: Maybe[Annotated[float | str, doc("Until when it sleeps.")]] = UNSET
    wait_event_id: Maybe[Annotated[str, doc("The event that it waits for.")]] = UNSET
    wait_timeout_duration: Maybe[Annotated[str, doc("How long it waits.")]] = UNSET
    wait_timeout: Maybe[Annotated[bool, doc("Whether the time was up before the event came.")]] = UNSET
    wait_timeout_deadline: Maybe[Annotated[TimeMs, doc("When the wait ends, unix milliseconds.")]] = UNSET
    call_url: Maybe[Annotated[str, doc("What it calls.")]] = UNSET
    call_method: Maybe[Annotated[str, doc("HTTP method of the call.")]] = UNSET
    call_headers: Maybe[Annotated[Headers, doc("Headers of the call.")]] = UNSET
    call_body: Maybe[Annotated[str, doc("Body of the call.")]] = UNSET
    call_response_status: Maybe[Annotated[int, doc("HTTP status of the answer, -1 if there was none.")]] = UNSET
    call_response_body: Maybe[Annotated[str, doc("Body of the answer.")]] = UNSET
    call_response_headers: Maybe[Annotated[Headers, doc("Headers of the answer.")]] = UNSET
    invoked_workflow_run_id: Maybe[Annotated[str, doc("The run that it has started.")]] = UNSET
    invoked_workflow_url: Maybe[Annotated[str, doc("URL of that workflow.")]] = UNSET
    invoked_workflow_created_at: Maybe[Annotated[TimeMs, doc("When that run was created, unix milliseconds.")]] = (
        UNSET
    )
    invoked_workflow_run_body: Maybe[Annotated[str, doc("What that run was started with.")]] = UNSET
    invoked_workflow_run_headers: Maybe[Annotated[Headers, doc("Headers that it was started with.")]] = UNSET
    errors: Maybe[Annotated[list[StepError], Meta(min_length=1, description="Attempts that failed.")]] = UNSET


class NextStep(Shape):
    """A delivery that is to come, or that the run died of."""

    message_id: Annotated[str, doc("Its message.")]
    state: Annotated[StepState, doc("State of the delivery.")]
    retries: Annotated[Whole, doc("Delivery attempts after the first, at most.")]
    errors: Maybe[Annotated[list[StepError], Meta(min_length=1, description="Attempts that failed.")]] = UNSET
    next_delivery_time: Maybe[Annotated[TimeMs, doc("When the next attempt is due, unix milliseconds.")]] = UNSET
    retry_delay: Maybe[Annotated[str, doc("Milliseconds until the next attempt, over `retried`.")]] = UNSET
    step_name: Maybe[Annotated[str, doc("The step that it fails in, where the SDK tells.")]] = UNSET


class SequentialStep(Shape, tag_field="type", tag="sequential"):
    """A step by itself."""

    steps: Annotated[list[Step], Meta(min_length=1, max_length=1, description="The step.")]


class ParallelSteps(Shape, tag_field="type", tag="parallel"):
    """Steps that are done beside each other."""

    steps: Annotated[list[Step], Meta(min_length=1, description="The steps.")]


class NextSteps(Shape, tag_field="type", tag="next"):
    """What is delivered next."""

    steps: Annotated[list[NextStep], Meta(min_length=1, description="The deliveries.")]


class FailureFunction(Shape, kw_only=True):
    """What a run that failed told its failure function."""

    message_id: Annotated[str, doc("The message that tells it.")]
    url: Annotated[str, doc("Where it is told.")]
    state: Annotated[CallbackState, doc("Its state.")]
    fail_headers: Annotated[Headers, doc("Headers of the answer that the run failed with.")]
    fail_status: Annotated[Whole, doc("The status that the run failed with, 0 if there was no answer.")]
    fail_response: Maybe[Annotated[str, doc("Body of that answer, or why there was none.")]] = UNSET
    dlq_id: Annotated[str, doc("Entry of the run in the dead letter queue.")]
    max_retries: Annotated[Whole, doc("Delivery attempts after the first, at most.")]
    errors: Maybe[Annotated[list[StepError], Meta(min_length=1, description="Attempts that failed.")]] = UNSET
    response_status: Maybe[Annotated[int, doc("HTTP status that it was answered with.")]] = UNSET
    response_body: Maybe[Annotated[str, doc("Body that it was answered with.")]] = UNSET
    response_headers: Maybe[Annotated[Headers, doc("Headers that it was answered with.")]] = UNSET
    next_delivery_time: Maybe[Annotated[TimeMs, doc("When the next attempt is due, unix milliseconds.")]] = UNSET


class Invoker(Shape):
    """The run that waits for another one."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_url: Annotated[str, doc("URL of its workflow.")]
    workflow_run_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]


class Note(Shape):
    """Something about a run that a person must know."""

    time: Annotated[TimeMs, doc("When it happened, unix milliseconds.")]
    text: Annotated[str, doc("What happened, in words.")]
    kind: Annotated[NoteKind, doc("What it is about.")]
    todo: Maybe[Annotated[str, doc("What to do about it.")]] = UNSET


class Run(Shape):
    """A workflow run with all of its steps."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_url: Annotated[str, doc("URL of its workflow.")]
    workflow_state: Annotated[RunState, doc("State of the run.")]
    workflow_run_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    workflow_run_caller_ip: Annotated[str, doc("Address of the client that started it.")]
    steps: Annotated[
        list[SequentialStep | ParallelSteps | NextSteps],
        doc("Steps done one after the other or beside each other, and what is delivered next."),
    ]
    workflow_run_completed_at: Maybe[Annotated[TimeMs, doc("When it ended, unix milliseconds.")]] = UNSET
    workflow_run_response: Maybe[Annotated[str, doc("What the route returned, as the SDK sent it.")]] = UNSET
    label: Maybe[Annotated[str, doc("The first label.")]] = UNSET
    labels: Maybe[Annotated[list[str], Meta(min_length=1, description="The labels.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("The flow control key.")]] = UNSET
    dlq_id: Maybe[Annotated[str, doc("Its entry in the dead letter queue.")]] = UNSET
    failure_function: Maybe[Annotated[FailureFunction, doc("State of its failure function.")]] = UNSET
    invoker: Maybe[Annotated[Invoker, doc("The run that waits for this one.")]] = UNSET
    notes: Maybe[Annotated[list[Note], doc("What a person must know of it, in words.")]] = UNSET


class Runs(Shape):
    """A page of workflow runs."""

    runs: Annotated[list[Run], doc("The runs.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class StepInfo(Shape):
    """The step that an event is about."""

    step_name: Annotated[str, doc("Name of the step.")]
    step_type: Annotated[str, doc("Type of the step.")]


class WorkflowEvent(Shape):
    """Something that happened to a run or to one of its messages."""

    time: Annotated[TimeMs, doc("When it happened, unix milliseconds.")]
    state: Annotated[EventState, doc("State of the run or its step.")]
    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    workflow_url: Annotated[str, doc("URL of its workflow.")]
    headers: Annotated[Headers, doc("Headers of the message.")]
    caller_ip: Annotated[str, doc("Address of the client that started the run.")]
    label: Maybe[Annotated[str, doc("The first label.")]] = UNSET
    labels: Maybe[Annotated[list[str], Meta(min_length=1, description="The labels.")]] = UNSET
    message_id: Maybe[Annotated[str, doc("Message of a step; missing where the event is one of the run.")]] = UNSET
    step_info: Maybe[Annotated[StepInfo, doc("The step; missing where the event is one of the run.")]] = UNSET
    next_delivery_time: Maybe[Annotated[TimeMs, doc("When the next attempt is due, unix milliseconds.")]] = UNSET
    response_status: Maybe[Annotated[int, doc("HTTP status of the answer.")]] = UNSET
    response_headers: Maybe[Annotated[Headers, doc("Headers of the answer.")]] = UNSET
    response_body: Maybe[Annotated[str, doc("Body of the answer.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why the attempt failed.")]] = UNSET
    invoker_workflow_run_id: Maybe[Annotated[str, doc("The run that has started this one.")]] = UNSET
    invoker_workflow_url: Maybe[Annotated[str, doc("URL of that workflow.")]] = UNSET
    invoker_workflow_created_at: Maybe[Annotated[TimeMs, doc("When that run was created, unix milliseconds.")]] = (
        UNSET
    )
    workflow_run_response: Maybe[Annotated[str, doc("What the route returned, as the SDK sent it.")]] = UNSET
    dlq_id: Maybe[Annotated[str, doc("Entry of the run in the dead letter queue.")]] = UNSET


class WorkflowEvents(Shape):
    """A page of events of workflow runs."""

    events: Annotated[list[WorkflowEvent], doc("The events.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET
