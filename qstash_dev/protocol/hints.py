"""What to look at after a failed delivery attempt: one sentence for a person, beside the error itself."""

from __future__ import annotations

from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.failure_reason import HINTS, RUN_HINTS, SERVER_ERROR_HINT, FailureReason
from qstash_dev.protocol.foreign_texts import is_h3_refusal, recognised
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.target import Origin


def reason_of(result: DeliveryResult) -> FailureReason | None:
    """Why the attempt failed; ``None`` after a success. Looks at no more than the beginning of the answer."""
    if not isinstance(result, Responded):
        return result.reason
    if result.succeeded or result.reason is not None:
        return result.reason
    if 300 <= result.status < 400:
        return FailureReason.REDIRECT
    return recognised(result.status, result.body) or FailureReason.HTTP_STATUS


def reason_fields(result: DeliveryResult) -> dict[str, str]:
    """The reason as JSON, ``failureReason``; empty after a success."""
    reason = reason_of(result)
    return {} if reason is None else {"failureReason": reason.value}


def hint(result: DeliveryResult) -> str | None:
    """What to look at; ``None`` after a success, or if there is nothing to add."""
    if not isinstance(result, Responded):
        return HINTS[result.reason].format(url=_address(result.origin))
    if result.succeeded:
        return HINTS[FailureReason.REFUSED_IN_BODY] if is_h3_refusal(result.body) else None
    reason = reason_of(result)
    if reason is None or reason is FailureReason.HTTP_STATUS:
        return HINTS.get(result.status, SERVER_ERROR_HINT if result.status >= 500 else None)
    return HINTS[reason] + (_location(result) if reason is FailureReason.REDIRECT else "")


def run_hint(result: DeliveryResult) -> str | None:
    """What to look at when a workflow run has failed of it; ``None`` if there is nothing to add."""
    if not isinstance(result, Responded):
        return None
    return RUN_HINTS.get(reason_of(result) or result.status) or RUN_HINTS.get(result.status)


def _location(result: Responded) -> str:
    to = next((value for name, value in result.headers if name == "Location"), "")
    return f", {to[:500]}" if to else ""


def _address(origin: Origin | None) -> str:
    """The origin as a URL. What a shell might not take for a name is left for the reader to fill in."""
    if origin is None or not NAME.fullmatch(origin.host):
        return "https://HOST"
    port = "" if origin.port == (443 if origin.tls else 80) else f":{origin.port}"
    return f"{'https' if origin.tls else 'http'}://{origin.host}{port}"
