"""The JSON body of callbacks and failure callbacks (https://upstash.com/docs/qstash/features/callbacks)."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from qstash_dev.protocol.headers import readable
from qstash_dev.protocol.publication import Headers, Publication
from qstash_dev.protocol.result import DeliveryResult, Responded

NO_ANSWER = -1
"""The ``status`` that callbacks report if there was no answer; a dead letter has ``responseStatus`` 0 then."""


def header_map(headers: Headers) -> dict[str, list[str]]:
    """Headers as JSON answers show them: canonical name → list of values."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(readable(value))
    return by_name


def base64_text(body: bytes) -> str:
    """Standard base64 as text."""
    return b64encode(body).decode("ascii")


def report_weight(publication: Publication, result: DeliveryResult) -> int:
    """About how many bytes the report about one attempt will have; it holds bodies as base64."""
    return 4 * (publication.weight + result.weight) // 3


def callback_body(publication: Publication, result: DeliveryResult, source: dict[str, Any]) -> bytes:
    """The report about one attempt, as JSON.

    ``source`` holds the fields about the original message: ``sourceMessageId``, ``url``, ``retried``,
    ``notBefore``, ``createdAt`` and, where they apply, ``topicName``, ``endpointName``, ``scheduleId``
    and ``dlqId``. Numbers are JSON numbers and header values are arrays, which existing callback endpoints expect,
    although the sample on the page has strings. Without an answer, ``status`` is -1.
    """
    answer = result if isinstance(result, Responded) and not result.partial else Responded(NO_ANSWER, (), b"", 0)
    report: dict[str, Any] = {
        "status": answer.status,
        "header": header_map(answer.headers),
        "body": base64_text(answer.body),
        **source,
        "maxRetries": publication.options.retries,
        "method": publication.options.method,
        "sourceHeader": header_map(publication.options.headers),
        "sourceBody": base64_text(publication.body),
    }
    if publication.caller_ip:
        report["callerIP"] = publication.caller_ip
    if answer is not result:
        report["error"] = result.error
    return json.dumps(report, separators=(",", ":")).encode("utf-8")
