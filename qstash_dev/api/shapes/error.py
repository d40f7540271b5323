"""What every refusal is answered with."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, Text, doc


class Error(Shape):
    """Why a request was refused."""

    error: Annotated[Text, doc("What is wrong, and what would be right.")]
    field: Maybe[Annotated[Text, doc("The field, the header or the parameter that is wrong.")]] = UNSET
