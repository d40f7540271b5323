"""Inboxes: what they caught, and what they answer (``/_dev/inboxes``)."""

from __future__ import annotations

from typing import Any

from msgspec import Meta

from qstash_dev.api.shapes.dev_clock import Duration, Patience
from qstash_dev.api.shapes.dev_parts import BodyBase64, Iso, Truncated
from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Positive, Shape, TimeMs, Whole, doc

_Status = Annotated[int, Meta(ge=200, le=599)]


class InboxSummary(Shape):
    """How much an inbox caught."""

    name: Annotated[str, doc("Its name: it receives at /_dev/inbox/{name} and below.")]
    received: Annotated[Whole, doc("Requests that it caught, kept or not.")]
    forgotten: Annotated[Whole, doc("Requests that made room for later ones.")]
    script: Annotated[Whole, doc("Answers that are left, the last of which repeats.")]
    latest: Maybe[Annotated[TimeMs, doc("When the latest came, unix milliseconds.")]] = UNSET


class InboxRequest(Shape, kw_only=True):
    """A request that an inbox caught."""

    number: Annotated[Positive, doc("Counts on when the inbox is cleared.")]
    at: Annotated[TimeMs, doc("When it came, unix milliseconds.")]
    time: Annotated[Iso, doc("When it came, ISO 8601.")]
    method: Annotated[str, doc("The HTTP method.")]
    target: Annotated[str, doc("Path and query below the inbox.")]
    headers: Annotated[Headers, doc("The headers, each name with its values.")]
    body: Maybe[Annotated[str, doc("The body as text; missing if it is empty and trimBody is not given.")]] = UNSET
    body_base64: Maybe[BodyBase64] = UNSET
    body_size: Maybe[Annotated[Whole, doc("Bytes of the whole body; there if trimBody is.")]] = UNSET
    truncated: Maybe[Truncated] = UNSET
    signature_error: Annotated[str | None, doc("Why the signature is not valid, null if it is.")]
    claims: Annotated[dict[str, Any], doc("What the signature claims.")]


class Inbox(InboxSummary, kw_only=True):
    """What an inbox caught, oldest first."""

    first: Annotated[Positive, doc("Number of the oldest request that is kept, or of the next one.")]
    requests: Annotated[list[InboxRequest], doc("Those that were asked for.")]


class ScriptAnswer(Shape):
    """One answer of a script, without what is the default."""

    function: Maybe[Annotated[str, doc("Name of the function of a test that makes the answer.")]] = UNSET
    status: Maybe[Annotated[_Status, doc("The HTTP status.")]] = UNSET
    body: Maybe[Annotated[str, doc("The body as text.")]] = UNSET
    body_base64: Maybe[BodyBase64] = UNSET
    headers: Maybe[Annotated[dict[str, str], doc("The headers.")]] = UNSET
    delay: Maybe[Annotated[float, Meta(ge=0, description="Seconds of real time until it answers.")]] = UNSET
    drop: Maybe[Annotated[bool, doc("It resets the connection instead of answering.")]] = UNSET


class Script(Shape):
    """What an inbox answers from now on."""

    script: Annotated[list[ScriptAnswer], doc("One after the other; the last one repeats.")]


class NewAnswer(Shape):
    """One answer of a new script; it has one body at most."""

    status: Maybe[Annotated[_Status, doc("The HTTP status, 200 unless given.")]] = UNSET
    body: Maybe[Annotated[str, doc("The body as text.")]] = UNSET
    body_base64: Maybe[BodyBase64] = UNSET
    json: Maybe[Annotated[Any, doc("The body as JSON.")]] = UNSET
    headers: Maybe[Annotated[dict[str, str], doc("The headers.")]] = UNSET
    delay: Maybe[Annotated[Duration, doc("Real time, at most 600 s: seconds, or '500ms'.")]] = UNSET
    drop: Maybe[Annotated[bool, doc("Reset the connection instead of answering.")]] = UNSET


class NewScript(Shape):
    """What an inbox is to answer."""

    script: Annotated[
        list[_Status | Annotated[list[Any], Meta(min_length=2, max_length=2)] | NewAnswer],
        Meta(min_length=1, max_length=10_000, description="Each a status, a status and a body, or an object."),
    ]


class InboxWait(Patience):
    """What to wait for."""

    count: Maybe[Annotated[int, Meta(ge=1, le=10_000, description="How many requests, 1 by default.")]] = UNSET
