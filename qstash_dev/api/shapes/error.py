"""What every refusal is answered with."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, doc


class Error(Shape):
    """Why a request was refused."""

    error: Annotated[str, doc("What is wrong, and what would be right.")]
    field: Maybe[
        Annotated[str, doc("What is at fault; only below /_dev/, elsewhere Qstash-Dev-Error-Field tells.")]
    ] = UNSET
    reason: Maybe[Annotated[str, doc("What the error says about the field, if it says more.")]] = UNSET
    expected: Maybe[Annotated[list[str], doc("The values that would be right, where they can be listed.")]] = UNSET
