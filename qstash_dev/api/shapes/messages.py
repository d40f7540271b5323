"""Messages and receipts (https://upstash.com/docs/qstash/howto/publishing)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
    Any,
    GivenHeaders,
    Headers,
    Maybe,
    Method,
    Name,
    OpenShape,
    Positive,
    Shape,
    TimeMs,
    Whole,
    doc,
)


class Receipt(Shape):
    """The answer to one published message."""

    message_id: Annotated[str, doc("Id of the message.")]
    url: Annotated[str, doc("Where it is delivered.")]
    deduplicated: Maybe[Annotated[bool, doc("An earlier message had the same deduplication id.")]] = UNSET


class RunReceipt(Shape):
    """The answer to what was published for a workflow run."""

    message_id: Annotated[str, doc("Id of the message.")]
    url: Annotated[str, doc("Where it is delivered.")]
    workflow_run_id: Annotated[str, doc("The workflow run that it belongs to.")]
    workflow_created_at: Annotated[TimeMs, doc("When that run was created, unix milliseconds.")]
    deduplicated: Maybe[Annotated[bool, doc("The run goes on already, or the step is there already.")]] = UNSET


class Options(Shape, kw_only=True):
    """The options that messages and schedules share."""

    method: Annotated[Method, doc("HTTP method of the delivery attempts.")]
    header: Maybe[Annotated[Headers, doc("Headers that the destination receives.")]] = UNSET
    timeout: Maybe[Annotated[Positive, doc("Milliseconds that one delivery attempt may take.")]] = UNSET
    retry_delay_expression: Maybe[Annotated[str, doc("Milliseconds until the next attempt, over `retried`.")]] = UNSET
    label: Maybe[Annotated[str, doc("The first label.")]] = UNSET
    labels: Maybe[Annotated[list[str], Meta(min_length=1, description="The labels.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("The flow control key.")]] = UNSET
    parallelism: Maybe[Annotated[Positive, doc("Messages of this key that may be in flight at once.")]] = UNSET
    rate: Maybe[Annotated[Positive, doc("Messages of this key that may be started in a period.")]] = UNSET
    period: Maybe[Annotated[Positive, doc("Length of a period in seconds.")]] = UNSET
    callback: Maybe[Annotated[str, doc("URL that is told of each delivery attempt.")]] = UNSET
    failure_callback: Maybe[Annotated[str, doc("URL that is told when all attempts have failed.")]] = UNSET


class Delivered(Options, kw_only=True):
    """Where a message goes and where it came from, its options, and the workflow run that it belongs to."""

    message_id: Annotated[str, doc("Id of the message.")]
    url: Annotated[str, doc("The destination as it was published.")]
    topic_name: Maybe[Annotated[Name, doc("The URL group that it was published to.")]] = UNSET
    endpoint_name: Maybe[Annotated[str, doc("Name of the endpoint in that group.")]] = UNSET
    schedule_id: Maybe[Annotated[Name, doc("The schedule that made it.")]] = UNSET
    caller_ip: Maybe[Annotated[str, doc("Address of the publisher.")]] = field(default=UNSET, name="callerIP")
    workflow_run_id: Maybe[Annotated[str, doc("The workflow run that it belongs to.")]] = UNSET
    workflow_created_at: Maybe[Annotated[TimeMs, doc("When that run was created, unix milliseconds.")]] = UNSET
    workflow_url: Maybe[Annotated[str, doc("URL of that workflow.")]] = UNSET
    max_retries: Annotated[Whole, doc("Delivery attempts after the first, at most.")]
    queue_name: Maybe[Annotated[Name, doc("The queue that it goes through.")]] = UNSET


class Message(Delivered, kw_only=True):
    """A message as it was published."""

    not_before: Annotated[TimeMs, doc("When the first delivery attempt is due, unix milliseconds.")]
    created_at: Annotated[TimeMs, doc("When it was published, unix milliseconds.")]
    body: Maybe[Annotated[str, doc("The body, if it is UTF-8.")]] = UNSET
    body_base64: Maybe[Annotated[bytes, doc("The body, if it is not UTF-8.")]] = UNSET
    callback_header: Maybe[Annotated[Headers, doc("Headers of the callback.")]] = UNSET
    failure_callback_header: Maybe[Annotated[Headers, doc("Headers of the failure callback.")]] = UNSET


class Cancelled(Shape):
    """How many were cancelled."""

    cancelled: Annotated[Whole, doc("How many messages or workflow runs.")]


class MessageIds(OpenShape):
    """Which messages are meant. What the query may say may stand in the body as well."""

    message_ids: Maybe[Annotated[list[str], doc("Ids of messages.")]] = UNSET


class BatchItem(OpenShape):
    """One publish of a batch."""

    destination: Annotated[str, doc("A URL, or the name of a URL group.")]
    headers: Maybe[Annotated[GivenHeaders, doc("`Upstash-*` headers and Content-Type.")]] = UNSET
    body: Maybe[Annotated[Any, doc("A string as it is, anything else as its JSON text; null is none.")]] = UNSET
    queue: Maybe[Annotated[str | None, doc("The queue that it goes through.")]] = UNSET
