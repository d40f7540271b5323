"""What every refusal is answered with."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, doc


class Error(Shape):
    """Why a request was refused."""

    error: Annotated[str, doc("What is wrong, and what would be right.")]
    field: Maybe[Annotated[str, doc("The field, the header or the parameter that is wrong.")]] = UNSET
