"""Bodies of which only the beginning is wanted."""

from __future__ import annotations

from typing import TypeVar

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import Json
from qstash_dev.protocol import errors

TRIM_BODY = 64 * 1024
_MAX_DIGITS = 9
Default = TypeVar("Default", int, None)


def cut_body(body: bytes, trim: int) -> Json:
    """The body as text or base64, cut to ``trim`` bytes; ``bodySize`` is that of the whole."""
    shown = serializers.first_bytes(body, trim)
    fields: Json = {"body": "", **serializers.body_fields(shown, "body"), "bodySize": len(body)}
    return fields if len(shown) == len(body) else fields | {"truncated": True}


def number_in_query(
    request: DevRequest, name: str, default: Default, reason: str = "use a whole number"
) -> int | Default:
    """A whole number in the query, of at most nine digits.

    Raises:
        Rejection: 400 naming the parameter.
    """
    text = request.http.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise errors.INVALID_PARAMETER(name=name, reason=reason, value=text[:100])
    return int(text)


def trim_of(request: DevRequest) -> int:
    """``trimBody``: how many bytes of each body are shown.

    Raises:
        Rejection: 400 unless it is a number.
    """
    return number_in_query(request, "trimBody", TRIM_BODY, "use a number of bytes")
