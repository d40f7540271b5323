"""Everything that is known of one message (``GET /_dev/messages/{id}``)."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.messages import outcome, shown_notice, shown_warnings, summary
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.verdicts import verdict_on
from qstash_dev.api.request import reply
from qstash_dev.api.shapes import dev_messages as shapes
from qstash_dev.api.shapes.dev_parts import ReceivedResponse
from qstash_dev.api.shapes.fields import UNSET, Maybe
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import TRIM_BODY, cut_body
from qstash_dev.explain.attempt import explained
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.claims import checks
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.publication import Callback, Redaction
from qstash_dev.protocol.redaction import shown_body, shown_headers
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.target import target_of
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import RelatedMessage


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/messages/{id}``: everything that is known of a message of any user, or of ``user``."""
    message = request.message()
    trim = request.trim(TRIM_BODY)
    tenant, wall_s = message.tenant, request.services.clock.wall_s()
    log, parent = tenant.log.with_warnings((message.id,)), tenant.related.parent(message.id)
    detail = shapes.MessageDetail(
        user=tenant.user.id,
        now=request.now_ms,
        seq=tenant.log.last_seq,
        summary=summary(message),
        message=_published(message, trim),
        options=_options(message),
        verdict=verdict_on(message, request.services.travel.calls.moment()),
        attempts=[_attempt(entry, trim, wall_s, request.now_ms) for entry in log if entry.result is not None],
        timeline=[_event(entry) for entry in log],
        parent=None if parent is None else _relatives(message, [parent])[0],
        children=_relatives(message, tenant.related.children(message.id)),
    )
    return reply(detail)


def _published(message: Message, trim: int) -> shapes.PublishedMessage:
    body = shown_body(message.publication.body, message.publication.options.redaction)
    fields = asdict(serializers.message(message)) | {"body_base64": UNSET, **cut_body(body, trim)}
    return shapes.PublishedMessage(**fields)


def _options(message: Message) -> shapes.PublishOptions:
    """The options of the publish that the message itself does not show; the console publishes it again with them."""
    options = message.publication.options
    return shapes.PublishOptions(
        destination=message.publication.destination,
        delay=options.delay_ms or UNSET,
        not_before=options.not_before_ms or UNSET,
        callback=_callback(options.callback),
        failure_callback=_callback(options.failure_callback),
        deduplication_id=options.deduplication_id or UNSET,
        content_based_deduplication=options.content_based_deduplication or UNSET,
        redact=_redacted(options.redaction) or UNSET,
    )


def _callback(callback: Callback | None) -> Maybe[shapes.CallbackOptions]:
    """How the callback is delivered; its URL and the headers that it forwards are part of the message."""
    if callback is None:
        return UNSET
    options = callback.options
    return shapes.CallbackOptions(
        method=options.method,
        retries=options.retries,
        retry_delay=options.retry_delay or UNSET,
        delay=options.delay_ms or UNSET,
        timeout=options.timeout_ms or UNSET,
    )


def _redacted(redaction: Redaction | None) -> list[str]:
    if redaction is None:
        return []
    fields = ["body"] if redaction.body else []
    fields += ["header"] if redaction.all_headers else []
    return fields + [f"header[{name}]" for name in sorted(redaction.headers)]


def _attempt(entry: LogEntry, trim: int, wall_s: int, now_ms: int) -> shapes.DeliveryAttempt:
    result, failed = entry.result, explained(entry, now_ms)
    assert result is not None
    return shapes.DeliveryAttempt(
        number=entry.retried + 1,
        time=entry.time_ms,
        duration=result.duration_ms,
        succeeded=result.succeeded,
        request=_request(entry, trim),
        signature=_signature(entry, wall_s),
        response=received_response(result, trim),
        error=UNSET if result.succeeded else result.error,
        failure_reason=UNSET if failed is None else failed.reason,
        sentence=UNSET if failed is None else failed.sentence,
        then=UNSET if failed is None else failed.then or UNSET,
        dlq_id=UNSET if failed is None else failed.dead_letter_id or UNSET,
        hint=hint(result) or UNSET,
        fault=entry.attempt.fault or UNSET if entry.attempt is not None else UNSET,
    )


def received_response(result: DeliveryResult, trim: int) -> Maybe[ReceivedResponse]:
    """The answer of the destination, if there was one, its body cut to ``trim`` bytes."""
    if not isinstance(result, Responded):
        return UNSET
    return ReceivedResponse(
        status=result.status,
        headers=header_map(result.headers),
        partial=result.partial or UNSET,
        **cut_body(result.body, trim),
    )


def _request(entry: LogEntry, trim: int) -> shapes.SentRequest:
    message, attempt = entry.message, entry.attempt
    options = message.publication.options
    headers = attempt.headers if attempt is not None else ()
    return shapes.SentRequest(
        method=options.method,
        url=message.url,
        sent_to=attempt.sent_to if attempt is not None else "",
        headers=header_map(shown_headers(headers, options.redaction)),
        **cut_body(shown_body(message.delivered_body, options.redaction), trim),
    )


def _signature(entry: LogEntry, wall_s: int) -> shapes.Signature | None:
    """The signature as it was sent, with the checks that a receiver makes; ``None`` if nothing was sent.

    https://upstash.com/docs/qstash/features/security
    """
    message, attempt = entry.message, entry.attempt
    token = next((value for name, value in (attempt.headers if attempt else ()) if name == "Upstash-Signature"), "")
    if not token:
        return None
    keys = message.tenant.keys
    known = {"current": keys.current, "next": keys.next}
    subject = (attempt and attempt.subject) or target_of(message.url).subject
    found = checks(token, known, subject, message.delivered_body, wall_s)
    return shapes.Signature(
        token, all(check.ok for check in found), [shapes.SignatureCheck(*check) for check in found]
    )


def _event(entry: LogEntry) -> shapes.MessageEvent:
    return shapes.MessageEvent(
        seq=entry.seq,
        time=entry.time_ms,
        state=entry.state,
        retried=entry.retried,
        next_delivery=UNSET if entry.next_delivery_ms is None else entry.next_delivery_ms,
        why=UNSET if entry.next_delivery_ms is None or entry.error is None else entry.error,
        warning=UNSET if entry.warning is None else shown_warnings([entry.warning])[0],
        notice=UNSET if entry.notice is None else shown_notice(entry.notice),
        **outcome(entry.result),
    )


def _relatives(message: Message, related: Iterable[RelatedMessage]) -> list[shapes.RelatedMessage]:
    """``state`` and ``url`` are only there while the other message is kept."""
    found = []
    for relation, id in related:
        other = message.tenant.messages.get(id)
        state, url = (UNSET, UNSET) if other is None else (other.state, other.url)
        found.append(shapes.RelatedMessage(relation, id, state, url))
    return found
