"""Messages in lists and in detail (``/_dev/messages``)."""

from __future__ import annotations

from msgspec import Meta

from qstash_dev.api.shapes.dev_parts import (
    BodySize,
    BodyText,
    CutBody,
    DurationMs,
    Notice,
    Reason,
    ReceivedResponse,
    Truncated,
    Warning,
)
from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
    Any,
    GivenHeaders,
    Headers,
    Maybe,
    Method,
    Positive,
    Shape,
    TimeMs,
    Whole,
    doc,
)
from qstash_dev.api.shapes.messages import Message
from qstash_dev.state.message import State
from qstash_dev.state.related_messages import Relation

_CLOCK = "'real', or the time to stand still at, as for advance."
_INSTANT_OR_REAL = {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}


class MessageSummary(Shape):
    """A message as a row of a list."""

    message_id: Annotated[str, doc("Id of the message.")]
    state: Annotated[State, doc("Its latest state.")]
    method: Annotated[Method, doc("HTTP method of its attempts.")]
    url: Annotated[str, doc("The destination as it was published.")]
    created_at: Annotated[TimeMs, doc("When it was published, unix milliseconds.")]
    retried: Annotated[Whole, doc("Retries so far.")]
    max_retries: Annotated[Whole, doc("Retries at most.")]
    size: Annotated[Whole, doc("Bytes of the body.")]
    in_flight: Maybe[Annotated[bool, doc("An attempt is in flight.")]] = UNSET
    due: Maybe[Annotated[TimeMs, doc("The time it waits for, unix milliseconds.")]] = UNSET
    topic_name: Maybe[Annotated[str, doc("The URL group it was published to.")]] = UNSET
    endpoint_name: Maybe[Annotated[str, doc("The endpoint of the URL group.")]] = UNSET
    queue_name: Maybe[Annotated[str, doc("Its queue.")]] = UNSET
    schedule_id: Maybe[Annotated[str, doc("The schedule that published it.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("Its flow control key.")]] = UNSET
    labels: Maybe[Annotated[list[str], doc("Its labels.")]] = UNSET
    warnings: Maybe[Annotated[list[Warning], doc("What hosted QStash may not take.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("The workflow run it belongs to.")]] = UNSET
    duration: Maybe[Annotated[DurationMs, doc("Milliseconds of the latest attempt.")]] = UNSET
    response_status: Maybe[Annotated[Whole, doc("HTTP status of the latest attempt.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why the latest attempt failed.")]] = UNSET
    failure_reason: Maybe[Reason] = UNSET


class MessageList(Shape):
    """Messages of one user, newest first."""

    messages: Annotated[list[MessageSummary], doc("Those that were found, maybe few or none.")]
    total: Annotated[Whole, doc("All messages of the user.")]
    looked_at: Annotated[Whole, doc("How many were compared with the filters for this answer.")]
    seq: Annotated[Whole, doc("The latest event that the answer takes account of.")]
    cursor: Maybe[Annotated[str, doc("Where to go on; missing when there are no more.")]] = UNSET


class CallbackOptions(Shape):
    """How a callback is delivered."""

    method: Annotated[Method, doc("HTTP method of its attempts.")]
    retries: Annotated[Whole, doc("Retries at most.")]
    retry_delay: Maybe[Annotated[str, doc("Expression for the delay before each retry.")]] = UNSET
    delay: Maybe[Annotated[DurationMs, doc("Milliseconds until the first attempt.")]] = UNSET
    timeout: Maybe[Annotated[DurationMs, doc("Milliseconds that an attempt may take.")]] = UNSET


class PublishOptions(Shape):
    """What was asked for when a message was published, beyond what the message itself tells."""

    destination: Annotated[str, doc("A URL, or the name of a URL group.")]
    delay: Maybe[Annotated[DurationMs, doc("Milliseconds until the first attempt.")]] = UNSET
    not_before: Maybe[Annotated[TimeMs, doc("Earliest first attempt, unix milliseconds.")]] = UNSET
    callback: Maybe[Annotated[CallbackOptions, doc("How the callback is delivered.")]] = UNSET
    failure_callback: Maybe[Annotated[CallbackOptions, doc("How the failure callback is delivered.")]] = UNSET
    deduplication_id: Maybe[Annotated[str, doc("Its deduplication id.")]] = UNSET
    content_based_deduplication: Maybe[Annotated[bool, doc("Its deduplication id is made of its content.")]] = UNSET
    redact: Maybe[Annotated[list[str], doc("What logs and lists do not show.")]] = UNSET


class SentRequest(CutBody, kw_only=True):
    """What a delivery attempt sent."""

    method: Annotated[Method, doc("The HTTP method.")]
    url: Annotated[str, doc("The destination as it was published.")]
    sent_to: Annotated[str, doc("Where it went after the mappings, empty if it never left.")]
    headers: Annotated[Headers, doc("The headers, each name with its values.")]


class SignatureCheck(Shape):
    """One claim of a signature, or its ``alg``, or the signature itself."""

    name: Annotated[str, doc("Name of the claim.")]
    value: Annotated[str, doc("Its value as text.")]
    ok: Annotated[bool, doc("A receiver accepts it.")]
    text: Annotated[str, doc("Why, or what it should be.")]


class Signature(Shape):
    """The header ``Upstash-Signature`` as a receiver checks it."""

    token: Annotated[str, doc("The JWT as it was sent.")]
    valid: Annotated[bool, doc("A receiver accepts it.")]
    checks: Annotated[list[SignatureCheck], doc("What a receiver looks at.")]


class DeliveryAttempt(Shape):
    """One delivery attempt that has ended."""

    number: Annotated[Positive, doc("1 for the first.")]
    time: Annotated[TimeMs, doc("When it ended, unix milliseconds.")]
    duration: Annotated[DurationMs, doc("Milliseconds of real time.")]
    succeeded: Annotated[bool, doc("The destination answered with a status from 200 to 299.")]
    request: Annotated[SentRequest, doc("What was sent.")]
    signature: Annotated[Signature | None, doc("Its signature, null if nothing was sent.")]
    response: Maybe[Annotated[ReceivedResponse, doc("The answer, if there was one.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why it failed.")]] = UNSET
    failure_reason: Maybe[Reason] = UNSET
    sentence: Maybe[Annotated[str, doc("Why it failed, with what the application said.")]] = UNSET
    then: Maybe[Annotated[str, doc("What came next: another try, or that it was given up.")]] = UNSET
    dlq_id: Maybe[Annotated[str, doc("The dead letter that was made of it.")]] = UNSET
    hint: Maybe[Annotated[str, doc("What to look at.")]] = UNSET
    fault: Maybe[Annotated[str, doc("Id of the fault that struck it.")]] = UNSET


class MessageEvent(Shape):
    """One event of a message's log."""

    seq: Annotated[Whole, doc("Number of the event among those of the user.")]
    time: Annotated[TimeMs, doc("When it happened, unix milliseconds.")]
    state: Annotated[State, doc("The new state of the message.")]
    retried: Annotated[Whole, doc("Retries so far.")]
    next_delivery: Maybe[Annotated[TimeMs, doc("When it is retried, unix milliseconds.")]] = UNSET
    why: Maybe[Annotated[str, doc("Why it is retried before its time.")]] = UNSET
    response_status: Maybe[Annotated[Whole, doc("HTTP status of the attempt.")]] = UNSET
    duration: Maybe[Annotated[DurationMs, doc("Milliseconds of the attempt.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why the attempt failed.")]] = UNSET
    failure_reason: Maybe[Reason] = UNSET
    warning: Maybe[Annotated[Warning, doc("What hosted QStash may not take.")]] = UNSET
    notice: Maybe[Annotated[Notice, doc("What has happened beside its delivery.")]] = UNSET


class RelatedMessage(Shape):
    """A message that has created another one, or was created by it."""

    relation: Annotated[Relation, doc("What the later one is to the earlier.")]
    message_id: Annotated[str, doc("Id of the other message.")]
    state: Maybe[Annotated[State, doc("Its state, while it is kept.")]] = UNSET
    url: Maybe[Annotated[str, doc("Its destination, while it is kept.")]] = UNSET


class PublishedMessage(Message, kw_only=True):
    """A message as GET /v2/messages/{id} has it, its body cut."""

    body: BodyText
    body_size: BodySize
    truncated: Maybe[Truncated] = UNSET


class MessageDetail(Shape, kw_only=True):
    """Everything that is known of a message."""

    user: Annotated[str, doc("Id of the user who published it.")]
    now: Annotated[TimeMs, doc("The clock's time, unix milliseconds.")]
    seq: Annotated[Whole, doc("The latest event of the user's log.")]
    summary: Annotated[MessageSummary, doc("The message as lists show it.")]
    message: Annotated[PublishedMessage, doc("As GET /v2/messages/{id} has it, its body cut.")]
    options: Annotated[PublishOptions, doc("What was asked for beyond that.")]
    verdict: Annotated[Verdict, doc("How it has ended, or what it waits for.")]
    attempts: Annotated[list[DeliveryAttempt], doc("The attempts that have ended, the first one first.")]
    timeline: Annotated[list[MessageEvent], doc("What happened to it, the first event first.")]
    parent: Annotated[RelatedMessage | None, doc("The message that created it, null if there is none.")]
    children: Annotated[list[RelatedMessage], doc("The messages that it has created, the first one first.")]


class Replay(Shape):
    """What to publish instead of what the message had."""

    body: Maybe[Annotated[str | None, doc("Another body as text.")]] = UNSET
    body_base64: Maybe[Annotated[bytes | None, doc("Another body as base64.")]] = UNSET
    headers: Maybe[Annotated[GivenHeaders | None, doc("Headers instead of those of the same name.")]] = UNSET


class Reset(Shape):
    """What to reset."""

    user: Maybe[Annotated[str | None, doc("Id of the one user to reset, all unless given.")]] = UNSET
    clock: Maybe[Annotated[Any, Meta(description=_CLOCK, extra_json_schema=_INSTANT_OR_REAL)]] = UNSET


class ResetDone(Shape):
    """What was reset."""

    reset: Annotated[str, doc("Id of the user, or `all`.")]
