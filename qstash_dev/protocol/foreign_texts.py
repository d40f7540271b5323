"""Texts of other programs by which an answer is recognised. No text of this server belongs here."""

from __future__ import annotations

import json
from typing import NamedTuple

from qstash_dev.protocol.failure_reason import FailureReason


class ForeignText(NamedTuple):
    """What an answer with one of the ``statuses`` ``holds`` near the beginning of its body, the ``reason`` which that
    shows, and its ``source``: the program that writes it."""

    holds: bytes
    statuses: tuple[int, ...]
    reason: FailureReason
    source: str


WITHIN_BYTES = 4_000
_FAILED = (400, 500)
_NODE, _PYTHON = "@upstash/qstash 2.12: Receiver.verifyBodyAndUrl", "qstash for Python 3: Receiver.verify"
_RECEIVERS = "@upstash/qstash 2.12, @upstash/workflow 1.3, and applications with a Receiver of their own"
_WORKFLOW = "@upstash/workflow 0.2 to 1.3, upstash-workflow for Python: AUTH_FAIL_MESSAGE"
FOREIGN_TEXTS = (
    ForeignText(b"body hash does not match", _FAILED, FailureReason.BODY_CHANGED, _NODE),
    ForeignText(b"Invalid body hash:", _FAILED, FailureReason.BODY_CHANGED, _PYTHON),
    ForeignText(b"invalid subject:", _FAILED, FailureReason.URL_CHANGED, _NODE),
    ForeignText(b"Invalid subject:", _FAILED, FailureReason.URL_CHANGED, _PYTHON),
    # Without its first letter, which some write as a capital.
    ForeignText(b"ignature", _FAILED, FailureReason.SIGNATURE_REFUSED, _RECEIVERS),
    ForeignText(b"Failed to authenticate Workflow request", (400,), FailureReason.ROUTE_ENDED_EARLY, _WORKFLOW),
)
# verifySignatureH3 of @upstash/qstash 2.12 returns them as the `body` of a refusal, which h3 answers with 200.
_H3_REFUSALS = ("`Upstash-Signature` header is missing", "invalid signature")


def recognised(status: int, body: bytes) -> FailureReason | None:
    """Why a destination has answered so, if its text is known."""
    beginning = body[:WITHIN_BYTES]
    return next((one.reason for one in FOREIGN_TEXTS if status in one.statuses and one.holds in beginning), None)


def is_h3_refusal(body: bytes) -> bool:
    """Whether the body of a success is a refusal for which h3 did not set the status."""
    if len(body) > 200 or not body.startswith(b"{"):
        return False
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return fields.get("status") == 403 and fields.get("body") in _H3_REFUSALS
