"""The sign of life of the server (``GET /health``)."""

from __future__ import annotations

from typing import Literal

from qstash_dev.api.shapes.fields import Annotated, Shape, doc


class Health(Shape):
    """The server answers."""

    status: Annotated[Literal["ok"], doc("That it does.")]
