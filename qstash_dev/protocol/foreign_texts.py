"""Texts of other programs by which an answer is recognised. No text of this server belongs here."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import Headers


class ForeignText(NamedTuple):
    """What an answer with one of the ``statuses`` ``holds`` near the beginning of its body, the ``reason`` which that
    shows, and its ``source``: the program that writes it."""

    holds: bytes
    statuses: tuple[int, ...]
    reason: FailureReason
    source: str


WITHIN_BYTES = 4_000
_FAILED = (400, 401, 403, 500)
_NODE, _PYTHON = "@upstash/qstash 2.12: Receiver.verifyBodyAndUrl", "qstash for Python 3: Receiver.verify"
_JOSE = "jose 5: JWSSignatureVerificationFailed, which @upstash/qstash 2.12 passes on"
_RECEIVERS = "@upstash/qstash 2.12, @upstash/workflow 1.3, and applications with a Receiver of their own"
_WORKFLOW = "@upstash/workflow 0.2 to 1.3, upstash-workflow for Python: AUTH_FAIL_MESSAGE"
_DJANGO = "Django 5.2 with DEBUG: DisallowedHost, the title of its page"
FOREIGN_TEXTS = (
    ForeignText(b"Blocked request. This host (", (403,), FailureReason.HOST_NOT_ALLOWED, "Vite 8: host check"),
    ForeignText(b"<title>DisallowedHost", (400,), FailureReason.HOST_NOT_ALLOWED, _DJANGO),
    ForeignText(b"Invalid host header", (400,), FailureReason.HOST_NOT_ALLOWED, "Starlette 1: TrustedHostMiddleware"),
    ForeignText(b"The plain HTTP request was sent to HTTPS port", (400,), FailureReason.HTTPS_EXPECTED, "nginx"),
    ForeignText(
        b"Client sent an HTTP request to an HTTPS server", (400,), FailureReason.HTTPS_EXPECTED, "Go: net/http"
    ),
    ForeignText(b"body hash does not match", _FAILED, FailureReason.BODY_CHANGED, _NODE),
    ForeignText(b"Invalid body hash:", _FAILED, FailureReason.BODY_CHANGED, _PYTHON),
    ForeignText(b"invalid subject:", _FAILED, FailureReason.URL_CHANGED, _NODE),
    ForeignText(b"Invalid subject:", _FAILED, FailureReason.URL_CHANGED, _PYTHON),
    ForeignText(b"signature verification failed", _FAILED, FailureReason.WRONG_KEYS, _JOSE),
    # Without its first letter, which some write as a capital.
    ForeignText(b"ignature", _FAILED, FailureReason.SIGNATURE_REFUSED, _RECEIVERS),
    ForeignText(b"Failed to authenticate Workflow request", (400,), FailureReason.ROUTE_ENDED_EARLY, _WORKFLOW),
)
# Printable ASCII without quotes and angle brackets, as a URL is.
_URL = r"[!#-&(-;=?-\[\]-~]{1,2000}"
_SUBJECT = re.compile(rf"nvalid subject: {_URL}, want: ({_URL})")
# How Python begins a traceback, whose last line is the error: Starlette with `debug`.
_TRACEBACK = "Traceback (most recent call last):"
_NEXT_PAGE = ('<script id="__NEXT_DATA__" type="application/json">', "</script>")
# Where pages have their error: Django 5.2 with DEBUG, Express 4 and 5, and all others.
_PAGE_ERRORS = (('<pre class="exception_value">', "</pre>"), ("<pre>", "</pre>"), ("<title>", "</title>"))
# What an application answers that hides its error: Starlette, Werkzeug and Next.js, nginx, Django, Express.
_STANDARD_PHRASES = ("Internal Server Error", "500 Internal Server Error", "Server Error (500)", "Error")
DEV_MODE_USER = "defaultUser"
"""The user whose keys an app has in the dev mode of @upstash/qstash 2.12, also if its environment has others."""
# verifySignatureH3 of @upstash/qstash 2.12 returns them as the `body` of a refusal, which h3 answers with 200.
_H3_REFUSALS = ("`Upstash-Signature` header is missing", "invalid signature")


def recognised(status: int, body: bytes) -> FailureReason | None:
    """Why a destination has answered so, if its text is known."""
    beginning = body[:WITHIN_BYTES]
    return next((one.reason for one in FOREIGN_TEXTS if status in one.statuses and one.holds in beginning), None)


def compared_url(body: bytes) -> str | None:
    """The URL that a receiver compared with the signed one, if it refused the signature for that and says so."""
    found = _SUBJECT.search(body[:WITHIN_BYTES].decode("utf-8", "replace"))
    return None if found is None else found[1]


def error_in_page(page: str) -> str:
    """The text of the error in a page of HTML, or its JSON, still with markup; empty if there is none."""
    for start, end in (_NEXT_PAGE, *_PAGE_ERRORS):
        _, found, rest = page.partition(start)
        inside, ended, _ = rest.partition(end)
        if found and ended:
            return inside
    return ""


def error_in_text(text: str) -> str:
    """The part of a text that begins with its error."""
    return text.rpartition("\n")[2] if text.startswith(_TRACEBACK) else text


def hides_error(text: str) -> bool:
    """Whether an application says this of every error."""
    return text in _STANDARD_PHRASES


def is_of_next(headers: Headers) -> bool:
    """Whether a route handler of the App Router of Next.js 16 gave the answer: they name its headers in ``Vary``."""
    return any(name == "Vary" and "next-router-state-tree" in value[:1_000] for name, value in headers)


def is_h3_refusal(body: bytes) -> bool:
    """Whether the body of a success is a refusal for which h3 did not set the status."""
    if len(body) > 200 or not body.startswith(b"{"):
        return False
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return fields.get("status") == 403 and fields.get("body") in _H3_REFUSALS
