"""Bodies of requests below ``/_dev/``, read as the shapes that describe them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from qstash_dev.api.shapes.dev_clock import Instant
from qstash_dev.clock import LAST_MS
from qstash_dev.dev.instants import instant_ms, iso
from qstash_dev.protocol import errors
from qstash_dev.protocol.duration import duration_ms

Shape = TypeVar("Shape", bound=msgspec.Struct)


def read(given: dict[str, Any], shape: type[Shape]) -> Shape:
    """The fields of a JSON object as this shape, with a :class:`Duration` and an :class:`Instant` in milliseconds.

    Raises Rejection: 400 naming a field that is unknown, or that is not what the shape says.
    """
    fields = msgspec.structs.fields(shape)
    check_names(given, [field.encode_name for field in fields])
    values = {}
    for field in fields:
        if field.encode_name in given or field.required:
            try:
                values[field.name] = msgspec.convert(given.get(field.encode_name), field.type, dec_hook=_time)
            except msgspec.ValidationError as error:
                raise _refused(field, error.__cause__) from None
    return shape(**values)


def check_names(given: dict[str, Any], known: Collection[str]) -> None:
    """Raises Rejection: 400 naming a field that is not known."""
    for name in given:
        if name not in known:
            reason = f"use {', '.join(known)}" if known else "send no body, for there is nothing to choose"
            raise errors.INVALID_FIELD(tuple(known), field=name[:100], reason=reason)


def unix_ms(value: object) -> int:
    """A time in unix milliseconds, from such a number or an ISO 8601 text, which is in UTC unless it has an offset.

    Raises ValueError: it is neither, or after the year 9000.
    """
    try:
        at_ms = value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else instant_ms(value)
    except ValueError:
        raise ValueError("use unix milliseconds, or a time such as '2026-03-08T06:59:00Z'") from None
    if at_ms > LAST_MS:
        raise ValueError(f"time ends at {iso(LAST_MS)}")
    return at_ms


def _time(kind: type[Any], value: object) -> Any:
    return kind(unix_ms(value) if kind is Instant else duration_ms(value))


def _refused(field: Any, cause: BaseException | None) -> errors.Rejection:
    """The error for a field; its ``cause`` says what is wrong with a duration or a time."""
    reason = str(cause)
    match _type(inspect.type_info(field.type)):
        case inspect.LiteralType(values=values):
            return errors.INVALID_FIELD([*map(str, values)], field=field.encode_name)
        case inspect.IntType(ge=least, le=most):
            reason = f"use a whole number from {least} to {most}"
        case inspect.FloatType(le=most):
            reason = f"use a number above 0, at most {most:g}"
        case inspect.StrType(max_length=most):
            reason = f"use a string of 1 to {most} characters" if most else "use a string"
        case inspect.BytesType():
            reason = "use base64"
    return errors.INVALID_FIELD(field=field.encode_name, reason=reason)


def _type(kind: inspect.Type) -> inspect.Type:
    """What it must be if it is neither left out nor null, without what documents say of it."""
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        kind = kind.type if isinstance(kind, inspect.Metadata) else kind.types[0]
    return kind
