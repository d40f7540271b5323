"""Common parts of the answers of the control API."""

from __future__ import annotations

from msgspec import Meta

from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Shape, TimeMs, Whole, doc
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.mapping import Side
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.warning import WarningCode

Iso = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Reason = Annotated[FailureReason, doc("Why it failed, for programs.")]
DurationMs = Annotated[int, Meta(ge=0, description="Milliseconds.")]
BodyText = Annotated[str, doc("The body as text, empty if its bytes are not UTF-8.")]
BodyBase64 = Annotated[bytes, doc("The body as base64, if its bytes are not UTF-8.")]
BodySize = Annotated[int, Meta(ge=0, description="Bytes of the whole body.")]
Truncated = Annotated[bool, doc("Only the beginning of the body is here.")]


class CutBody(Shape, kw_only=True):
    """A body, or the beginning of it."""

    body: BodyText
    body_base64: Maybe[BodyBase64] = UNSET
    body_size: BodySize
    truncated: Maybe[Truncated] = UNSET


class ReceivedResponse(CutBody, kw_only=True):
    """What a destination answered."""

    status: Annotated[Whole, doc("The HTTP status.")]
    headers: Annotated[Headers, doc("The headers, each name with its values.")]
    partial: Maybe[Annotated[bool, doc("Whether its end never came; absent if it did.")]] = UNSET


class Warning(Shape):
    """What hosted QStash may not take, or may take otherwise."""

    code: Annotated[WarningCode, doc("What it is about, for programs.")]
    text: Annotated[str, doc("What is odd, and what would be right.")]
    todo: Annotated[str, doc("What would be right.")]


class Notice(Shape):
    """What has happened to a message that is no event of hosted QStash's log."""

    kind: Annotated[NoticeKind, doc("What it is about, for programs.")]
    text: Annotated[str, doc("What has happened.")]
    todo: Annotated[str, doc("What to do about it.")]
    more: Maybe[Annotated[Whole, doc("How many later ones of this kind are not kept.")]] = UNSET


class MessageId(Shape):
    """The message that a call was about, or made."""

    message_id: Annotated[str, doc("Id of the message.")]


class MadeMessages(Shape):
    """The messages that a call has made."""

    message_ids: Annotated[list[str], doc("Their ids.")]


class RunId(Shape):
    """The workflow run that a call was about."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]


class CallInFlight(Shape):
    """A call to a destination that has not been answered yet."""

    message_id: Annotated[str, doc("Id of the message.")]
    user: Annotated[str, doc("Id of the user whose it is.")]
    method: Annotated[str, doc("The method.")]
    url: Annotated[str, doc("The destination.")]
    running_ms: Annotated[int, Meta(ge=0, description="Milliseconds of real time since it began.")]
    since: Annotated[TimeMs, doc("When it began by the server's clock, unix milliseconds.")]
    since_time: Annotated[Iso, doc("When it began by the server's clock, ISO 8601.")]


class DeletedFaults(Shape):
    """How many faults were deleted."""

    deleted: Annotated[Whole, doc("How many.")]


class Mapping(Shape):
    """Published URLs that are delivered elsewhere."""

    pattern: Annotated[str, doc("URL as it is published, the beginning of URLs and *, https://* or *.")]
    target: Annotated[str, doc("Where it is delivered instead.")]
    host: Maybe[Annotated[Side, doc("Whose host the header Host has; --map-host unless given.")]] = UNSET
    sign: Maybe[Annotated[Side, doc("Which URL the signature has; --map-sign unless given.")]] = UNSET
