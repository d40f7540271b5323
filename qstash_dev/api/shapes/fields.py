"""The kinds of fields that shapes are made of, and the two classes that all shapes derive from."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from qstash_dev.protocol.option_values import METHODS

__all__ = ["UNSET", "Annotated", "Any", "Maybe", "OpenShape", "Shape", "doc"]

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType
"""A field that is left out while it is ``UNSET``, its default: SDKs tell what is missing from ``null``."""


def doc(description: str) -> Meta:
    """What the OpenAPI document says about a field: ``Annotated[Whole, doc("How many there are.")]``. Of a field that
    may be missing it is said inside: ``Maybe[Annotated[Whole, doc("…")]]``."""
    return Meta(description=description)


class Shape(Struct, rename="camel", forbid_unknown_fields=True):
    """A JSON object without any other field."""


class OpenShape(Struct, rename="camel"):
    """A JSON object of which other fields do not matter: what clients send."""


Whole: TypeAlias = Annotated[int, Meta(ge=0)]
Positive: TypeAlias = Annotated[int, Meta(ge=1)]
TimeMs: TypeAlias = Annotated[int, Meta(ge=0, description="Unix time in milliseconds.")]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,256}$")]
Method: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": list(METHODS)})]
TrueOrFalse: TypeAlias = Annotated[str, Meta(extra_json_schema={"enum": ["true", "false"]})]
Headers: TypeAlias = dict[str, list[str]]
GivenHeaders: TypeAlias = dict[str, str | list[str]]
"""Headers in the body of a request."""
