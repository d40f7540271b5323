"""Texts of other programs by which an answer is recognised. No text of this server belongs here."""

from __future__ import annotations

import json
from typing import NamedTuple

from qstash_dev.protocol.failure_reason import FailureReason


class ForeignText(NamedTuple):
    """What an answer with one of the ``statuses`` ``holds`` in the first so many bytes of its body, the ``reason``
    which that shows, and its ``source``: the program that writes it."""

    holds: bytes
    statuses: tuple[int, ...]
    within: int
    reason: FailureReason
    source: str


_REFUSALS = (400, 500)
FOREIGN_TEXTS = (
    ForeignText(
        b"body hash does not match",
        _REFUSALS,
        4_000,
        FailureReason.BODY_CHANGED,
        "@upstash/qstash 2.12: Receiver.verifyBodyAndUrl",
    ),
    ForeignText(
        b"Invalid body hash:", _REFUSALS, 4_000, FailureReason.BODY_CHANGED, "qstash for Python 3: Receiver.verify"
    ),
    ForeignText(
        b"invalid subject:",
        _REFUSALS,
        4_000,
        FailureReason.URL_CHANGED,
        "@upstash/qstash 2.12: Receiver.verifyBodyAndUrl",
    ),
    ForeignText(
        b"Invalid subject:", _REFUSALS, 4_000, FailureReason.URL_CHANGED, "qstash for Python 3: Receiver.verify"
    ),
    # Without its first letter, which some write as a capital.
    ForeignText(
        b"ignature",
        _REFUSALS,
        2_000,
        FailureReason.SIGNATURE_REFUSED,
        "@upstash/qstash 2.12: verifySignature…; @upstash/workflow 1.3: verifyRequest; applications with a Receiver",
    ),
    ForeignText(
        b"Failed to authenticate Workflow request",
        (400,),
        2_000,
        FailureReason.ROUTE_ENDED_EARLY,
        "@upstash/workflow 0.2 to 1.3, upstash-workflow for Python: AUTH_FAIL_MESSAGE",
    ),
)

# verifySignatureH3 of @upstash/qstash 2.12 returns them as the `body` of a refusal, which h3 answers with 200.
_H3_REFUSALS = ("`Upstash-Signature` header is missing", "invalid signature")


def recognised(status: int, body: bytes) -> FailureReason | None:
    """Why a destination has answered so, if its text is known."""
    for text in FOREIGN_TEXTS:
        if status in text.statuses and text.holds in body[: text.within]:
            return text.reason
    return None


def is_h3_refusal(body: bytes) -> bool:
    """Whether the body of a success is a refusal for which h3 did not set the status."""
    if len(body) > 200 or not body.startswith(b"{"):
        return False
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return fields.get("status") == 403 and fields.get("body") in _H3_REFUSALS
