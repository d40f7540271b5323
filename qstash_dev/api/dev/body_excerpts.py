"""The beginning of a body, and the query parameters that say how much of it is wanted."""

from __future__ import annotations

from typing import Any, TypeVar

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.v2.serializers import first_bytes, text_or_bytes
from qstash_dev.protocol import errors

TRIM_BODY = 64 * 1024
_MAX_DIGITS = 9
Default = TypeVar("Default", int, None)


def body_fields(body: bytes) -> dict[str, Any]:
    """The fields that hold a body: ``body``, or ``body_base64`` if it is not UTF-8; none of them for an empty one."""
    text, raw = text_or_bytes(body)
    return {"body": text, "body_base64": raw}


def cut_body(body: bytes, trim: int) -> dict[str, Any]:
    """The fields of a shape that hold a body cut to ``trim`` bytes; ``body_size`` is that of the whole."""
    shown = first_bytes(body, trim)
    text, raw = text_or_bytes(shown)
    truncated = len(shown) < len(body) or UNSET
    return {"body": text or "", "body_base64": raw, "body_size": len(body), "truncated": truncated}


def number_in_query(
    request: DevRequest, name: str, default: Default, reason: str = "use a whole number"
) -> int | Default:
    """A whole number in the query, of at most nine digits.

    Raises Rejection: 400 naming the parameter.
    """
    text = request.http.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise errors.INVALID_PARAMETER(name=name, reason=reason, value=text[:100])
    return int(text)


def trim_of(request: DevRequest) -> int:
    """The query parameter ``trimBody``: how many bytes of each body are shown at most.

    Raises Rejection: 400 unless it is a number.
    """
    return number_in_query(request, "trimBody", TRIM_BODY, "use a number of bytes")
