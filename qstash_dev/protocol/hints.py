"""What to look at after a failed delivery attempt: one sentence for a person, beside the error itself."""

from __future__ import annotations

from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.failure_reason import (
    CLIENT_ERROR_HINT,
    CONTAINER_HINT,
    DOCKER_HOST,
    DOCKER_HOST_HINT,
    HINTS,
    PROGRAMS,
    REFUSED_ELSEWHERE_HINT,
    SERVER_ERROR_HINT,
    THROWN_HINT,
    FailureReason,
)
from qstash_dev.protocol.foreign_texts import DEV_MODE_USER, compared_url, is_h3_refusal, is_of_next, recognised
from qstash_dev.protocol.quoted import quoted
from qstash_dev.protocol.redirects import redirect_hint
from qstash_dev.protocol.result import Accepted, DeliveryResult, Responded, Unreachable
from qstash_dev.protocol.target import Origin, target_of

_KEYS = (FailureReason.WRONG_KEYS, FailureReason.SIGNATURE_REFUSED)
_SILENT = (FailureReason.NOT_HTTP, FailureReason.CLOSED_WITHOUT_ANSWER, FailureReason.CONNECTION_RESET)
_QUOTED = (400, 409, 422)

LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")
"""The names and addresses by which URLs name this machine."""


def reason_of(result: DeliveryResult) -> FailureReason | None:
    """Why the attempt failed; ``None`` after a success. Looks at no more than the beginning of the answer."""
    if not isinstance(result, Responded):
        return result.reason
    if result.succeeded or result.reason is not None:
        return result.reason
    if 300 <= result.status < 400:
        return FailureReason.REDIRECT
    return (
        recognised(result.status, result.body)
        or recognised(result.status, quoted(result.body).encode())
        or FailureReason.HTTP_STATUS
    )


def reason_fields(result: DeliveryResult) -> dict[str, str]:
    """The reason as JSON, ``failureReason``; empty after a success."""
    reason = reason_of(result)
    return {} if reason is None else {"failureReason": reason.value}


def may_be_signature(result: DeliveryResult) -> bool:
    """Whether the signature may be why the attempt failed: refused, or thrown by an app that hides its errors."""
    if not isinstance(result, Responded) or result.succeeded:
        return False
    reason = reason_of(result)
    return reason in _KEYS or (
        reason is FailureReason.HTTP_STATUS and (result.status in (401, 403) or _is_thrown(result))
    )


def hint(result: DeliveryResult, *, quoting: bool = True) -> str | None:
    """What to look at; ``None`` after a success, or if there is nothing to add. ``quoting`` begins it with what the
    answer says, where that is not told beside it."""
    if not isinstance(result, Responded):
        return _unreachable_hint(result)
    if result.succeeded:
        return HINTS[FailureReason.REFUSED_IN_BODY] if is_h3_refusal(result.body) else None
    reason = reason_of(result)
    if reason is None or reason is FailureReason.HTTP_STATUS:
        return _status_hint(result, quoting=quoting)
    if reason is FailureReason.REDIRECT:
        return redirect_hint(result.url, next((value for name, value in result.headers if name == "Location"), ""))
    if result.refused is not None:
        return result.refused.todo
    text = HINTS[reason].format_map(_names(_origin(result.url)))
    if reason is FailureReason.URL_CHANGED and (compared := compared_url(result.body)) is not None:
        return f"{text}; it compared {compared[:500]}"
    return text + _accepted_hint(result.accepted) if reason in _KEYS else text


def _unreachable_hint(result: Unreachable) -> str:
    reason, origin = result.reason, result.origin
    text = HINTS[reason].format_map(_names(origin))
    if origin is None:
        return text
    if reason in _SILENT and origin.port in PROGRAMS:
        return f"port {origin.port} is usually that of {PROGRAMS[origin.port]}: publish to the port of the app"
    unreached = reason in (FailureReason.HOST_NOT_FOUND, FailureReason.CONNECTION_REFUSED)
    if unreached and origin.host == DOCKER_HOST:
        return DOCKER_HOST_HINT.format(port=origin.port)
    if reason is FailureReason.HOST_NOT_FOUND and "." not in origin.host and NAME.fullmatch(origin.host):
        return CONTAINER_HINT.format_map(_names(origin))
    if reason is FailureReason.CONNECTION_REFUSED and origin.host not in LOOPBACK:
        return f"{text}. {REFUSED_ELSEWHERE_HINT}"
    return text


def _status_hint(result: Responded, *, quoting: bool) -> str | None:
    status, said = result.status, quoted(result.body)
    text = HINTS.get(status)
    if text is None and status >= 400:
        text = SERVER_ERROR_HINT if status >= 500 else CLIENT_ERROR_HINT
    if text is None:
        return None
    if _is_thrown(result):
        where = "Next.js" if is_of_next(result.headers) else "the app"
        text = THROWN_HINT.format(app=where)
    if said and (status >= 500 or status in _QUOTED or status not in HINTS):
        return f"it answered '{said}': {text}" if quoting else text
    return text + _accepted_hint(result.accepted)


def _is_thrown(result: Responded) -> bool:
    return result.status == 500 and not quoted(result.body)


def _accepted_hint(accepted: Accepted | None) -> str:
    if accepted is None:
        return ""
    user, others = accepted.user, " and ".join(accepted.others)
    if accepted.own:
        return f". It accepted messages of {user} before, so its keys were those of {user} then"
    if others:
        return (
            f". It accepted messages of {others} before, and none of {user}: it may have the keys of {others}, so "
            f"publish with that token, or give it the keys of {user}"
        )
    text = f". As far as the log goes, it has accepted no message of {user} before"
    return text if user == DEV_MODE_USER else f"{text}, and with QSTASH_DEV=1 it has the keys of {DEV_MODE_USER}"


def _origin(url: str) -> Origin | None:
    try:
        return target_of(url).origin
    except ValueError:
        return None


def _names(origin: Origin | None) -> dict[str, str]:
    """What hints call the destination. What a shell might not take for a name is left for the reader to fill in."""
    if origin is None:
        return {"url": "https://HOST", "other": "the other scheme", "localhost": "localhost"}
    return {
        "url": shell_url(origin),
        "other": shell_url(origin._replace(tls=not origin.tls), explicit=True),
        "localhost": shell_url(origin._replace(host="localhost")),
    }


def shell_url(origin: Origin, *, explicit: bool = False) -> str:
    """The URL of an origin, for commands to paste into a shell. ``explicit`` names a default port as well."""
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    if not NAME.fullmatch(origin.host) and ":" not in origin.host:
        return "https://HOST"
    port = "" if origin.port == (443 if origin.tls else 80) and not explicit else f":{origin.port}"
    return f"{'https' if origin.tls else 'http'}://{host}{port}"
