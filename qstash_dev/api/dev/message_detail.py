"""``GET /_dev/messages/{id}``: everything that is known about one message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from msgspec import to_builtins

from qstash_dev.api.dev.body_excerpts import cut_body, trim_of
from qstash_dev.api.dev.message_row import summary
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import Json
from qstash_dev.dev.pending import why
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.claims import checks
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.publication import Callback, Redaction
from qstash_dev.protocol.redaction import shown_body, shown_headers
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.target import target_of
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import RelatedMessage


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/messages/{id}``: whoever published it unless ``user`` says; of each body ``trimBody`` is shown."""
    message = request.message()
    trim = trim_of(request)
    tenant = message.tenant
    log = tenant.log.story_of((message.id,))
    wall_s = request.control.clock.wall_s()
    return reply(
        {
            "user": tenant.user.id,
            "now": request.control.clock.now_ms(),
            "seq": tenant.log.last_seq,
            "summary": summary(message),
            "message": _published(message, trim),
            **_options(message),
            **_waiting(message, request.control.clock.now_ms()),
            "attempts": [_attempt(entry, trim, wall_s) for entry in log if entry.result is not None],
            "timeline": [_step(entry) for entry in log],
            **_kin(message),
        }
    )


def _published(message: Message, trim: int) -> Json:
    publication = message.publication
    fields: Json = to_builtins(serializers.message(message))
    fields.pop("bodyBase64", None)
    return fields | cut_body(shown_body(publication.body, publication.options.redaction), trim)


def _options(message: Message) -> Json:
    """What was asked for at publish that :func:`wire.message` does not tell, for whoever publishes it again."""
    options = message.publication.options
    optional = {
        "delay": options.delay_ms,
        "notBefore": options.not_before_ms,
        "callback": _callback(options.callback),
        "failureCallback": _callback(options.failure_callback),
        "deduplicationId": options.deduplication_id,
        "contentBasedDeduplication": options.content_based_deduplication,
        "redact": _redacted(options.redaction),
    }
    return {"options": {"destination": message.publication.destination} | {k: v for k, v in optional.items() if v}}


def _callback(callback: Callback | None) -> Json | None:
    """How the report is delivered: its URL and the headers it forwards are part of the message."""
    if callback is None:
        return None
    options = callback.options
    optional = {"retryDelay": options.retry_delay, "delay": options.delay_ms, "timeout": options.timeout_ms}
    return {"method": options.method, "retries": options.retries} | {k: v for k, v in optional.items() if v}


def _redacted(redaction: Redaction | None) -> list[str]:
    if redaction is None:
        return []
    fields = ["body"] if redaction.body else []
    fields += ["header"] if redaction.all_headers else []
    return fields + [f"header[{name}]" for name in sorted(redaction.headers)]


def _waiting(message: Message, now_ms: int) -> Json:
    return {} if message.ended else {"waitsFor": why(message, now_ms).waits_for}


def _attempt(entry: LogEntry, trim: int, wall_s: int) -> Json:
    result = entry.result
    assert result is not None
    fields: Json = {
        "number": entry.retried + 1,
        "time": entry.time_ms,
        "duration": result.duration_ms,
        "succeeded": result.succeeded,
        "request": _request(entry, trim),
        "signature": _signature(entry, wall_s),
    }
    if isinstance(result, Responded):
        fields["response"] = {
            "status": result.status,
            "headers": header_map(result.headers),
            **cut_body(result.body, trim),
        }
    if not result.succeeded:
        fields["error"] = result.error
    if (text := hint(result)) is not None:
        fields["hint"] = text
    if entry.attempt is not None and entry.attempt.fault is not None:
        fields["fault"] = entry.attempt.fault
    return fields


def _request(entry: LogEntry, trim: int) -> Json:
    message, attempt = entry.message, entry.attempt
    options = message.publication.options
    headers = attempt.headers if attempt is not None else ()
    return {
        "method": options.method,
        "url": message.url,
        "sentTo": attempt.sent_to if attempt is not None else "",
        "headers": header_map(shown_headers(headers, options.redaction)),
        **cut_body(shown_body(message.delivered_body, options.redaction), trim),
    }


def _signature(entry: LogEntry, wall_s: int) -> Json | None:
    """The signature as it was sent and what a receiver makes of it; ``None`` if nothing was sent."""
    message, attempt = entry.message, entry.attempt
    token = next((value for name, value in (attempt.headers if attempt else ()) if name == "Upstash-Signature"), "")
    if not token:
        return None
    keys = message.tenant.keys
    known = {"current": keys.current, "next": keys.next}
    found = checks(token, known, target_of(message.url).subject, message.delivered_body, wall_s)
    return {
        "token": token,
        "valid": all(check.ok for check in found),
        "checks": [{"name": check.name, "value": check.value, "ok": check.ok, "text": check.text} for check in found],
    }


def _step(entry: LogEntry) -> Json:
    fields: Json = {"seq": entry.seq, "time": entry.time_ms, "state": entry.state.value, "retried": entry.retried}
    result = entry.result
    if entry.next_delivery_ms is not None:
        fields["nextDelivery"] = entry.next_delivery_ms
    if isinstance(result, Responded):
        fields["responseStatus"] = result.status
    if result is not None:
        fields["duration"] = result.duration_ms
        if not result.succeeded:
            fields["error"] = result.error
    if (warning := entry.warning) is not None:
        fields["warning"] = warning.shown()
    return fields


def _kin(message: Message) -> Json:
    related = message.tenant.related
    parent = related.parent(message.id)
    return {
        "parent": None if parent is None else next(iter(_relatives(message, [parent]))),
        "children": _relatives(message, related.children(message.id)),
    }


def _relatives(message: Message, kin: Iterable[RelatedMessage]) -> list[dict[str, Any]]:
    """``state`` and ``url`` are only there while the other message is kept."""
    messages = message.tenant.messages
    return [
        {"relation": relation.value, "messageId": id}
        | ({"state": other.state.value, "url": other.url} if (other := messages.get(id)) is not None else {})
        for relation, id in kin
    ]
