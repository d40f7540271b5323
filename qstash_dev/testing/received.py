"""A request that an inbox has recorded, and the callback that it may be."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from multidict import CIMultiDict

from qstash_dev.dev.inboxes import Captured
from qstash_dev.dev.instants import date_time
from qstash_dev.testing.views import WithBody

_MAX_SHOWN = 200
_MAX_DIGITS = 9


@dataclass(frozen=True)
class Callback(WithBody):
    """The body of a callback or a failure callback (https://upstash.com/docs/qstash/features/callbacks)."""

    status: int  #: of the destination's answer, -1 without one
    body: bytes  #: of the destination's answer
    headers: dict[str, list[str]]  #: of the destination's answer
    url: str  #: of the destination
    source_message_id: str
    source_body: bytes  #: of the published message
    retried: int
    max_retries: int
    dlq_id: str | None  #: in failure callbacks only
    error: str | None  #: why there was no answer


class Received(WithBody):
    """One recorded request."""

    def __init__(self, captured: Captured) -> None:
        path, _, query = captured.target.partition("?")
        self.method: str = captured.method
        self.path: str = path or "/"
        """The path after the name of the inbox, ``/`` if there is none."""
        self.query: str = query
        """The raw query string."""
        self.body: bytes = captured.body
        self.headers: CIMultiDict[str] = CIMultiDict(captured.headers)
        self.at: datetime = date_time(captured.at_ms)
        """The time by the server's clock."""
        self.claims: dict[str, Any] = captured.claims
        self.signature_error: str | None = captured.signature_error
        """Why the receivers of the official SDKs would refuse it, ``None`` if they would not."""
        self.signature_ok: bool = captured.signature_error is None
        """Whether the receivers of the official SDKs would accept it."""
        self.message_id: str | None = self.headers.get("Upstash-Message-Id")
        self.schedule_id: str | None = self.headers.get("Upstash-Schedule-Id")
        self.url_group: str | None = self.headers.get("Upstash-Topic-Name")

    @property
    def retried(self) -> int:
        """The header ``Upstash-Retried``: the number of attempts before this one."""
        text = self.headers.get("Upstash-Retried", "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 0

    @property
    def callback(self) -> Callback | None:
        """The parsed body of a callback, ``None`` for other requests."""
        try:
            report = json.loads(self.body)
            return _callback(report) if isinstance(report, dict) and "sourceMessageId" in report else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def __repr__(self) -> str:
        target = self.path + (f"?{self.query}" if self.query else "")
        return f"<{self.method} {target} try {self.retried + 1} {shortened(self.body.decode('utf-8', 'replace'))}>"


def shortened(value: Any) -> str:
    """A value as a text of at most 200 characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _callback(report: dict[str, Any]) -> Callback:
    return Callback(
        status=report["status"],
        body=b64decode(report["body"]),
        headers=report["header"],
        url=report["url"],
        source_message_id=report["sourceMessageId"],
        source_body=b64decode(report["sourceBody"]),
        retried=report["retried"],
        max_retries=report["maxRetries"],
        dlq_id=report.get("dlqId"),
        error=report.get("error"),
    )
