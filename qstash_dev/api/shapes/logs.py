"""The event log (https://upstash.com/docs/qstash/howto/debug-logs)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Shape, TimeMs, Whole, doc
from qstash_dev.api.shapes.messages import Delivered
from qstash_dev.state.message import State


class Event(Delivered, kw_only=True):
    """Something that happened to a message. Where the docs and the SDKs disagree about a name, both are there."""

    callback_headers: Maybe[Annotated[Headers, doc("Headers of the callback.")]] = UNSET
    failure_callback_headers: Maybe[Annotated[Headers, doc("Headers of the failure callback.")]] = UNSET
    retry_delay_expr: Maybe[Annotated[str, doc("As retryDelayExpression.")]] = UNSET
    caller_ip_too: Maybe[Annotated[str, doc("As callerIP.")]] = field(default=UNSET, name="callerIp")
    body: Maybe[Annotated[bytes, doc("The body of the message.")]] = UNSET
    time: Annotated[TimeMs, doc("When it happened, unix milliseconds.")]
    state: Annotated[State, doc("The new state of the message.")]
    retried: Annotated[Whole, doc("Delivery attempts before this one.")]
    next_delivery_time: Maybe[Annotated[TimeMs, doc("When the next attempt is due, unix milliseconds.")]] = UNSET
    response_status: Maybe[Annotated[int, doc("The destination's HTTP status.")]] = UNSET
    response_headers: Maybe[Annotated[Headers, doc("Headers of the destination's answer.")]] = UNSET
    response_header: Maybe[Annotated[Headers, doc("As responseHeaders.")]] = UNSET
    response_body: Maybe[Annotated[bytes, doc("Body of the destination's answer.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why the attempt failed.")]] = UNSET


class Events(Shape):
    """A page of events, as SDKs read it."""

    events: Annotated[list[Event], doc("The events.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class Logs(Shape):
    """A page of events under both names that the docs have used."""

    logs: Annotated[list[Event], doc("The events.")]
    events: Annotated[list[Event], doc("The same events.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class MessageEvents(Shape):
    """The events of one message."""

    message_id: Annotated[str, doc("Id of the message.")]
    events: Annotated[list[Event], Meta(min_length=1, description="Its events.")]


class EventsByMessage(Shape):
    """A page of messages with their events."""

    messages: Annotated[list[MessageEvents], doc("The messages.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET
