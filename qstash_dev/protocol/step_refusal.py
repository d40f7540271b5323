"""Refused calls of workflow runs, told as the doing of this server, and errors that the code of a workflow throws.

The SDKs pass the refusal on in the answer of the endpoint (``QstashError`` or ``WorkflowNonRetryableError`` of
https://upstash.com/docs/workflow/howto/failures), or answer 200 as if the run were over.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from qstash_dev.protocol.failure_reason import HINTS, FailureReason
from qstash_dev.protocol.tokens import Credential
from qstash_dev.protocol.weight import texts_weight

_MOST_BYTES = 256 * 1024
_TOKENS = {
    Credential.NONE: "is not sent",
    Credential.OTHER_SCHEME: "is not sent as 'Bearer <QSTASH_TOKEN>'",
    Credential.EMPTY: "is empty",
    Credential.QUOTED: "is in quotes",
    Credential.BEARER_TWICE: "begins with 'Bearer'",
    Credential.SIGNING_KEY: "is a signing key",
    Credential.CUT: "has too many or too few '=' at its end",
    Credential.HOSTED_TOKEN: "is one of hosted QStash, unknown here",
    Credential.OTHER: "belongs to no user of this server",
}


class StepRefusal(NamedTuple):
    """A refused call of a run. As text it is the sentence that says so."""

    status: int
    text: str  #: the error of the answer
    owner: str  #: the user whose run it is
    user: str  #: the user of the token; empty without a valid one
    credential: Credential | None = None  #: what was there in the place of a token
    call: str = ""  #: such as ``POST /v2/publish/…``, if the step made it itself; empty if it submits a step

    @property
    def of_token(self) -> bool:
        """Whether the token is at fault."""
        return self.credential is not None or self.user != self.owner

    @property
    def todo(self) -> str:
        """What would be right."""
        if self.of_token:
            return f"set QSTASH_TOKEN to that of {self.owner} where the app runs"
        return HINTS[FailureReason.STEP_REFUSED]

    @property
    def weight(self) -> int:
        """Bytes that it keeps."""
        return texts_weight(self.text, self.owner, self.user, self.call)

    def __str__(self) -> str:
        what = f"the call {self.call}" if self.call else "the step"
        if not self.of_token:
            return f"{what} was refused by this server: {self.status} {self.text}"
        token = f"is that of {self.user}" if self.credential is None else _TOKENS[self.credential]
        return (
            f"{what} was refused by this server ({self.status}): the app's QSTASH_TOKEN {token}; "
            f"the run belongs to {self.owner}"
        )


class WorkflowError(NamedTuple):
    """An error that the code of a workflow has thrown, as its SDK answers it. As text it is ``name: message``, or
    the message alone of an ``Error``, whose name says nothing."""

    name: str  #: such as ``TypeError``
    message: str

    def __str__(self) -> str:
        return self.message if self.name == "Error" and self.message else f"{self.name}: {self.message}"

    @property
    def refusal_text(self) -> str | None:
        """The error of the server's answer, if the error is that a call was refused: its message is or ends with the
        JSON of the answer."""
        _, brace, rest = self.message.partition("{")
        fields = _object(brace + rest)
        text = None if fields is None else fields.get("error")
        return text if isinstance(text, str) else None


def workflow_error(body: bytes) -> WorkflowError | None:
    """The error in the answer of a workflow's endpoint; ``None`` if it is none of an SDK."""
    fields = _object(body) if body.startswith(b"{") and len(body) <= _MOST_BYTES else None
    if fields is None:
        return None
    name, message = fields.get("error"), fields.get("message")
    return WorkflowError(name, message) if isinstance(name, str) and isinstance(message, str) else None


def _object(text: str | bytes) -> dict[str, object] | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None
