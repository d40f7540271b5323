"""A started attempt becomes the request that goes out."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.signature import sign
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.run import Kind

USER_AGENT = "Upstash-QStash"


class OutgoingRequest(NamedTuple):
    """What the transport sends; ``timeout_s`` covers everything from connecting to the end of the answer."""

    method: str
    url: str
    headers: Headers
    body: bytes
    timeout_s: float


def outgoing_request(
    attempt: DeliveryAttempt, *, max_timeout_s: int, issued_s: int, token_id: str
) -> OutgoingRequest:
    """The signed request of an attempt: what the publisher forwards, and QStash's own headers, which win."""
    message = attempt.message
    options = message.publication.options
    own = _own_headers(attempt)
    body = message.delivered_body
    own["Upstash-Signature"] = sign(
        message.tenant.keys.current,
        message.url,
        body,
        issued_s=issued_s,
        token_id=token_id,
    )
    forwarded = [(name, value) for name, value in options.headers if name not in own]
    if "User-Agent" not in [name for name, _ in forwarded]:
        own["User-Agent"] = USER_AGENT
    timeout_s = min(options.timeout_ms / 1_000, max_timeout_s) if options.timeout_ms else float(max_timeout_s)
    return OutgoingRequest(options.method, message.url, (*forwarded, *own.items()), body, timeout_s)


def _own_headers(attempt: DeliveryAttempt) -> dict[str, str]:
    message = attempt.message
    own = {"Upstash-Message-Id": message.id, "Upstash-Retried": str(attempt.retried)}
    if message.topic_name is not None:
        own["Upstash-Topic-Name"] = message.topic_name
    if message.schedule_id is not None:
        own["Upstash-Schedule-Id"] = message.schedule_id
    if message.caller_ip:
        own["Upstash-Caller-Ip"] = message.caller_ip
    if message.part is not None and message.part.kind is not Kind.CALL:
        own["Upstash-Workflow-Runid"] = message.part.run.id
        own["Upstash-Workflow-Createdat"] = str(message.part.run.created_ms)
    return own
