"""The HTTP request of a delivery attempt (https://upstash.com/docs/qstash/howto/receiving)."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.mapping import Route
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.signature import sign
from qstash_dev.protocol.target import target_of
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.run import RunMessageKind

USER_AGENT = "Upstash-QStash"


class OutgoingRequest(NamedTuple):
    """The request that the transport sends."""

    method: str
    url: str
    headers: Headers
    body: bytes
    timeout_s: float  #: from the start of connecting to the end of the answer
    host: bytes | None = None  #: the header ``Host``, if it is not that of the URL


def outgoing_request(
    attempt: DeliveryAttempt, route: Route | None, *, max_timeout_s: int, region: str, issued_s: int, token_id: str
) -> OutgoingRequest:
    """The signed request of an attempt, to its destination or where a mapping leads. QStash's own headers replace
    forwarded ones of the same name.

    Raises ValueError: the URL cannot be called.
    """
    message = attempt.message
    options = message.publication.options
    forwarded = options.headers
    if options.hide_headers and (message.run_message is None or message.run_message.kind is RunMessageKind.CALL):
        own: dict[str, str] = {}
        forwarded = tuple(pair for pair in forwarded if not pair[0].startswith("Upstash-"))
    else:
        own = _own_headers(attempt, region)
    body = message.delivered_body
    own["Upstash-Signature"] = sign(
        message.tenant.keys.current,
        target_of(message.url).subject if route is None else route.subject,
        body,
        issued_s=issued_s,
        token_id=token_id,
    )
    if route is not None:
        own |= route.headers
    kept = [pair for pair in forwarded if pair[0] not in own]
    if "User-Agent" not in [name for name, _ in kept]:
        own["User-Agent"] = USER_AGENT
    timeout_s = min(options.timeout_ms / 1_000, max_timeout_s) if options.timeout_ms else float(max_timeout_s)
    url, host = (message.url, None) if route is None else (route.url, route.host)
    return OutgoingRequest(options.method, url, (*kept, *own.items()), body, timeout_s, host)


def _own_headers(attempt: DeliveryAttempt, region: str) -> dict[str, str]:
    message = attempt.message
    own = {"Upstash-Message-Id": message.id, "Upstash-Retried": str(attempt.retried), "Upstash-Region": region}
    if message.topic_name is not None:
        own["Upstash-Topic-Name"] = message.topic_name
    if message.schedule_id is not None:
        own["Upstash-Schedule-Id"] = message.schedule_id
    if message.caller_ip:
        own["Upstash-Caller-Ip"] = message.caller_ip
    if message.run_message is not None and message.run_message.kind is not RunMessageKind.CALL:
        own["Upstash-Workflow-Runid"] = message.run_message.run.id
        own["Upstash-Workflow-Createdat"] = str(message.run_message.run.created_ms)
    return own
