"""One request that an inbox got, as a test sees it."""

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
    """What a callback or a failure callback reports: ``status`` and ``body`` are those of the destination's answer;
    -1 and ``error`` if there was none. ``dlq_id`` is only there in failure callbacks."""

    status: int
    body: bytes
    headers: dict[str, list[str]]
    url: str
    source_message_id: str
    source_body: bytes
    retried: int
    max_retries: int
    dlq_id: str | None
    error: str | None


class Received(WithBody):
    """One request as the inbox got it."""

    def __init__(self, captured: Captured) -> None:
        path, _, query = captured.target.partition("?")
        self.method: str = captured.method
        self.path: str = path or "/"
        """The path below the inbox, ``/`` if there is none."""
        self.query: str = query
        """The raw query string."""
        self.body: bytes = captured.body
        self.headers: CIMultiDict[str] = CIMultiDict(captured.headers)
        self.at: datetime = date_time(captured.at_ms)
        """The server's time when it came."""
        self.claims: dict[str, Any] = captured.claims
        self.signature_error: str | None = captured.signature_error
        """Why the official receivers would refuse it, ``None`` if they would not."""

    @property
    def signature_ok(self) -> bool:
        """Whether the official receivers would accept it."""
        return self.signature_error is None

    @property
    def message_id(self) -> str | None:
        """``Upstash-Message-Id``."""
        return self.headers.get("Upstash-Message-Id")

    @property
    def schedule_id(self) -> str | None:
        """``Upstash-Schedule-Id``."""
        return self.headers.get("Upstash-Schedule-Id")

    @property
    def url_group(self) -> str | None:
        """``Upstash-Topic-Name``."""
        return self.headers.get("Upstash-Topic-Name")

    @property
    def retried(self) -> int:
        """How many attempts came before this one."""
        text = self.headers.get("Upstash-Retried", "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 0

    @property
    def callback(self) -> Callback | None:
        """What it reports, if it is a callback."""
        try:
            report = json.loads(self.body)
            return _callback(report) if isinstance(report, dict) and "sourceMessageId" in report else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def __repr__(self) -> str:
        target = self.path + (f"?{self.query}" if self.query else "")
        return f"<{self.method} {target} try {self.retried + 1} {shortened(self.body.decode('utf-8', 'replace'))}>"


def shortened(value: Any) -> str:
    """A value for people, cut where it gets long."""
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
