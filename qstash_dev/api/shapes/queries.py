"""Parameters of lists and of calls for many things at once: which are meant, how many, and from where on."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, OpenShape, TrueOrFalse, Whole, doc
from qstash_dev.api.shapes.workflow_logs import EventState
from qstash_dev.state.message import State
from qstash_dev.state.run import CallbackState

TrimBody: TypeAlias = Annotated[
    int, Meta(ge=-1, description="Most bytes of each body that are shown; -1 leaves bodies out.")
]
Order: TypeAlias = Annotated[Literal["earliestFirst", "latestFirst"], doc("By time.")]
LogState: TypeAlias = Annotated[
    str, Meta(extra_json_schema={"enum": [*State.__members__, "CANCELLED", "IN_PROGRESS"]})
]

_OlderCallerIp = Maybe[Annotated[list[str], doc("An older spelling of callerIp.")]]
_DlqIds = Maybe[Annotated[list[str], doc("Entries of the dead letter queue; every other filter is void then.")]]


class Choice(OpenShape):
    """Filters of messages. Several values of one mean any of them, several filters mean all of them."""

    topic_name: Maybe[Annotated[list[str], doc("URL groups.")]] = UNSET
    queue_name: Maybe[Annotated[list[str], doc("Queues.")]] = UNSET
    schedule_id: Maybe[Annotated[list[str], doc("Schedules.")]] = UNSET
    url: Maybe[Annotated[list[str], doc("Destinations, as they were published.")]] = UNSET
    label: Maybe[Annotated[list[str], doc("Labels.")]] = UNSET
    flow_control_key: Maybe[Annotated[list[str], doc("Flow control keys.")]] = UNSET
    caller_ip: Maybe[Annotated[list[str], doc("Addresses of the publishers.")]] = UNSET
    caller_ip_too: _OlderCallerIp = field(default=UNSET, name="callerIP")
    from_date: Maybe[Annotated[Whole, doc("Not before this unix time in milliseconds.")]] = UNSET
    to_date: Maybe[Annotated[Whole, doc("Not after this unix time in milliseconds.")]] = UNSET


class MessageChoice(Choice):
    """Which messages are cancelled."""

    message_ids: Maybe[Annotated[list[str], doc("Messages; every other filter is void then.")]] = UNSET
    host: Maybe[Annotated[list[str], doc("Hosts of the destinations, with or without the port.")]] = UNSET
    path: Maybe[Annotated[list[str], doc("Paths of the destinations.")]] = UNSET
    count: Maybe[Annotated[Whole, doc("Accepted and without effect: one call cancels all.")]] = UNSET
    cursor: Maybe[Annotated[str, doc("Accepted and without effect.")]] = UNSET


class DeadLetterChoice(Choice):
    """Which entries of the dead letter queue are meant."""

    dlq_ids: _DlqIds = UNSET
    message_id: Maybe[Annotated[list[str], doc("Messages.")]] = UNSET
    response_status: Maybe[
        Annotated[list[Whole], doc("Statuses of the last answers; 0 means that there was none.")]
    ] = UNSET
    count: Maybe[Annotated[Whole, doc("How many at most.")]] = UNSET
    cursor: Maybe[Annotated[str, doc("The cursor of the answer before, unchanged.")]] = UNSET
    order: Maybe[Order] = UNSET
    api: Maybe[Annotated[str, doc("Accepted and without effect.")]] = UNSET
    source: Maybe[
        Annotated[
            Literal["workflow"],
            doc("`workflow` means the entries of workflow runs instead, with the filters of `/v2/workflows/dlq`."),
        ]
    ] = UNSET


class DeadLetterPage(DeadLetterChoice):
    """Which entries of the dead letter queue are listed."""

    trim_body: Maybe[TrimBody] = UNSET


class EventPage(Choice):
    """Which events are listed."""

    message_ids: Maybe[Annotated[list[str], doc("Messages; every other filter is void then.")]] = UNSET
    message_id: Maybe[Annotated[str, doc("One message.")]] = UNSET
    state: Maybe[Annotated[list[LogState], doc("States of the events.")]] = UNSET
    host: Maybe[Annotated[list[str], doc("Hosts of the destinations, with or without the port.")]] = UNSET
    path: Maybe[Annotated[list[str], doc("Paths of the destinations.")]] = UNSET
    count: Maybe[Annotated[Whole, doc("How many at most.")]] = UNSET
    cursor: Maybe[Annotated[str, doc("The cursor of the answer before, unchanged.")]] = UNSET
    order: Maybe[Order] = UNSET
    group_by: Maybe[
        Annotated[
            Literal["messageId"],
            doc("Keep the events of a message together, in an answer of its own; a page has ten messages at most."),
        ]
    ] = UNSET
    trim_body: Maybe[TrimBody] = UNSET


class RunChoice(OpenShape):
    """Filters of workflow runs."""

    workflow_url: Maybe[Annotated[list[str], doc("URLs of workflows.")]] = UNSET
    label: Maybe[Annotated[list[str], doc("Labels.")]] = UNSET
    caller_ip: Maybe[Annotated[list[str], doc("Addresses of those who triggered them.")]] = UNSET
    caller_ip_too: _OlderCallerIp = field(default=UNSET, name="callerIP")
    flow_control_key: Maybe[Annotated[list[str], doc("Flow control keys.")]] = UNSET
    host: Maybe[Annotated[list[str], doc("Hosts of the workflows, with or without the port.")]] = UNSET
    path: Maybe[Annotated[list[str], doc("Paths of the workflows.")]] = UNSET
    from_date: Maybe[Annotated[Whole, doc("Not before this unix time in milliseconds.")]] = UNSET
    to_date: Maybe[Annotated[Whole, doc("Not after this unix time in milliseconds.")]] = UNSET
    count: Maybe[Annotated[Whole, doc("How many at most.")]] = UNSET
    cursor: Maybe[Annotated[str, doc("The cursor of the answer before, unchanged.")]] = UNSET


class RunsToEnd(RunChoice):
    """Which workflow runs are cancelled."""

    workflow_run_ids: Maybe[Annotated[list[str], doc("Runs; every other filter is void then.")]] = UNSET
    workflow_url_exact_match: Maybe[
        Annotated[TrueOrFalse, doc("`workflowUrl` is the whole URL rather than its beginning.")]
    ] = UNSET


class InstanceChoice(RunChoice):
    """Filters of instances of workflow runs."""

    workflow_run_id: Maybe[Annotated[list[str], doc("Ids of runs.")]] = UNSET
    workflow_created_at: Maybe[Annotated[list[str], doc("When the runs were created, unix milliseconds.")]] = UNSET


class RunDeadLetterChoice(InstanceChoice):
    """Which entries of workflow runs in the dead letter queue are meant."""

    dlq_ids: _DlqIds = UNSET
    url: Maybe[Annotated[list[str], doc("URLs of the messages that failed.")]] = UNSET
    response_status: Maybe[Annotated[list[str], doc("Statuses that the last attempt was answered with.")]] = UNSET
    failure_function_state: Maybe[Annotated[list[CallbackState], doc("State of the failure function.")]] = UNSET
    failure_callback_state: Maybe[Annotated[list[str], doc("Another spelling of failureFunctionState.")]] = UNSET
    source: Maybe[Annotated[str, doc("Accepted and without effect.")]] = UNSET


class RunDeadLetterPage(RunDeadLetterChoice):
    """Which entries of workflow runs in the dead letter queue are listed."""

    trim_body: Maybe[TrimBody] = UNSET


class RunPage(InstanceChoice):
    """Which workflow runs are listed."""

    workflow_runs: Maybe[Annotated[list[str], doc("Runs as `id@createdAt`; every other filter is void then.")]] = (
        UNSET
    )
    message_id: Maybe[Annotated[list[str], doc("Messages of the runs.")]] = UNSET
    state: Maybe[Annotated[list[EventState], doc("States of the runs, or of any of their steps.")]] = UNSET
    trim_body: Maybe[TrimBody] = UNSET


class RunEventPage(RunPage):
    """Which events of workflow runs are listed."""

    group_by: Maybe[
        Annotated[Literal["workflowRunId"], doc("`workflowRunId` lists runs, as `/v2/workflows/logs` does.")]
    ] = UNSET
